"""The linear estimate against its closed form, and beyond what a plain regression reaches."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.keys.linear_estimate import Prior, linear_estimate
from fewbytes.audits.keys.ridge import Encoder, learned_encoder


def _normal(n: int, p: int = 12, seed: int = 0) -> np.ndarray:
    kind = np.random.default_rng(7).normal(size=(p, p)) * np.linspace(5, 0.2, p)[:, None]
    return (np.random.default_rng(seed).normal(size=(n, p)) @ kind + 100).astype(np.float32)


@pytest.mark.parametrize("images", [8, 12, 400])
def test_the_covariance_is_that_of_the_images(images: int) -> None:
    x = _normal(images)
    prior = Prior.of(x)
    np.testing.assert_allclose(prior.mean, x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(prior.factor.T @ prior.factor, np.cov(x.T), atol=1e-6 * x.var())


@pytest.mark.parametrize("values", [4, 12, 30])
@pytest.mark.parametrize("images", [8, 400])
def test_it_is_the_closed_form(values: int, images: int) -> None:
    """C P (P'C P + R)^-1, where both branches and both kinds of errors must give the same."""
    rng = np.random.default_rng(1)
    x, secret = _normal(images), rng.normal(size=(12, values))
    for errors in (None, np.diag(rng.uniform(1, 3, values))):
        learned = AffineMap(np.zeros(12), None, secret, np.full(values, 3.0))
        found = linear_estimate(Encoder(learned, 12, 2.0, errors), Prior.of(x))
        covariance = np.cov(x.T)
        noise = 2 * np.eye(values) if errors is None else errors
        inner = secret.T @ covariance @ secret + noise
        codes = (_normal(5, seed=3) @ secret + 3).astype(np.float32)
        away = codes - (x.mean(0) @ secret + 3)
        slow = x.mean(0) + away @ np.linalg.solve(inner, secret.T @ covariance)
        np.testing.assert_allclose(found(codes), slow, atol=1e-3)


def test_few_pairs_do_more_with_images_of_the_kind() -> None:
    rng = np.random.default_rng(2)
    x, secret = _normal(3000, 40), rng.normal(size=(40, 15))
    y = (x @ secret).astype(np.float32)
    images, targets = x[:1500], slice(1500, None)
    encoder = learned_encoder(images[:25], y[:25])
    decoder = linear_estimate(encoder, Prior.of(images))
    turned = learned_encoder(y[:25], images[:25]).map  # a plain regression, the other way
    errors = [float(np.square(f(y[targets]) - x[targets]).mean()) for f in (decoder, turned)]
    assert errors[0] < 0.8 * errors[1]


def test_one_pair_gives_the_mean_image() -> None:
    x = _normal(50)
    found = linear_estimate(learned_encoder(x[:1], x[:1]), Prior.of(x))
    np.testing.assert_allclose(found(x[:4]), np.tile(x.mean(0), (4, 1)), rtol=1e-5)
