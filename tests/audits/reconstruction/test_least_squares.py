"""Ridge regression and pseudo-inverses, against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.reconstruction.least_squares import (
    STRENGTHS,
    principal_axes,
    pseudo_inverse_of,
    ridge,
)

Floats = NDArray[np.float64]


def _pairs(n: int, d: int, noise: float, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    z = rng.normal(5, 1, (n, d)) * np.linspace(0.2, 2, d)
    return z, z @ rng.normal(0, 1, (d, 4)) + noise * rng.normal(0, 1, (n, 4)) + 10


def _fit(z: Floats, x: Floats, penalty: float, fresh: Floats) -> Floats:
    centred = z - z.mean(0)
    inner = centred.T @ centred + penalty * np.eye(z.shape[1])
    weights = np.linalg.solve(inner, centred.T @ (x - x.mean(0)))
    found: Floats = (fresh - z.mean(0)) @ weights + x.mean(0)
    return found


def _slow(z: Floats, x: Floats, fresh: Floats) -> Floats:
    """A fit to all pairs but one, for each strength and each pair."""
    largest = np.linalg.eigvalsh(np.cov(z.T, bias=True))[-1] * len(z)
    best = np.inf, 0.0
    for penalty in STRENGTHS * largest:
        error = 0.0
        for i in range(len(z)):
            rest = np.arange(len(z)) != i
            error += np.square(_fit(z[rest], x[rest], penalty, z[i : i + 1]) - x[i]).sum()
        best = min(best, (error, penalty))
    return _fit(z, x, best[1], fresh)


@pytest.mark.parametrize(
    ("n", "d", "noise"), [(60, 8, 3.0), (12, 8, 10.0), (60, 8, 0.1), (10, 30, 20.0)]
)
def test_ridge_is_the_slow_one(n: int, d: int, noise: float) -> None:
    z, x = _pairs(n, d, noise)
    fresh = _pairs(20, d, noise, seed=1)[0]
    np.testing.assert_allclose(ridge(z, x)(fresh), _slow(z, x, fresh), rtol=1e-6)


def test_codes_that_are_nearly_alike_do_not_mislead() -> None:
    """Two records of ten have nearly the same code, and quite other images."""
    z, x = _pairs(10, 30, 20.0)
    z[1] = z[0] + 1e-3
    fresh, true = _pairs(200, 30, 20.0, seed=1)
    assert np.square(ridge(z, x)(fresh)).mean() < 4 * np.square(true).mean()


def test_only_some_pairs_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    z, x = _pairs(300, 8, 3.0)
    every = ridge(z, x)(z)
    monkeypatch.setattr("fewbytes.audits.reconstruction.least_squares.LEFT_OUT", 40)
    assert np.square(ridge(z, x)(z) - every).mean() < 0.2


def test_an_exact_relation_is_found() -> None:
    z, x = _pairs(50, 8, 0.0)
    np.testing.assert_allclose(ridge(z[:40], x[:40])(z[40:]), x[40:], rtol=1e-5)


def test_noise_foretells_next_to_nothing() -> None:
    rng = np.random.default_rng(0)
    z, x = rng.normal(size=(400, 100)), rng.normal(size=(400, 50))
    assert np.square(ridge(z, x)(z) - x.mean(0)).mean() < 0.02


def test_inputs_that_never_vary_foretell_the_mean() -> None:
    x = np.arange(12.0).reshape(6, 2)
    np.testing.assert_allclose(ridge(np.full((6, 3), 9.0), x)(np.zeros((1, 3))), [[5, 6]])


def test_inputs_are_left_as_they_are() -> None:
    z, x = _pairs(20, 4, 1.0)
    kept = z.copy(), x.copy()
    ridge(z, x)
    assert np.array_equal(z, kept[0])
    assert np.array_equal(x, kept[1])


def test_the_pseudo_inverse_is_that_of_numpy() -> None:
    a = np.random.default_rng(0).normal(size=(6, 4))
    a[:, 3] = a[:, 0] + a[:, 1]
    np.testing.assert_allclose(pseudo_inverse_of(a.T @ a), np.linalg.pinv(a.T @ a), atol=1e-10)
    assert not pseudo_inverse_of(np.zeros((3, 3))).any()


def test_axes_are_of_the_dimensions_that_there_are() -> None:
    z = np.random.default_rng(0).normal(size=(30, 4))
    z = np.column_stack([z, z[:, 0] - z[:, 2]])
    values, axes = principal_axes(z)
    assert axes.shape == (5, 4)
    np.testing.assert_allclose(z @ axes @ axes.T, z, atol=1e-10)
    np.testing.assert_allclose(np.square(z @ axes).sum(0), values)
