"""The floor of linear attackers, where it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure, as_identity, as_noise
from fewbytes.audits.reconstruction.linear_floor import floor, linear_floor, residuals
from fewbytes.audits.reconstruction.rungs import made_by
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Means
from tests.audits.reconstruction.pictures import exposure_of


def _gaussian(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients with noise, pixels, and the Bayes error of the linear estimate: A'C A + N."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(12, 12)) * 10
    matrix = np.random.default_rng(98).normal(size=(12, 5))
    variances = np.array([50.0, 100.0, 150.0, 200.0, 250.0])
    x = rng.normal(size=(n, 12)) @ mixing.T + 100
    y = x @ matrix + rng.normal(size=(n, 5)) * np.sqrt(variances)
    c = mixing @ mixing.T
    inner = np.linalg.inv(matrix.T @ c @ matrix + np.diag(variances))
    return y, x, float(np.trace(c - c @ matrix @ inner @ matrix.T @ c)) / 12


def test_the_interval_covers_the_formula_and_is_narrow() -> None:
    for seed in range(60):
        y, x, truth = _gaussian(300, seed)
        exposure = exposure_of("dct:4", 4)
        vars(exposure)["values"], vars(exposure)["pixels"] = y, x
        found = floor(exposure)
        assert found.means is Means.BOUNDS
        assert found.covers(10 * np.log10(255**2 / truth))
        assert not found.covers(10 * np.log10(255**2 / truth) + 1.5)
        assert not found.covers(10 * np.log10(255**2 / truth) - 1.5)


def test_the_figure_is_unbiased() -> None:
    found = []
    for seed in range(200):
        y, x, truth = _gaussian(40, seed)
        left = residuals(y, x)
        found.append(left.fitted.sum() / (40 - left.rank - 1) / truth)
    assert np.mean(found) == pytest.approx(1, abs=0.04)


def test_residuals_are_those_of_least_squares_and_of_leaving_one_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fewbytes.audits.reconstruction.linear_floor.DAMPING", 0.0)
    y, x, _ = _gaussian(30, 0)
    found = residuals(y, x)
    design = np.column_stack([np.ones(30), y])
    fitted = x - design @ np.linalg.lstsq(design, x, rcond=None)[0]
    np.testing.assert_allclose(found.fitted, np.square(fitted).mean(1))
    rest = np.arange(30) != 7
    weights = np.linalg.lstsq(design[rest], x[rest], rcond=None)[0]
    assert found.left_out[7] == pytest.approx(np.square(x[7] - design[7] @ weights).mean())
    assert found.of_mean[7] == pytest.approx(np.square(x[7] - x[rest].mean(0)).mean())


def test_the_trials_are_as_arithmetic_says() -> None:
    exposure = exposure_of("projection:16 | uniform:8")
    (identity,) = linear_floor(as_identity(exposure), Settings())
    assert identity.figure.value == np.inf
    assert identity.as_expected
    (noise,) = linear_floor(as_noise(exposure), Settings())
    assert noise.expected is not None
    assert noise.as_expected
    assert linear_floor(exposure, Settings())[0].expected is None


def test_codes_that_say_something_are_not_taken_for_noise() -> None:
    exposure = replace(exposure_of("projection:16 | uniform:8"), kind="noise")
    assert not linear_floor(exposure, Settings())[0].as_expected


def test_no_linear_rung_is_below_it() -> None:
    for spec in ("projection:16 | uniform:8", "dct:4 | uniform:6", "downsample:4 | uint8"):
        exposure = exposure_of(spec, 1600)
        bound = floor(exposure)
        assert bound.high is not None
        for rung in ("pseudo_inverse", "linear_estimate", "pairs"):
            reached = made_by(rung, exposure).uncut
            assert reached is not None
            assert reached.value is not None
            assert 10 * np.log10(255**2 / reached.value) < bound.high


def test_too_few_records_and_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="398 records; a floor by the moments of 64 values needs"):
        linear_floor(exposure_of("dct:4", 398), Settings())
    exposure = exposure_of("dct:4", 400)
    monkeypatch.setattr("fewbytes.audits.reconstruction.linear_floor.RECORDS_A_VALUE", 7)
    with pytest.raises(InputError, match="at least 448"):
        linear_floor(exposure, Settings())
    monkeypatch.setattr("fewbytes.audits.reconstruction.linear_floor.LARGEST", 60)
    with pytest.raises(InputError, match="records of 64 values; moments are formed up to 60"):
        linear_floor(exposure, Settings())


def test_coefficients_that_hardly_ever_vary_have_no_say() -> None:
    """One value that one record has, and next to nothing of it: its leverage is 1."""
    y, x, truth = _gaussian(300, 0)
    rare = np.zeros((300, 1))
    rare[5] = 1e-3
    found = residuals(np.column_stack([y, rare]), x)
    assert found.rank == 6
    assert found.left_out.mean() < 1.2 * truth


def test_constant_codes_leave_the_variance() -> None:
    exposure: Exposure = exposure_of("dct:4")
    constant = replace(exposure, codes=np.zeros_like(exposure.codes))
    found = floor(constant)
    variance = exposure.pixels.var(0, ddof=1).mean()
    assert found.value == pytest.approx(10 * np.log10(255**2 / variance), rel=1e-6)
