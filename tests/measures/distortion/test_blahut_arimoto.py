"""The rate-distortion function of discrete sources, against closed forms and a slow twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from fewbytes.errors import InputError
from fewbytes.measures.distortion.blahut_arimoto import LARGEST, blahut_arimoto, empirical_rate
from fewbytes.measures.measurement import Means, Measurement, Verdict


def _entropy(*shares: float) -> float:
    return -sum(p * math.log2(p) for p in shares if p > 0)


def _hamming(k: int) -> np.ndarray:
    return 1 - np.eye(k)


def _width(found: Measurement) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_bernoulli_under_hamming() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.02, 0.5)
        target = p * rng.random()
        found = blahut_arimoto([p, 1 - p], _hamming(2), target=target)
        truth = _entropy(p, 1 - p) - _entropy(target, 1 - target)
        assert found.covers(truth)
        assert not found.covers(truth + 1e-4)
        assert not found.covers(truth - 1e-4)
        assert _width(found) < 1e-5
        assert (found.n, found.means, found.unit) == (0, Means.BOUNDS, "bits")
        assert found.verdict is Verdict.RELIABLE


@pytest.mark.parametrize(("k", "target"), [(3, 0.1), (4, 0.5), (16, 0.2), (64, 0.9), (256, 0.3)])
def test_uniform_under_hamming(k: int, target: float) -> None:
    found = blahut_arimoto(np.full(k, 1 / k), _hamming(k), target=target)
    noise = _entropy(target, 1 - target) + target * math.log2(k - 1)
    assert found.covers(math.log2(k) - noise)
    assert _width(found) < 1e-5


def test_no_distortion_takes_the_entropy() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(20))
    found = blahut_arimoto(p, _hamming(20), target=0)
    assert found.covers(_entropy(*p))
    assert _width(found) < 1e-8


def test_enough_distortion_takes_nothing() -> None:
    for target in (0.3, 0.300001, 5.0):
        found = blahut_arimoto([0.7, 0.3], _hamming(2), target=target)
        assert found.value == pytest.approx(0, abs=1e-9)
        assert found.covers(0)


def test_a_fine_gaussian_comes_near_the_shannon_lower_bound() -> None:
    x = np.linspace(-6, 6, 128)
    p = np.exp(-(x**2) / 2)
    p /= p.sum()
    for target in (0.1, 0.25, 0.5):
        found = blahut_arimoto(p, (x[:, None] - x) ** 2, target=target)
        assert found.value == pytest.approx(0.5 * math.log2(1 / target), abs=3e-3)
        assert _width(found) < 5e-3


def test_a_row_that_cannot_be_free_only_shifts_the_distortion() -> None:
    p, rows = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.0, 4.0])
    shifted = blahut_arimoto(p, _hamming(3) + rows[:, None], target=0.1 + float(p @ rows))
    plain = blahut_arimoto(p, _hamming(3), target=0.1)
    assert shifted.value == pytest.approx(plain.value, abs=2e-6)


def test_a_symbol_that_never_occurs_changes_nothing() -> None:
    with_it = blahut_arimoto([0.7, 0, 0.3], _hamming(3), target=0.1)
    assert with_it.covers(_entropy(0.7, 0.3) - _entropy(0.1, 0.9))


def _slow(p: np.ndarray, d: np.ndarray, target: float) -> float:
    """R(D) by a general solver, over the channels themselves."""
    shape = d.shape

    def information(flat: np.ndarray) -> float:
        w = flat.reshape(shape)
        q = p @ w
        joint = p[:, None] * w
        return float((joint * np.log2(np.maximum(w, 1e-12) / np.maximum(q, 1e-12))).sum())

    found = minimize(
        information, np.full(d.size, 1 / shape[1]), method="SLSQP", bounds=[(0, 1)] * d.size,
        constraints=[
            {"type": "eq", "fun": lambda flat: flat.reshape(shape).sum(1) - 1},
            {"type": "ineq", "fun": lambda flat: target - p @ (flat.reshape(shape) * d).sum(1)},
        ],
        options={"maxiter": 500, "ftol": 1e-10},
    )  # fmt: skip
    return float(found.fun)


def test_a_general_solver_agrees() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        p, d = rng.dirichlet(np.ones(4)), rng.random((4, 3))
        least, most = float(p @ d.min(1)), float((p @ d).min())
        target = least + 0.4 * (most - least)
        found = blahut_arimoto(p, d, target=target)
        assert found.value == pytest.approx(_slow(p, d, target), abs=1e-4)


def test_a_wide_alphabet_is_still_bounded() -> None:
    rng = np.random.default_rng(0)
    p, d = rng.dirichlet(np.ones(60)), rng.random((60, 40))
    low, high = float(p @ d.min(1)), float((p @ d).min())
    rates = [blahut_arimoto(p, d, target=low + f * (high - low)) for f in (0.1, 0.4, 0.7, 1)]
    values = [one.value for one in rates]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    assert all(_width(one) < 1e-3 for one in rates)


CASES: list[tuple[list[float], np.ndarray, float, int]] = [
    ([0.7, 0.3], _hamming(2), 0.1, 1000),
    ([0.5, 0.5], _hamming(2), 0.2, 500),
    ([1 / 16] * 16, _hamming(16), 0.2, 1000),
    ([0.5, 0.3, 0.2], np.array([[0, 1, 5.0], [2, 0, 1], [1, 1, 0.5]]), 0.3, 1000),
    ([0.7, 0.3], _hamming(2), 0.295, 1000),
    ([0.7, 0.3], _hamming(2), 0.4, 1000),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_an_empirical_rate_covers_or_is_doubted(case: int) -> None:
    p, d, target, n = CASES[case]
    truth = blahut_arimoto(p, d, target=target).value
    assert truth is not None
    reliable = 0
    for seed in range(30):
        drawn = np.random.default_rng(seed).choice(len(p), n, p=p)
        found = empirical_rate(drawn, d, target=target)
        reliable += found.verdict is Verdict.RELIABLE
        assert found.covers(truth) or found.verdict is Verdict.UNRELIABLE
        assert found.verdict is Verdict.UNRELIABLE or not found.covers(truth + 0.3)
        assert (found.name, found.n) == ("rate.empirical", n)
    assert reliable == (0 if target == 0.295 else 30)


def test_too_few_or_unseen_symbols_are_doubted() -> None:
    found = empirical_rate(np.arange(30) % 10, _hamming(10), target=0.1)
    assert "30 records of 10 symbols" in found.warnings[0]
    found = empirical_rate(np.arange(300) % 10, _hamming(11), target=0.1)
    assert "1 of 11 symbols were never seen" in found.warnings[0]
    assert found.verdict is Verdict.UNRELIABLE


def test_bad_input_is_refused() -> None:
    for p in ([0.5, 0.6], [1.5, -0.5], [math.nan, 1]):
        with pytest.raises(InputError, match="add up to 1"):
            blahut_arimoto(p, _hamming(2), target=0.1)
    with pytest.raises(InputError, match="probabilities must be numbers, not <U1"):
        blahut_arimoto(["a", "b"], _hamming(2), target=0.1)
    with pytest.raises(InputError, match="symbols must be numbers, not <U1"):
        empirical_rate(["a", "b"], _hamming(2), target=0.1)
    for ragged in ([[0, 1], [1]], [[0], 1]):
        with pytest.raises(InputError, match="distortions must be numbers, in rows of one length"):
            blahut_arimoto([0.5, 0.5], ragged, target=0.1)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="distortions must be numbers, in rows of one length"):
            empirical_rate([0, 1], ragged, target=0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"not \(3,\) and \(2, 2\)"):
        blahut_arimoto([0.5, 0.25, 0.25], _hamming(2), target=0.1)
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="distortion is negative, NaN or infinite"):
            blahut_arimoto([0.5, 0.5], np.array([[0, bad], [1, 0]]), target=0.1)
    for target in (-0.1, math.nan, math.inf):
        with pytest.raises(InputError, match="the least possible is 0"):
            blahut_arimoto([0.5, 0.5], _hamming(2), target=target)
    k = LARGEST + 1
    with pytest.raises(InputError, match=f"at most {LARGEST}"):
        blahut_arimoto(np.full(k, 1 / k), np.zeros((k, 2)), target=0.1)
    with pytest.raises(InputError, match="whole numbers"):
        empirical_rate(np.array([0.5, 1]), _hamming(2), target=0.1)
    with pytest.raises(InputError, match="whole numbers"):
        empirical_rate(np.array([], int), _hamming(2), target=0.1)
    with pytest.raises(InputError, match="run from 0 to 2"):
        empirical_rate(np.array([0, 2]), _hamming(2), target=0.1)
