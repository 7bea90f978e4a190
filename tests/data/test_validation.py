"""Images held out to validate on."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.data import holdout
from fewbytes.data.validation import VALIDATION_IMAGES


@pytest.mark.parametrize("share", [None, 1 / 6, 0.5])
def test_each_class_gives_its_share(share: float | None) -> None:
    labels = np.repeat(np.arange(3), (600, 300, 60))
    training, validation = holdout(labels, 0, share=share)
    assert sorted([*training, *validation]) == list(range(960))
    expected = 0.1 if share is None else share
    assert np.bincount(labels[validation]).tolist() == [
        round(expected * count) for count in (600, 300, 60)
    ]


def test_of_a_large_set_so_many_are_enough_unless_a_share_is_named() -> None:
    labels = np.arange(100_000) % 10
    assert len(holdout(labels, 0)[1]) == VALIDATION_IMAGES
    assert len(holdout(labels, 0, share=0.2)[1]) == 20_000


@pytest.mark.parametrize("share", [None, 0.01, 0.9])
def test_a_class_of_two_is_on_both_sides(share: float | None) -> None:
    labels = np.repeat([0, 1], (50, 2))
    training, validation = holdout(labels, 0, share=share)
    assert 1 in labels[training]
    assert 1 in labels[validation]


def test_seeds_hold_out_other_images() -> None:
    labels = np.arange(1000) % 10
    assert not np.array_equal(holdout(labels, 0)[1], holdout(labels, 1)[1])
    assert np.array_equal(holdout(labels, 0)[1], holdout(labels, 0)[1])
