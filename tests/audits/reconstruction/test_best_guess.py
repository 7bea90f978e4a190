"""The best guess is above all other guesses that are tried."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewbytes.audits.reconstruction.best_guess import best_guess
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import ssim
from fewbytes.types import Images
from tests.audits.reconstruction.pictures import pictures


def _score(originals: Images, guess: Images) -> float:
    value = ssim(originals, np.broadcast_to(guess, originals.shape)).value
    assert value is not None
    return value


def test_it_is_above_the_mean_the_median_and_every_image() -> None:
    images = pictures(600, side=14)[0]
    known, others = images[:300], images[300:]
    found = _score(others, best_guess(known, seed=0))
    middle = [np.rint(known.mean(0)), np.median(known, 0), *known[:40]]
    assert found > 1.1 * max(_score(others, one[None].astype(np.uint8)) for one in middle)


def test_it_is_of_the_shape_of_an_image_and_the_same_again() -> None:
    images = pictures(60, side=7, channels=3)[0]
    found = best_guess(images, seed=3)
    assert found.shape == (1, 7, 7, 3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, best_guess(images, seed=3))


def test_of_one_image_it_is_that_image() -> None:
    images = np.repeat(pictures(1, side=12)[0], 20, axis=0)
    assert _score(images, best_guess(images, 0)) > 0.99


def test_the_global_generator_is_left_as_it_was() -> None:
    before = torch.random.get_rng_state()
    best_guess(pictures(20)[0], 0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_images_too_small_for_ssim() -> None:
    with pytest.raises(InputError, match="SSIM needs 3 x 3"):
        best_guess(np.zeros((5, 2, 2, 1), np.uint8), 0)
