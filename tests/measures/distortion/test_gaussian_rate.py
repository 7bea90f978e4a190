"""Reverse water-filling against closed forms, a slow twin and the Blahut-Arimoto algorithm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from fewbytes.errors import InputError
from fewbytes.measures.distortion.blahut_arimoto import blahut_arimoto
from fewbytes.measures.distortion.gaussian_rate import (
    LARGEST,
    gaussian_bound,
    gaussian_rate,
    moments,
    rate_distortion_curve,
    rate_gap,
    spectrum,
    water_level,
)
from fewbytes.measures.measurement import Measurement, Verdict

PARALLEL = np.array([16, 9, 4, 1, 0.25, 0.04])


def _autoregressive(d: int, correlation: float) -> np.ndarray:
    return correlation ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))


def _width(found: Measurement) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_one_gaussian() -> None:
    assert gaussian_rate([4.0], 1.0) == 1
    assert gaussian_rate([4.0], 0.25) == 2
    assert gaussian_rate([4.0] * 3, 3.0) == 3


def test_components_under_water_are_free() -> None:
    # the water stands at 0.5: 16, 4 and 1 are above it, 0.25 and 0.25 are not
    assert water_level(np.array([16, 4, 1, 0.25, 0.25]), 2.0) == 0.5
    assert gaussian_rate([16, 4, 1, 0.25, 0.25], 2.0) == 0.5 * (5 + 3 + 1)


def test_the_water_level_is_a_slow_search_of_it() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        variances = rng.gamma(0.5, size=20) * (rng.random(20) < 0.8)
        distortion = variances.sum() * rng.random()
        level = water_level(variances, distortion)
        assert np.minimum(variances, level).sum() == pytest.approx(distortion)
        slow = brentq(
            lambda w, v=variances, d=distortion: np.minimum(v, w).sum() - d, 0, 100, xtol=1e-14
        )
        wet = np.maximum(variances, slow) / slow
        assert gaussian_rate(variances, distortion) == pytest.approx(0.5 * np.log2(wet).sum())


def test_the_ends() -> None:
    assert gaussian_rate(PARALLEL, float(PARALLEL.sum())) == 0
    assert gaussian_rate(PARALLEL, 1000) == 0
    assert gaussian_rate(PARALLEL, 0) == math.inf
    assert gaussian_rate([0.0, 0.0], 0) == 0
    assert gaussian_rate([1.0, 0.0], 0.25) == 1


def test_a_long_autoregressive_source_nears_its_spectral_rate() -> None:
    """At a distortion below the least of the spectrum: 1/2 log2((1 - r^2) / D) a component."""
    variances = np.linalg.eigvalsh(_autoregressive(400, 0.9))
    d = (1 - 0.9) / (1 + 0.9) / 2
    assert gaussian_rate(variances, 400 * d) / 400 == pytest.approx(
        0.5 * math.log2((1 - 0.81) / d), abs=0.005
    )


def test_the_curve_lies_on_the_rate() -> None:
    errors, bits = rate_distortion_curve(PARALLEL, 50)
    assert errors.shape == bits.shape == (50,)
    assert bits[0] == 0
    assert (np.diff(errors) < 0).all()
    assert (np.diff(bits) > 0).all()
    assert bits == pytest.approx([gaussian_rate(PARALLEL, 6 * e) for e in errors])


def test_spectrum_is_of_the_covariance() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (500, 6, 5, 2), dtype=np.uint8)
    slow = np.linalg.eigvalsh(np.cov(images.reshape(500, -1).T.astype(float)))[::-1]
    assert spectrum(images) == pytest.approx(slow)
    assert moments(images).variances == pytest.approx(slow)


def test_spectrum_keeps_its_digits_far_from_zero() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 3))
    assert spectrum(rows + 1e8) == pytest.approx(spectrum(rows), rel=1e-6)


def test_moments_are_along_the_axes() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 4)) * [4, 3, 2, 1]
    centred = rows - rows.mean(0)
    _, axes = np.linalg.eigh(np.cov(rows.T))
    squares = np.square(centred @ axes[:, ::-1])
    assert moments(rows).products == pytest.approx(squares.T @ squares / 300, rel=1e-4)


def test_the_unit_does_not_matter() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 4)) * [4, 3, 2, 1]
    plain, large = gaussian_bound(rows, 0.5), gaussian_bound(rows * 1e12, 0.5e24)
    assert large.value == pytest.approx(plain.value)
    assert large.high == pytest.approx(plain.high)


def test_no_unit_is_too_large_or_small_for_a_typed_answer() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 4)) * [4, 3, 2, 1]
    plain = gaussian_bound(rows, 0.5)
    for unit in (1e-58, 1e58):
        found = gaussian_bound(rows * unit, 0.5 * unit**2)
        assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    for unit in (1e-300, 1e-100, 1e100, 1e300):
        with pytest.raises(InputError, match="the largest value of the records is"):
            moments(rows * unit)
    for unit in (1e-200, 1e200):
        with pytest.raises(InputError, match="the largest variance is"):
            gaussian_bound(PARALLEL * unit, 0.1, n=50)
    for mse in (1e-320, 1e-200, 1e200, 1e307):
        found = gaussian_bound(rows, mse)
        assert found.verdict is (Verdict.UNRELIABLE if mse < 1 else Verdict.RELIABLE)


def _flat_records(seed: int) -> np.ndarray:
    """Of 64 values in 3 directions, of about a thousand each."""
    return 1e3 * np.random.default_rng(seed).normal(size=(2000, 3)) @ FLAT


FLAT = np.random.default_rng(7).normal(size=(3, 64))


@pytest.mark.parametrize("mse", [1e2, 1e-3, 1e-6])
def test_directions_that_do_not_vary_are_not_coded(mse: float) -> None:
    truth = gaussian_rate(1e6 * np.linalg.eigvalsh(FLAT @ FLAT.T), 64 * mse)
    for seed in range(30):
        found = gaussian_bound(_flat_records(seed), mse)
        assert found.verdict is Verdict.RELIABLE
        assert found.covers(truth)
        assert _width(found) < 5
        assert not found.covers(truth + 5)
        assert np.count_nonzero(spectrum(_flat_records(seed))) == 3


def test_water_below_the_roundings_of_a_covariance_is_doubted() -> None:
    truth = gaussian_rate(1e6 * np.linalg.eigvalsh(FLAT @ FLAT.T), 64e-8)
    for mse in (1e-8, 1e-11):
        found = gaussian_bound(_flat_records(0), mse)
        assert found.verdict is Verdict.UNRELIABLE
        assert "the covariance is known to" in found.warnings[-1]
    assert gaussian_bound(_flat_records(0), 1e-8).value == pytest.approx(truth, abs=0.3)


def test_images_of_doubled_pixels_take_what_the_small_ones_take() -> None:
    rng = np.random.default_rng(0)
    small = (rng.normal(size=(1000, 36)) @ rng.normal(size=(36, 36)) * 30).round()
    small = small.reshape(-1, 6, 6)
    large = np.repeat(np.repeat(small, 2, 1), 2, 2)
    for mse in (100.0, 1.0, 1e-4):
        one, other = gaussian_bound(small, mse), gaussian_bound(large, mse)
        assert other.value == pytest.approx(one.value, abs=1e-3)
        assert _width(other) == pytest.approx(_width(one), rel=0.05)


def test_faint_directions_are_doubted_where_they_are_coded() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 4)) * [1e7, 1, 1, 1]
    found = gaussian_bound(rows, 0.1)
    assert found.verdict is Verdict.UNRELIABLE
    assert "too faint for their fourth moments" in found.warnings[-1]
    assert gaussian_bound(rows, 100.0).verdict is Verdict.RELIABLE
    assert moments(rows).products[3, 3] == pytest.approx(3 * moments(rows).variances[3] ** 2)


def test_images_that_never_vary_take_nothing() -> None:
    found = gaussian_bound(np.full((50, 4, 4, 1), 7, np.uint8), 0.5)
    assert (found.low, found.value, found.high) == (0, 0, 0)


def _gaussian(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.normal(size=shape)


def _laplace(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.laplace(size=shape) / math.sqrt(2)


def _bernoulli(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.asarray((rng.random(shape) < 0.1) / 0.3 - 1 / 3)


CASES = {
    "one": (np.array([4.0]), 1.0, 2000, _gaussian),
    "parallel": (PARALLEL, 3.0, 1000, _gaussian),
    "crowded": (np.ones(64), 6.4, 2000, _gaussian),
    "all at the water": (np.ones(64), 57.6, 1000, _gaussian),
    "two at the water": (np.array([16, 9, 4, 1, 1, 1]), 6.0, 1000, _gaussian),
    "autoregressive": (np.linalg.eigvalsh(_autoregressive(32, 0.9)), 3.2, 600, _gaussian),
    "nearly nothing": (PARALLEL, 30.0, 1000, _gaussian),
    "nothing": (PARALLEL, 40.0, 1000, _gaussian),
    "laplace": (np.ones(16), 4.0, 1500, _laplace),
    "bernoulli": (PARALLEL, 3.0, 1000, _bernoulli),
}


@pytest.mark.parametrize("case", CASES)
def test_the_bound_covers_the_truth(case: str) -> None:
    variances, distortion, n, draw = CASES[case]
    d = len(variances)
    truth, missed, reliable = gaussian_rate(variances, distortion), 0, 0
    turn = np.linalg.qr(np.random.default_rng(99).normal(size=(d, d)))[0]
    for seed in range(30):
        rows = draw(np.random.default_rng(seed), (n, d)) * np.sqrt(variances) @ turn
        found = gaussian_bound(rows, distortion / d)
        reliable += found.verdict is Verdict.RELIABLE
        missed += not found.covers(truth) and found.verdict is Verdict.RELIABLE
        assert not found.covers(1.5 * truth + 0.5)
    assert missed == 0
    assert reliable >= 25


def test_the_plug_in_alone_would_be_too_low() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 64))
    truth = gaussian_rate(np.ones(64), 6.4)
    found = gaussian_bound(rows, 0.1)
    assert gaussian_rate(spectrum(rows), 6.4) < truth - 0.4
    assert found.value == pytest.approx(truth, abs=0.6)


def test_a_spectrum_is_taken_for_gaussian() -> None:
    rows = np.random.default_rng(3).normal(size=(1000, 6)) * np.sqrt(PARALLEL)
    whole, known = gaussian_bound(rows, 0.5), gaussian_bound(spectrum(rows), 0.5, n=1000)
    assert whole == gaussian_bound(moments(rows), 0.5)
    assert known.value == pytest.approx(whole.value, abs=0.01)
    assert _width(known) == pytest.approx(_width(whole), rel=0.2)


def test_more_directions_than_records_can_tell_are_doubted() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 64))
    found = gaussian_bound(rows, 0.1)
    assert found.verdict is Verdict.UNRELIABLE
    assert "100 records for 6" in found.warnings[-1]


def test_heavy_tails_are_doubted() -> None:
    rows = np.random.default_rng(0).standard_t(2.5, size=(1000, 4))
    found = gaussian_bound(rows, 0.1)
    assert found.verdict is Verdict.UNRELIABLE
    assert "of 1000 records decide" in found.warnings[-1]


def test_an_uncertain_error_widens_the_interval() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 6)) * np.sqrt(PARALLEL)
    mse = Measurement("mse", "", 0.5, 0.45, 0.55, 1000, "", "")
    sure, unsure = gaussian_bound(rows, 0.5), gaussian_bound(rows, mse)
    assert unsure.value == sure.value
    assert unsure.low == gaussian_bound(rows, 0.55).low
    assert unsure.high == gaussian_bound(rows, 0.45).high


def test_no_error_takes_infinitely_many_bits() -> None:
    found = gaussian_bound(PARALLEL, 0, n=100)
    assert found.low == found.value == found.high == math.inf
    gap = rate_gap(8.0, found)
    assert (gap.name, gap.verdict, gap.n) == ("rate.gap", Verdict.UNAVAILABLE, 100)
    assert "the Gaussian bound is infinite" in gap.warnings[0]


def test_it_bounds_what_is_not_gaussian() -> None:
    """R(D) of sources of the same variance, by Blahut-Arimoto, is below it, and clearly."""
    x = np.linspace(-8, 8, 161)
    laplace = np.exp(-math.sqrt(2) * np.abs(x))
    for p, values in ((laplace / laplace.sum(), x), (np.array([0.9, 0.1]), np.array([0.0, 1]))):
        variance = float(p @ values**2 - (p @ values) ** 2)
        letters = np.linspace(values[0], values[-1], 161)
        true = blahut_arimoto(p, (values[:, None] - letters) ** 2, target=0.3 * variance)
        assert true.high is not None
        assert true.high < gaussian_rate([variance], 0.3 * variance) - 0.05


def test_the_gap_is_what_is_above_the_bound() -> None:
    bound = Measurement("rate.gaussian", "bits", 100.0, 95.0, 105.0, 50, "", "")
    gap = rate_gap(120, bound)
    assert (gap.low, gap.value, gap.high) == (15, 20, 25)
    assert gap.name == "rate.gap"
    assert not gap.warnings
    assert "below the bound" in rate_gap(60, bound).warnings[0]
    assert rate_gap(60, bound.doubted("why")).verdict is Verdict.UNRELIABLE


def test_bad_input_is_refused() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3))
    for bad in ([-1.0, 2.0], [math.nan], [], [[1.0]]):
        with pytest.raises(InputError, match="variances must be"):
            gaussian_rate(bad, 1.0)
    for distortion in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="a distortion must be"):
            gaussian_rate([1.0], distortion)
        with pytest.raises(InputError, match="a distortion must be"):
            gaussian_bound(rows, distortion)
    with pytest.raises(InputError, match="how many it comes from"):
        gaussian_bound(PARALLEL, 0.5)
    with pytest.raises(InputError, match="2 records or more"):
        spectrum(rows[:1])
    with pytest.raises(InputError, match="must be numbers"):
        spectrum(rows.astype(str))
    with pytest.raises(InputError, match="all of one shape"):
        gaussian_bound([[1.0, 2.0], [3.0]], 0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="all of one shape"):
        moments([[1.0, 2.0], [3.0]])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="variances must be numbers"):
        gaussian_rate(["a"], 1.0)
    with pytest.raises(InputError, match="NaN or infinite"):
        spectrum(np.where(rows > 2, math.nan, rows) * [1, 1, math.inf])
    with pytest.raises(InputError, match=f"{LARGEST + 1} values a record.*at most {LARGEST}"):
        spectrum(np.zeros((2, LARGEST + 1)))
    with pytest.raises(InputError, match="1 points"):
        rate_distortion_curve(PARALLEL, 1)
    with pytest.raises(InputError, match="0 variances above 0"):
        rate_distortion_curve([0.0], 5)
    with pytest.raises(InputError, match="not available"):
        rate_gap(1.0, Measurement.unavailable("rate.gaussian", "bits", "why"))
    with pytest.raises(InputError, match="bits must be"):
        rate_gap(math.nan, gaussian_bound(rows, 0.5))
    with pytest.raises(InputError, match="without an interval"):
        gaussian_bound(rows, Measurement.unavailable("mse", "", "why"))
