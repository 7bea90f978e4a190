"""Records that are in two sets."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.finding import Outcome
from fewbytes.audits.uniqueness.overlap import OVERLAP, shared_records
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown

IMAGES, CODES = "uniqueness.test_in_train", "uniqueness.test_in_train_codes"


def test_pairs_are_those_of_a_slow_twin() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (60, 2, 2, 1)), rng.integers(0, 4, (50, 2, 2, 1))
    slow = []
    for j, image in enumerate(b):
        there = [i for i, one in enumerate(a) if np.array_equal(one, image)]
        slow += [[there[0], j]] if there else []
    assert shared_records(a, b).tolist() == slow
    assert slow


def test_nothing_is_shared_with_nothing() -> None:
    images = blobs(5)
    assert shared_records(images, images[:0]).shape == (0, 2)
    assert shared_records(images[:0], images).shape == (0, 2)
    assert shared_records(images[:3], images[3:]).shape == (0, 2)


def test_planted_records_are_found() -> None:
    images = blobs(300)
    train, test = shown(images[:200], "dct:6 | uniform:8"), images[200:].copy()
    test[[3, 50]] = train.images[[11, 7]]
    held_out = shown(test, "dct:6 | uniform:8")
    found = found_by(OVERLAP, train, Settings(held_out=lambda: held_out))
    assert found[IMAGES].outcome is Outcome.DESCRIBED
    assert found[IMAGES].trial.figure.value == 0.02
    assert found[IMAGES].trial.exhibit["pairs"].tolist() == [[11, 3], [7, 50]]
    positive = found[IMAGES].positive
    assert positive is not None
    assert positive.figure.value == pytest.approx(5 / 103)


def test_codes_are_shared_more_often_than_images() -> None:
    images = blobs(400)
    exposure = shown(images, "downsample:1 | uint8")
    held_out = shown(blobs(100, seed=1), "downsample:1 | uint8")
    found = found_by(OVERLAP, exposure, Settings(held_out=lambda: held_out))
    assert found[IMAGES].trial.figure.value == 0
    assert (found[CODES].trial.figure.value or 0) > 0.5
    assert all(one.controls_in_place for one in found.values())


def test_a_held_out_set_that_is_all_in_train() -> None:
    exposure = shown(blobs(50), "identity")
    found = found_by(OVERLAP, exposure, Settings(held_out=lambda: exposure))
    assert found[IMAGES].trial.figure.value == 1
    assert all(one.controls_in_place for one in found.values())


def test_without_what_it_takes() -> None:
    exposure = shown(blobs(50), "dct:6 | uniform:8")
    with pytest.raises(InputError, match="needs another split of the store"):
        OVERLAP.run(exposure, Settings())
    with pytest.raises(InputError, match=r"records of uint8 \(6, 6, 1\) and of float32"):
        OVERLAP.run(exposure, Settings(held_out=lambda: shown(blobs(50), "dct:6 | float32")))
