"""Ridge regression against slow twins: normal equations, and leaving pairs out one by one."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.keys.ridge import PENALTIES, learned_encoder


def _pairs(n: int, p: int, d: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) * np.linspace(3, 0.3, p) + 5
    y = x @ rng.normal(size=(p, d)) + 2 + noise * rng.normal(size=(n, d))
    return x.astype(np.float32), y.astype(np.float32)


def _slow(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fitted codes, and the codes of pairs foretold from the others, by the best penalty of all."""
    x, y = x.astype(float), y.astype(float)
    n, p = x.shape
    scale = np.linalg.eigvalsh((x - x.mean(0)).T @ (x - x.mean(0)))[-1]
    least, best = np.inf, np.zeros((n, n))
    centred, at = x - x.mean(0), np.eye(n) - 1 / n
    for penalty in PENALTIES * scale:
        hat = np.zeros((n, n))
        if np.isfinite(penalty):
            hat = centred @ np.linalg.solve(centred.T @ centred + penalty * np.eye(p), centred.T)
        lost = np.square(y - y.mean(0) - hat @ at @ y).sum() / (n - 1 - np.trace(hat)) ** 2
        if lost < least:
            least, best = lost, hat
    errors = (y - y.mean(0) - best @ at @ y) / (1 - 1 / n - np.diag(best))[:, None]
    return y.mean(0) + best @ at @ y, errors


@pytest.mark.parametrize(("n", "p"), [(60, 8), (8, 8), (9, 8), (12, 30)])
@pytest.mark.parametrize("noise", [0.5, 5.0, 50.0])
def test_the_fast_one_is_the_slow_one(n: int, p: int, noise: float) -> None:
    x, y = _pairs(n, p, 5, noise)
    fitted, errors = _slow(x, y)
    found = learned_encoder(x, y)
    np.testing.assert_allclose(found.map(x), fitted, rtol=1e-4, atol=1e-3)
    assert found.noise == pytest.approx(np.square(errors).mean(), rel=1e-3)


def test_errors_of_pairs_left_out_are_those_of_pairs_left_out() -> None:
    """At a fixed penalty the quick formula is exact, so the same up to the penalty chosen."""
    x, y = _pairs(80, 6, 3, 1.0)
    kept = [np.arange(80) != i for i in range(80)]
    apart = [learned_encoder(x[k], y[k]).map(x[~k]) - y[~k] for k in kept]
    assert learned_encoder(x, y).noise == pytest.approx(np.square(apart).mean(), rel=0.02)


def test_without_noise_the_map_is_exact_as_soon_as_pairs_can_tell() -> None:
    """One pair more than dimensions fixes the map; another few show that no penalty is needed."""
    x, y = _pairs(60, 10, 4, 0.0)
    off = {n: np.abs(learned_encoder(x[:n], y[:n]).map(x) - y).max() / y.std() for n in (10, 14)}
    assert off[10] > 0.1
    assert off[14] < 1e-5


def test_the_noise_is_found() -> None:
    x, y = _pairs(4000, 10, 6, 3.0)
    found = learned_encoder(x, y)
    assert found.noise == pytest.approx(9, rel=0.05)
    assert found.residual is not None
    np.testing.assert_allclose(np.diag(found.residual), 9, rtol=0.15)
    assert found.rank == 10


def test_codes_that_have_nothing_to_do_with_images_are_foretold_by_their_mean() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 100)).astype("f4"), rng.normal(size=(300, 7)).astype("f4")
    found = learned_encoder(x, y)
    spread = np.square(found.map(x) - y.mean(0)).mean()
    assert spread < 0.05


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_pairs_give_finite_maps(n: int) -> None:
    x, y = _pairs(n, 6, 3, 1.0)
    found = learned_encoder(x, y)
    assert np.isfinite(found.map(x)).all()
    assert np.isfinite(found.noise)
    assert found.residual is None


def test_images_that_never_vary_teach_the_mean() -> None:
    x, y = np.ones((20, 6), np.float32), np.arange(20, dtype=np.float32)[:, None]
    found = learned_encoder(x, y)
    assert found.rank == 0
    np.testing.assert_allclose(found.map(x), 9.5)
    assert found.noise == pytest.approx(np.var(y, ddof=1) * 20 / 19)
