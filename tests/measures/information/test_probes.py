"""Probes: what they fit, against libraries; calibration; parts; concentration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax, xlogy
from scipy.stats import norm

from fewbytes.errors import InputError
from fewbytes.measures.information.probes import (
    FAMILIES,
    Records,
    check_records,
    family_named,
    fit_probe,
    some_records,
    three_parts,
)
from fewbytes.measures.information.probes import linear as linear_file
from fewbytes.measures.information.probes.calibration import FLOOR, tempered
from fewbytes.measures.information.probes.concentration import (
    entropy_interval,
    frequency_divergence,
    mean_low,
    plug_in_entropy,
)
from fewbytes.measures.information.probes.entropy_region import entropy_within
from fewbytes.measures.information.probes.linear import LinearScorer
from fewbytes.measures.information.probes.neighbours import NeighbourScorer


def _clusters(n: int = 600, classes: int = 3, noise: float = 1.5, seed: int = 0) -> Records:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    values = 2 * np.eye(classes, 5)[labels] + noise * rng.normal(size=(n, 5))
    return Records(values.astype(np.float32), labels, classes)


def _halves(records: Records) -> tuple[Records, Records]:
    rows = np.arange(len(records))
    return records.taken(rows[::2]), records.taken(rows[1::2])


@pytest.mark.parametrize("name", ["linear", "knn", "mlp"])
def test_probabilities_are_normalised_bounded_and_repeat(name: str) -> None:
    fitting, calibrating = _halves(_clusters())
    probe = fit_probe(FAMILIES[name], fitting, calibrating, seed=3)
    far = np.float32(1000) * fitting.values[:50]
    logs = probe.log_probabilities(np.concatenate([calibrating.values, far]))
    np.testing.assert_allclose(np.exp(logs).sum(1), 1, atol=1e-9)
    least, most = probe.reach(fitting.counts)
    assert probe.floor == FLOOR
    assert least == -8
    bits = (logs - probe.log_frequencies) / math.log(2)
    assert least - 1e-9 <= bits.min()
    assert bits.max() <= most + 1e-9
    again = fit_probe(FAMILIES[name], fitting, calibrating, seed=3)
    np.testing.assert_array_equal(
        again.log_probabilities(calibrating.values), logs[: len(calibrating)]
    )


def test_linear_is_logistic_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    fitting, choosing = _halves(_clusters())
    monkeypatch.setattr(linear_file, "STRENGTHS", (0.01,))
    scorer = FAMILIES["linear"].fit(fitting, choosing, seed=0)
    mean, std = fitting.values.mean(0), fitting.values.std(0)
    peer = sklearn.LogisticRegression(C=1 / (0.01 * len(fitting)), tol=1e-8, max_iter=1000)
    peer.fit((fitting.values - mean) / std, fitting.labels)
    expected = peer.predict_log_proba((choosing.values - mean) / std)
    found = log_softmax(scorer.scores(choosing.values), axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_linear_optimum_is_the_least_loss() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    fitting, choosing = _halves(_clusters())
    optimum = FAMILIES["linear"].fit(fitting, choosing, seed=0).optimum(fitting)
    assert optimum is not None
    peer = sklearn.LogisticRegression(C=1e6, tol=1e-10, max_iter=5000)
    logs = peer.fit(fitting.values, fitting.labels).predict_log_proba(fitting.values)
    least = -logs[np.arange(len(fitting)), fitting.labels].mean()
    assert least - 5e-4 < optimum.loss <= least + 1e-6
    own = optimum.log_probabilities[np.arange(len(fitting)), fitting.labels]
    assert -own.mean() == pytest.approx(least, abs=1e-4)


def test_separated_classes_have_an_optimum_of_zero() -> None:
    records = _clusters(noise=0.05)
    optimum = FAMILIES["linear"].fit(records, records, seed=0).optimum(records)
    assert optimum is not None
    assert optimum.loss == 0


def test_neighbours_are_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.neighbors")
    fitting, choosing = _halves(_clusters())
    scorer = FAMILIES["knn"].fit(fitting, choosing, seed=0)
    assert isinstance(scorer, NeighbourScorer)
    peer = sklearn.KNeighborsClassifier(scorer.k).fit(fitting.values, fitting.labels)
    shares = peer.predict_proba(choosing.values)
    expected = (scorer.k * shares + fitting.frequencies) / (scorer.k + 1)
    np.testing.assert_allclose(np.exp(scorer.scores(choosing.values)), expected, atol=1e-6)


def test_the_number_of_neighbours_suits_the_noise() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((1000, 1)).astype(np.float32)
    striped, tossed = (20 * values[:, 0]).astype(int) % 2, rng.integers(0, 2, 1000)
    few, many = (
        FAMILIES["knn"].fit(*_halves(Records(values, labels, 2)), seed=0)
        for labels in (striped, tossed)
    )
    assert isinstance(few, NeighbourScorer)
    assert isinstance(many, NeighbourScorer)
    assert few.k < many.k


def test_temperature_mends_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 4))
    odds = np.exp(log_softmax(logits, axis=1))
    labels = (odds.cumsum(1) < rng.random((4000, 1))).sum(1)
    records = Records(np.zeros((4000, 1), np.float32), labels, 4)

    class Overconfident(LinearScorer):
        def scores(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
            return 3 * logits

    class Given(type(FAMILIES["linear"])):  # type: ignore[misc]
        def fit(self, fitting: Records, choosing: Records, seed: int) -> Overconfident:
            none = np.zeros(1, np.float32)
            return Overconfident(none, none, np.zeros((2, 4)))

    probe = fit_probe(Given(), records, records, seed=0)
    assert probe.temperature == pytest.approx(3, rel=0.1)
    cold = tempered(3 * logits, probe.frequencies, 1e9)
    np.testing.assert_allclose(np.exp(cold), np.tile(probe.frequencies, (4000, 1)), atol=1e-6)


def test_a_class_absent_from_the_fit_records_keeps_a_probability() -> None:
    records = _clusters(200)
    known = records.taken(np.flatnonzero(records.labels != 2))
    for name in ("linear", "knn", "mlp"):
        logs = fit_probe(FAMILIES[name], *_halves(known), seed=0).log_probabilities(records.values)
        assert np.isfinite(logs).all()


def test_parts_are_disjoint_stratified_and_seeded() -> None:
    labels = np.repeat([0, 1, 2], [1000, 100, 3])
    parts = three_parts(labels, seed=0)
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    assert [list(np.bincount(labels[part])) for part in parts] == [
        [700, 70, 1], [100, 10, 1], [200, 20, 1],
    ]  # fmt: skip
    np.testing.assert_array_equal(parts.fit, three_parts(labels, seed=0).fit)
    assert not np.array_equal(parts.fit, three_parts(labels, seed=1).fit)
    with pytest.raises(InputError, match="class 1 has 2 records; each class needs 3"):
        three_parts(np.array([0, 0, 0, 0, 1, 1]), seed=0)


def test_some_records() -> None:
    np.testing.assert_array_equal(some_records(5, 5, 0), np.arange(5))
    rows = some_records(1000, 10, 0)
    assert len(set(rows)) == 10
    assert (np.diff(rows) > 0).all()


@pytest.mark.parametrize(
    ("values", "labels", "classes", "message"),
    [
        (np.zeros((5, 2)), np.arange(5) % 2, None, "5 records; the estimate needs at least 10"),
        (np.zeros(20), np.arange(20) % 2, None, "values are"),
        (np.zeros((20, 0)), np.arange(20) % 2, None, "values are"),
        (np.zeros((20, 2)), np.arange(19) % 2, None, "20 records but labels of shape"),
        (np.zeros((20, 2)), np.zeros((20, 1), int), None, "20 records but labels of shape"),
        (np.zeros((20, 2), complex), np.arange(20) % 2, None, "real numbers, not complex128"),
        (np.full((20, 2), np.nan), np.arange(20) % 2, None, "NaN"),
        (np.full((20, 2), 1e30), np.arange(20) % 2, None, "beyond 1e"),
        (np.zeros((20, 2)), np.arange(20) / 2, None, "whole numbers, not float64"),
        (np.zeros((20, 2)), np.arange(20) % 2 - 1, None, "one is -1"),
        (np.zeros((20, 2)), np.arange(20) % 4, 3, "a label is 3, but there are 3 classes"),
        (np.zeros((20, 2)), np.full(20, 4), None, "all 20 records are of class 4"),
    ],
)
def test_bad_records(
    values: NDArray[np.float64], labels: NDArray[np.int64], classes: int | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        check_records(values, labels, classes, least=10)


def test_records_become_uint8_or_float32() -> None:
    labels = np.arange(20, dtype=np.uint8) % 2
    for dtype, kept in ((np.uint8, np.uint8), (bool, np.uint8), (np.int64, np.float32)):
        found = check_records(np.ones((20, 2), dtype), labels, None, least=10)
        assert found.values.dtype == kept
        assert found.labels.dtype == np.int64
        assert found.classes == 2


def test_bad_families() -> None:
    with pytest.raises(InputError, match="no family of probes is named 'forest'"):
        family_named("forest", (3,), picture=False)
    with pytest.raises(InputError, match=r"cnn takes pictures .* not values of shape"):
        family_named("cnn", (28, 28, 1), picture=False)
    with pytest.raises(InputError, match=r"at least 8x8, not pictures of shape \(7, 9, 1\)"):
        family_named("cnn", (7, 9, 1), picture=True)


def test_mean_low_covers_and_is_close() -> None:
    rng = np.random.default_rng(0)
    chance = 0.9
    ends = [
        mean_low(np.where(rng.random(500) < chance, 5.0, -5.0), -5, 5, failure=0.05)
        for _ in range(400)
    ]
    truth = 10 * chance - 5
    assert np.mean([low > truth for low in ends]) <= 0.05
    normal = norm.isf(0.05) * 10 * math.sqrt(chance * (1 - chance) / 500)
    assert truth - 2.5 * normal < np.mean(ends) < truth


def test_mean_low_of_constant_and_of_weighted_values() -> None:
    assert mean_low(np.full(1000, 1.0), 0, 1, 1e-3) == pytest.approx(1 - 0.0095, abs=5e-3)
    assert mean_low(np.array([2.0]), 2, 2, 1e-3) == 2
    assert mean_low(np.zeros(10), 0, 1, 1e-3) == 0
    values, weights = np.array([0.1, 0.7]), np.array([30, 70])
    repeated = mean_low(np.repeat(values, weights), 0, 1, 1e-3)
    assert mean_low(values, 0, 1, 1e-3, weights) == pytest.approx(repeated, abs=1e-8)


def test_frequency_divergence_covers() -> None:
    rng = np.random.default_rng(0)
    p = np.array([0.5, 0.3, 0.15, 0.05])
    q = rng.multinomial(200, p, size=20_000) / 200
    divergence = np.sum(np.where(q > 0, q * np.log(np.maximum(q, 1e-12) / p), 0), axis=1)
    bound = frequency_divergence(200, 4, 0.01)
    assert np.mean(divergence > bound) <= 0.01
    assert bound < 4 * np.quantile(divergence, 0.99)
    assert frequency_divergence(200, 1, 0.01) == 0


def test_entropy_interval_covers() -> None:
    rng = np.random.default_rng(0)
    p = np.array([0.6, 0.2, 0.1, 0.05, 0.05])
    truth = float(-np.sum(p * np.log2(p)))
    found = [entropy_interval(rng.multinomial(2000, p), 0.0005) for _ in range(200)]
    assert all(low <= truth <= high for low, _, high in found)
    assert np.mean([high - low for low, _, high in found]) < 0.4
    assert not any(low <= truth + 0.4 <= high for low, _, high in found)
    low, value, high = entropy_interval(np.array([500, 500, 0]), 0.0005)
    assert low < value == 1 < high < math.log2(3)
    assert entropy_interval(np.array([7]), 0.0005) == (0, 0, 0)


@pytest.mark.parametrize(
    ("p", "n", "narrow"),
    [
        (np.full(1000, 0.001), 500, 10.0),
        (np.full(1000, 0.001), 2000, 1.1),
        (np.array([0.99, 0.01]), 200, 0.8),
        (np.array([0.9999, 0.0001]), 200, 0.8),
        (np.full(2, 0.5), 4000, 0.02),
        (np.full(10, 0.1), 20_000, 0.005),
        (0.5 ** np.append(np.arange(1, 16), 15), 300, 2.0),
    ],
)
def test_entropy_interval_allows_for_classes_never_seen(
    p: np.ndarray, n: int, narrow: float
) -> None:
    truth = float(-np.sum(p * np.log2(p)))
    for seed in range(40):
        low, _, high = entropy_interval(np.random.default_rng(seed).multinomial(n, p), 0.0005)
        assert low <= truth + 1e-9, seed
        assert truth <= high + 1e-9, seed
        assert high - low < narrow


@pytest.mark.parametrize("counts", [[30, 10, 0], [5, 5, 0, 1], [40, 40], [3, 2, 2]])
def test_entropy_within_a_divergence_against_random_search(counts: list[int]) -> None:
    c = np.array(counts)
    q = c / c.sum()
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.dirichlet(np.maximum(c, 0.3) * s, 100_000) for s in (0.2, 1, 3)])
    divergence = (xlogy(q, q) - xlogy(q, p)).sum(1)
    entropy = -xlogy(p, p).sum(1) / math.log(2)
    for nats in (0.02, 0.1, 0.5):
        found = entropy[divergence <= nats]
        low, high = entropy_within(c, nats)
        assert low <= found.min() < low + 0.03
        assert high - 0.03 < found.max() <= high + 1e-9
    assert plug_in_entropy(np.array([500, 500, 0])) == pytest.approx(1)
