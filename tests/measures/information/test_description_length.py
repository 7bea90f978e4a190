"""Description lengths: the interval of the expected length, and the limit against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information.description_length import block_ends, description_length
from fewbytes.measures.measurement import Means

Sample = tuple[NDArray[np.float32], NDArray[np.int64]]


def _symmetric(seed: int, error: float, n: int = 1000) -> Sample:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    moved = rng.integers(1, 4, n) * (rng.random(n) < error)
    return np.eye(4, dtype=np.float32)[(labels + moved) % 4], labels


def _left(error: float) -> float:
    return -(1 - error) * math.log2(1 - error) - error * math.log2(error / 3)


def test_the_interval_holds_the_expected_length() -> None:
    found = [
        description_length(*_symmetric(seed, 0.1), family="knn", seed=seed) for seed in range(30)
    ]
    expected = float(np.mean([one.measurement.value for one in found]))
    assert all(one.measurement.covers(expected) for one in found)
    assert not any(one.measurement.covers(2 * expected) for one in found)
    assert expected > 1000 * _left(0.1)
    assert found[0].measurement.means is Means.CONFIDENCE


@pytest.mark.parametrize("error", [0.1, 0.75])
def test_the_limit_holds_the_entropy_of_labels_given_codes(error: float) -> None:
    for seed in range(4):
        found = description_length(*_symmetric(seed, error), family="linear", seed=seed)
        assert found.limit.covers(1000 * _left(error))
        assert not found.limit.covers(1000 * _left(error) * 0.5)
        assert not found.limit.covers(1000 * _left(error) * 2.2)
        assert found.limit.name == "description_length.limit"


def test_what_is_easily_learned_is_short() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 1000)
    values = (10 * np.eye(4)[labels] + rng.normal(size=(1000, 4))).astype(np.float32)
    for family, records in (("linear", 1000), ("knn", 1000), ("mlp", 250)):
        found = description_length(values, labels, family=family, records=records)
        assert found.measurement.value is not None
        assert found.measurement.value < 64 + 0.2 * 2 * records
        assert found.limit.covers(0)


def test_the_curve_and_what_is_beside() -> None:
    found = description_length(*_symmetric(0, 0.1), family="linear", orders=4, classes=5)
    assert found.uniform.value == pytest.approx(1000 * math.log2(5))
    assert found.uniform.name == "description_length.uniform"
    assert list(found.seen) == [32, 64, 128, 256, 512, 1000]
    assert found.bits[0] == pytest.approx(32 * math.log2(5))
    assert (np.diff(found.bits) > 0).all()
    assert found.bits[-1] == pytest.approx(found.measurement.value)
    assert len(found.lengths) == 4
    assert found.measurement.value == pytest.approx(found.lengths.mean())
    assert (found.measurement.name, found.measurement.unit) == ("description_length", "bits")


def test_it_repeats_and_takes_a_part() -> None:
    sample = _symmetric(0, 0.1)
    first, again = (description_length(*sample, family="knn", records=300) for _ in range(2))
    np.testing.assert_array_equal(first.lengths, again.lengths)
    assert first.measurement.n == 300
    assert first.seen[-1] == 300


def test_the_first_records_may_lack_classes() -> None:
    labels = np.repeat([0, 1], [990, 10])
    values = labels[:, None].astype(np.float32)
    found = description_length(values, labels, family="linear")
    assert found.measurement.value is not None
    assert 0 < found.measurement.value < 200


def test_blocks_double() -> None:
    assert block_ends(128, 10) == [32, 64, 128]
    assert block_ends(129, 10) == [32, 64, 128, 129]
    assert block_ends(500, 100) == [200, 400, 500]
    with pytest.raises(InputError, match="390 records of 100 classes; at least 400 are needed"):
        block_ends(390, 100)


def test_bad_input() -> None:
    values, labels = _symmetric(0, 0.1)
    with pytest.raises(InputError, match="2 orders; the spread over them needs at least 3"):
        description_length(values, labels, orders=2)
    with pytest.raises(InputError, match="50 records; the estimate needs at least 100"):
        description_length(values[:50], labels[:50])
    with pytest.raises(InputError, match="no family"):
        description_length(values, labels, family="tree")
    with pytest.raises(InputError, match="at least"):
        description_length(values[:110], labels[:110], records=40)
