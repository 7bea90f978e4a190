"""The Bjontegaard delta rate of curves whose difference is known."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import numpy as np
import pytest

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.distortion.bd_rate import bd_rate
from fewbytes.measures.measurement import Means, Verdict

Points = Sequence[tuple[float, float]]

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
    assert bd_rate(CURVE, other) == bd_rate(iter(CURVE), iter(other))  # type: ignore[arg-type]


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


def test_the_figure_is_the_librarys() -> None:
    library = pytest.importorskip("bjontegaard").bd_rate
    other = [(90.0, 29.0), (210.0, 33.5), (390.0, 36.0), (820.0, 39.0)]
    twin = library(
        *zip(*CURVE, strict=True), *zip(*other, strict=True), "akima",
        require_matching_points=False, min_overlap=0,
    )  # fmt: skip
    assert bd_rate(CURVE, other).value == pytest.approx(twin)


SATURATED = [
    ([(8, 0.62), (16, 0.85), (32, 0.97), (64, 0.971)],
     [(8, 0.60), (16, 0.86), (32, 0.970), (64, 0.9702)]),
    ([(1, 30), (2, 30.001), (4, 36), (1e6, 39)], CURVE),
    (CURVE, [(1, 30), (2, 30 + 4e-15), (4, 36), (1e6, 39)]),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "other"), SATURATED)
def test_what_is_left_open_is_doubted(reference: Points, other: Points) -> None:
    found = bd_rate(reference, other)
    assert found.verdict is Verdict.UNRELIABLE
    assert "more points are needed" in found.warnings[-1]
    assert found.low is not None
    assert found.low >= -100


def test_accuracies_that_saturate_end_in_a_typed_answer() -> None:
    """Any that rise: without a word of crossing, of noise, of how near the points are."""
    reliable = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        curves = [
            list(zip(np.sort(rng.uniform(1, 100, 5)),
                     np.sort(1 - np.exp(-rng.uniform(0.1, 5, 5))), strict=True))
            for _ in range(2)
        ]  # fmt: skip
        try:
            found = bd_rate(*curves)
        except InputError:
            continue
        reliable += found.verdict is Verdict.RELIABLE
        assert found.low is not None
        assert found.high is not None
        # reliable is within a factor of two of the figure, either way
        if found.verdict is Verdict.RELIABLE:
            assert (100 + found.high) / (100 + found.low) < 4
    assert 20 < reliable < 80


def test_smooth_accuracies_that_saturate_are_covered() -> None:
    """1 - exp(-a rate^b), of which the rate at a quality is known."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        bends = rng.uniform((0.02, 0.6), (0.08, 0.9), (2, 2))
        rates = [10 ** (np.linspace(0.9, 2, 6) + rng.uniform(-0.05, 0.05, 6)) for _ in bends]
        qualities = [1 - np.exp(-a * r**b) for (a, b), r in zip(bends, rates, strict=True)]
        found = bd_rate(
            *(list(zip(r, q, strict=True)) for r, q in zip(rates, qualities, strict=True))
        )  # fmt: skip
        common = np.linspace(max(q[0] for q in qualities), min(q[-1] for q in qualities), 10_001)
        one, two = (np.log10(-np.log1p(-common) / a) / b for a, b in bends)
        assert found.verdict is Verdict.RELIABLE
        assert found.covers(100 * (10 ** float(np.mean(two - one)) - 1))


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
    with pytest.raises(InputError, match="beyond what float64 holds"):
        bd_rate(CURVE, [(1, 30), (2, 30.0000001), (4, 30.0000002), (1e6, 39)])
    with pytest.raises(InputError, match="too close to be told apart"):
        bd_rate(CURVE, [(1, -1e300), (2, 30), (3, 35), (4, 1e300)])
    for wrong in ([(1, "a")] * 4, [(1, 2), (3,), (4, 5), (6, 7)], 5, None, [(1j, 2)] * 4):
        with pytest.raises(InputError, match="reference: points must be pairs of numbers"):
            bd_rate(wrong, CURVE)  # type: ignore[arg-type]
    for bad in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="both finite"):
            bd_rate(CURVE, [*CURVE, (3000.0, bad)])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bjontegaard", None)
    with pytest.raises(MissingExtraError, match=r"bjontegaard.*fewbytes\[measure\]"):
        bd_rate(CURVE, CURVE)
