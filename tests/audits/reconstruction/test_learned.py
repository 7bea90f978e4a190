"""The learned decoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewbytes.audits.exposure import as_noise
from fewbytes.audits.reconstruction import residual_network
from fewbytes.audits.reconstruction.learned import learned
from fewbytes.audits.reconstruction.pairs import early_fit
from fewbytes.audits.reconstruction.rebuilt import levels, picture, picture_error
from fewbytes.audits.reconstruction.residual_network import Pairs, trained
from tests.audits.reconstruction.pictures import exposure_of, pictures


def test_it_reads_codes_that_no_matrix_reads() -> None:
    exposure = exposure_of("projection:24", 1200)
    middle = np.median(exposure.codes, axis=0)
    folded = replace(exposure, codes=np.abs(exposure.codes - middle))
    linear = picture(levels(early_fit(folded), folded.codes[600:]), folded)
    before = picture_error(folded, linear).value
    after = learned(folded).error.value
    assert before is not None
    assert after is not None
    assert after < 0.8 * before


def test_noise_leaves_it_at_the_linear_estimate_or_next_to_it() -> None:
    exposure = as_noise(exposure_of("projection:24 | uniform:8", 1200))
    mean = np.square(exposure.pixels[600:] - exposure.pixels[:800].mean(0)).mean()
    error = learned(exposure).error.value
    assert error is not None
    assert 0.99 * mean < error < 1.05 * mean


def test_it_is_the_same_again_and_of_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residual_network, "LEAST_STEPS", 8)
    images = pictures(120)[0]
    codes = images.reshape(120, -1)[:, ::5].astype(np.float32)
    given = Pairs(codes, np.full(images.shape, images.mean()), images)
    state = torch.random.get_rng_state()
    one, again, other = (trained(given, given, seed).images(given) for seed in (0, 0, 1))
    assert torch.equal(state, torch.random.get_rng_state())
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_an_exact_estimate_is_left_alone() -> None:
    images = pictures(200)[0]
    codes = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    given = Pairs(codes, images.astype(np.float64), images)
    network = trained(given, given, 0)
    assert network.rounds == 0
    assert np.array_equal(network.images(given), images)


def test_codes_that_never_vary_and_few_pairs() -> None:
    images = pictures(10, side=5)[0]
    given = Pairs(np.ones((10, 3), np.float32), np.full((10, 5, 5, 1), 200.0), images)
    found = trained(given, given, 0).images(given)
    assert found.shape == images.shape
    assert (
        np.square(found - images.astype(float)).mean()
        < np.square(255 - images.astype(float)).mean()
    )


def test_codes_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residual_network, "LEAST_STEPS", 20)
    images = pictures(60, side=5)[0]
    codes = images.reshape(60, -1)[:, ::3].astype(np.float32) - 100
    start = np.full((60, 5, 5, 1), 100.0)
    small, large = (Pairs(codes * np.float32(size), start, images) for size in (1e-30, 1e30))
    for given in (small, large):
        found = trained(given, given, 0).images(given)
        assert (
            np.square(found - images.astype(float)).mean() < 0.9 * np.square(images - 100.0).mean()
        )
