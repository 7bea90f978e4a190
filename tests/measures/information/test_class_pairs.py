"""Pairs of one class."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.errors import InputError
from fewbytes.measures.information.class_pairs import class_pairs


def test_pairs_share_a_class_and_no_record() -> None:
    labels = np.random.default_rng(0).integers(0, 7, 1001)
    first, second = class_pairs(labels, seed=3)
    assert np.array_equal(labels[first], labels[second])
    both = np.concatenate([first, second])
    assert len(set(both)) == len(both) == sum(np.bincount(labels) // 2 * 2)
    assert (np.diff(labels[first]) < 0).any()  # classes are mixed
    again = class_pairs(labels, seed=4)
    assert not np.array_equal(again[0], first)


def test_no_pairs() -> None:
    with pytest.raises(InputError, match="no class has two of the 3 records"):
        class_pairs(np.array([0, 1, 2]), seed=0)
