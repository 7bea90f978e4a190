"""Equal records, and pairs of them."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.uniqueness.classes import classes_across, classes_of, sizes_of
from fewbytes.audits.uniqueness.pairs import (
    LISTED,
    birthday_pairs,
    equal_pairs,
    listed_pairs,
    random_pairs,
)


def test_classes_are_those_of_a_sort() -> None:
    rng = np.random.default_rng(0)
    for kind in (np.uint8, np.uint16, np.float32):
        records = rng.integers(0, 3, (200, 2, 2)).astype(kind)
        classes = classes_of(records)
        _, slow = np.unique(records.reshape(200, -1), axis=0, return_inverse=True)
        same = classes[:, None] == classes[None]
        assert np.array_equal(same, slow[:, None] == slow[None])
        assert sizes_of(classes).sum() == 200
        assert classes[0] == 0


def test_equal_numbers_are_one_class() -> None:
    records = np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, -1.0]], np.float32)
    assert classes_of(records).tolist() == [0, 0, 1]


def test_fields_do_not_run_into_each_other() -> None:
    a = np.array([[1], [1], [2]], np.uint8)
    b = np.array([[5], [6], [5]], np.uint8)
    assert classes_of(a, b).tolist() == [0, 1, 2]


def test_classes_across_two_arrays_that_are_not_in_order() -> None:
    a = np.arange(12, dtype=np.uint8).reshape(6, 2)
    ours, theirs = classes_across(a[::2], a[::-1])
    assert [ours.tolist().index(one) if one in ours else None for one in theirs] == [
        None, 2, None, 1, None, 0,
    ]  # fmt: skip
    none = a[:0]
    assert classes_across(none, a)[1].tolist() == list(range(6))
    assert len(classes_of(none)) == 0


def test_pairs_are_counted_and_listed() -> None:
    classes = np.array([0, 1, 0, 2, 1, 0])
    assert equal_pairs(classes) == 3 + 1
    assert listed_pairs(classes).tolist() == [[0, 2], [1, 4], [2, 5]]
    originals = np.array([7, 1, 7, 2, 1, 8])
    assert listed_pairs(classes, originals).tolist() == [[2, 5]]
    assert len(listed_pairs(np.zeros(3 * LISTED, np.int64))) == LISTED
    assert listed_pairs(np.arange(4)).shape == (0, 2)


def test_the_birthday_expectation() -> None:
    assert birthday_pairs(23 * 22 // 2, np.log2(365)) == pytest.approx(253 / 365)
    assert birthday_pairs(10, 100_000) == 0
    expected = random_pairs("x", 23, np.log2(365))
    assert expected.value == pytest.approx(253 / 365)
    assert expected.low == 0


@pytest.mark.parametrize(("n", "bits"), [(60, 1), (100, 6), (1000, 12), (500, 4)])
def test_random_codes_collide_as_often_as_expected(n: int, bits: int) -> None:
    rng = np.random.default_rng(n)
    expected = random_pairs("x", n, bits)
    counts = [equal_pairs(rng.integers(0, 2**bits, n)) for _ in range(600)]
    assert np.mean(counts) == pytest.approx(expected.value, rel=0.03)
    assert sum(not expected.covers(one) for one in counts) <= 3
