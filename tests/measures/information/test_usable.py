"""Usable information against V-informations that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information.usable import usable_information
from fewbytes.measures.measurement import Means, Verdict

Sample = tuple[NDArray[np.float32], NDArray[np.int64]]


def _symmetric(seed: int, error: float = 0.1, n: int = 3000) -> tuple[Sample, float]:
    """One-hot codes of four symbols, and the channel's bits."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    moved = rng.integers(1, 4, n) * (rng.random(n) < error)
    left = -(1 - error) * math.log2(1 - error) - error * math.log2(error / 3)
    return (np.eye(4, dtype=np.float32)[(labels + moved) % 4], labels), 2 - left


def _exclusive_or(seed: int, n: int = 2000) -> Sample:
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (n, 2))
    return (2 * bits - 1 + 0.1 * rng.normal(size=(n, 2))).astype(np.float32), bits.sum(1) % 2


@pytest.mark.parametrize("family", ["linear", "knn"])
def test_a_symmetric_channel(family: str) -> None:
    for seed in range(10):
        sample, truth = _symmetric(seed)
        found = usable_information(*sample, family=family, seed=seed).measurement
        assert found.covers(truth)
        assert found.verdict is Verdict.RELIABLE
        assert not found.covers(truth - 0.5)
        assert found.covers(truth + 0.4) == (family == "knn")
        assert found.name == f"usable.{family}"
        assert (found.unit, found.means) == ("bits", Means.BOUNDS)
        assert found.n == pytest.approx(600, abs=2)


def test_what_a_family_cannot_read() -> None:
    found = {
        family: usable_information(*_exclusive_or(0), family=family).measurement
        for family in ("linear", "knn", "mlp")
    }
    assert found["linear"].covers(0)
    assert not found["linear"].covers(0.1)
    for family in ("knn", "mlp"):
        assert found[family].covers(1)
        assert not found[family].covers(0.6)


@pytest.mark.parametrize("family", ["linear", "knn"])
def test_codes_that_hold_nothing(family: str) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        labels = rng.choice(3, 2000, p=[0.7, 0.2, 0.1])
        values = rng.normal(size=(2000, 6)).astype(np.float32)
        found = usable_information(values, labels, family=family, seed=seed).measurement
        assert found.low == 0
        assert found.value is not None
        assert found.value < 0.03


def test_an_erasure_channel_has_a_linear_optimum_out_of_reach() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 4, 3000)
        values = np.eye(4, dtype=np.float32)[labels] * (rng.random((3000, 1)) > 0.25)
        found = usable_information(values, labels, family="linear", seed=seed).measurement
        assert found.covers(1.5)
        assert not found.covers(1.7)


def test_pointwise_values_are_those_of_the_held_out_records() -> None:
    (values, labels), _ = _symmetric(0)
    found = usable_information(values, labels, family="linear", seed=4)
    np.testing.assert_array_equal(found.labels, labels[found.records])
    told = found.log_probabilities[np.arange(len(found.labels)), found.labels]
    frequencies = np.log2(np.bincount(labels) / len(labels))[found.labels]
    np.testing.assert_allclose(found.pointwise, told / math.log(2) - frequencies, atol=0.01)
    assert found.measurement.value == pytest.approx(found.pointwise.mean())
    assert found.errors == (found.log_probabilities.argmax(1) != found.labels).sum()
    # a record whose symbol was moved tells less than nothing of its label
    moved = values[found.records].argmax(1) != found.labels
    assert found.pointwise[moved].max() < 0 < found.pointwise[~moved].min()
    other = usable_information(values, labels, family="knn", seed=4)
    np.testing.assert_array_equal(found.records, other.records)


def test_labels_of_held_out_records_steer_nothing() -> None:
    (values, labels), _ = _symmetric(0, n=1000)
    found = usable_information(values, labels, family="knn", seed=0)
    swapped = labels.copy()
    first, second = found.records[found.labels == 0][:20], found.records[found.labels == 1][:20]
    swapped[first], swapped[second] = 1, 0
    # the class sizes are the same, but members are drawn by rank: hold the parts by their values
    again = usable_information(values, swapped, family="knn", seed=0)
    assert again.measurement.value is not None
    assert found.measurement.value is not None
    assert again.measurement.value < found.measurement.value


def test_pictures() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    pictures = rng.integers(0, 50, (600, 8, 8, 1), dtype=np.uint8)
    pictures[:, 2:5, 2:5] += (150 * labels[:, None, None, None]).astype(np.uint8)
    found = usable_information(pictures, labels, family="cnn", picture=True).measurement
    assert found.low is not None
    assert found.low > 0.3
    assert found.covers(1)


def test_few_records_for_many_weights_give_the_entropy_as_high_end() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    values = rng.normal(size=(200, 300)).astype(np.float32)
    found = usable_information(values, labels, family="linear").measurement
    assert found.high == 1
    assert any("bounds nothing below H(Y)" in one for one in found.warnings)


def test_far_outliers_lift_the_high_end() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 4000)
    values = (2.0 * labels - 1)[:, None] + 0.5 * rng.normal(size=(4000, 1))
    wild = rng.random(4000) < 0.01
    values[wild] = 20 * rng.normal(size=(int(wild.sum()), 1))
    found = usable_information(values, labels, family="linear").measurement
    assert found.high == pytest.approx(1, abs=1e-3)
    assert any("outliers" in one for one in found.warnings)


def test_constant_codes_hold_nothing() -> None:
    for family in ("linear", "knn", "mlp"):
        values = np.full((200, 3), 7, np.uint8)
        found = usable_information(values, np.arange(200) % 2, family=family).measurement
        assert found.low == 0
        assert found.value == pytest.approx(0, abs=0.02)


def test_at_most_so_many_records() -> None:
    sample, _ = _symmetric(0)
    found = usable_information(*sample, family="linear", records=1000)
    assert found.measurement.n == pytest.approx(200, abs=2)
    assert found.counts.sum() == 3000


def test_bad_input() -> None:
    (values, labels), _ = _symmetric(0, n=60)
    with pytest.raises(InputError, match="12 records; the estimate needs at least 50"):
        usable_information(values[:12], labels[:12], family="linear")
    with pytest.raises(InputError, match="no family of probes"):
        usable_information(values, labels, family="tree")
    with pytest.raises(InputError, match="cnn takes pictures"):
        usable_information(values, labels, family="cnn")
    with pytest.raises(InputError, match="each class needs 3"):
        usable_information(values, np.where(np.arange(60) == 5, 4, labels), family="linear")
    with pytest.raises(InputError, match="NaN"):
        usable_information(values * np.nan, labels, family="linear")
