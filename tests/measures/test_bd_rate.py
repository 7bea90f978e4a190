"""The Bjontegaard delta rate of curves whose difference is known."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.bd_rate import bd_rate
from fewbytes.measures.measurement import Means, Verdict

CURVE = [(100.0, 30.0), (200.0, 33.0), (400.0, 35.5), (800.0, 38.0), (1500.0, 40.0)]


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.25, 3.0])
def test_a_scaled_curve_costs_its_scale(factor: float) -> None:
    found = bd_rate(CURVE, [(factor * rate, quality) for rate, quality in CURVE])
    assert found.value == pytest.approx(100 * (factor - 1), abs=1e-9)
    assert found.covers(100 * (factor - 1))
    assert not found.covers(100 * (1.3 * factor - 1))
    assert not found.covers(100 * (0.7 * factor - 1))
    assert (found.unit, found.means, found.n) == ("%", Means.BOUNDS, 10)
    assert found.verdict is Verdict.RELIABLE
    assert not found.warnings


def test_the_order_of_points_does_not_matter() -> None:
    other = [(90.0, 29.0), (210.0, 33.5), (390.0, 36.0), (820.0, 39.0)]
    assert bd_rate(CURVE, other) == bd_rate(CURVE[::-1], other[2:] + other[:2])


def test_swapped_curves_cost_the_inverse() -> None:
    other = [(90.0, 29.0), (210.0, 33.5), (390.0, 36.0), (820.0, 39.0)]
    there, back = bd_rate(CURVE, other).value, bd_rate(other, CURVE).value
    assert there is not None
    assert back is not None
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1)


def _smooth(rng: np.random.Generator, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the logarithm of the rate, and qualities from 0 to 1."""
    bends = np.array([rng.normal(0, 0.2), 1 + rng.random(), 0.5 * rng.random(), 0.1 * rng.random()])
    inner = (np.arange(1, points - 1) + rng.uniform(-0.3, 0.3, points - 2)) / (points - 1)
    return bends, np.concatenate([[0.0], inner, [1.0]]) + 0.2 * rng.random()


def _log_rate(bends: np.ndarray, quality: np.ndarray) -> np.ndarray:
    waves: np.ndarray = np.stack([quality**0, quality, quality**2, np.sin(4 * quality)])
    return np.asarray(bends @ waves)


def test_the_interval_holds_the_integral_of_smooth_curves() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        a, qa = _smooth(rng, 4 + seed % 4)
        b, qb = _smooth(rng, 4 + seed % 3)
        found = bd_rate(
            list(zip(10 ** _log_rate(a, qa), qa, strict=True)),
            list(zip(10 ** _log_rate(b, qb), qb, strict=True)),
        )
        common = np.linspace(max(qa[0], qb[0]), min(qa[-1], qb[-1]), 10_001)
        truth = 100 * (10 ** np.mean(_log_rate(b, common) - _log_rate(a, common)) - 1)
        assert found.covers(float(truth))


def test_a_small_overlap_is_told() -> None:
    other = [(rate, quality + 6) for rate, quality in CURVE]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = bd_rate(CURVE, other)
    assert "25% of their qualities in common" in found.warnings[0]


def test_bad_curves_are_refused() -> None:
    with pytest.raises(InputError, match="reference: 3 points; a curve needs at least 4"):
        bd_rate(CURVE[:3], CURVE)
    with pytest.raises(InputError, match="other: 0 points"):
        bd_rate(CURVE, [])
    with pytest.raises(InputError, match="no common quality: the reference reaches 30 to 40"):
        bd_rate(CURVE, [(rate, quality + 10) for rate, quality in CURVE])
    with pytest.raises(InputError, match="other: quality must rise"):
        bd_rate(CURVE, [*CURVE[:3], (800.0, 35.0), CURVE[4]])
    with pytest.raises(InputError, match="other: quality must rise"):
        bd_rate(CURVE, [*CURVE, CURVE[0]])
    with pytest.raises(InputError, match="above 0, not 0"):
        bd_rate([(0.0, 20.0), *CURVE], CURVE)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="both finite"):
            bd_rate(CURVE, [*CURVE, (3000.0, bad)])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bjontegaard", None)
    with pytest.raises(MissingExtraError, match=r"bjontegaard.*fewbytes\[measure\]"):
        bd_rate(CURVE, CURVE)
