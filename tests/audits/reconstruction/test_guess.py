"""What is reached without codes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.reconstruction.guess import guess_of
from fewbytes.audits.reconstruction.mean_image import NAMES, mean_image
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import ssim
from tests.audits.reconstruction.pictures import exposure_of, pictures


def test_the_mean_is_of_the_known_and_is_judged_on_the_targets() -> None:
    exposure = exposure_of("dct:4", 500)
    guess = guess_of(exposure)
    average = exposure.images[:250].mean(0)
    assert np.abs(guess.mean[0] - average).max() <= 0.5
    error = np.square(exposure.images[250:] - np.rint(average)).mean()
    assert guess.psnr.value == pytest.approx(10 * math.log10(255**2 / error))
    targets = exposure.images[250:]
    assert guess.ssim[0].value == ssim(targets, np.broadcast_to(guess.mean, targets.shape)).value
    assert guess.ssim[1].value is not None
    assert guess.ssim[1].value > (guess.ssim[0].value or 1)


def test_the_trials_expect_what_the_known_originals_give() -> None:
    trials = mean_image(exposure_of("dct:4", 500), Settings())
    assert [one.figure.name for one in trials] == list(NAMES)
    assert all(one.as_expected and one.chance is None for one in trials)
    assert trials[0].exhibit["mean_image"].shape == (8, 8, 1)
    assert trials[0].exhibit["best_guess"].shape == (8, 8, 1)


def test_targets_of_another_kind_are_not_as_expected() -> None:
    images = pictures(500)[0]
    images[250:] = 255 - images[250:]
    trials = mean_image(exposure_of("dct:4", images=images), Settings())
    assert not trials[0].as_expected
    assert not trials[1].as_expected


def test_too_few_records() -> None:
    with pytest.raises(InputError, match="398 records; the error of rebuilt images needs at least"):
        guess_of(exposure_of("dct:4", 398))


def test_originals_that_are_one_image() -> None:
    images = np.repeat(pictures(1)[0], 400, axis=0)
    with pytest.raises(InputError, match="all 400 originals are one and the same image"):
        guess_of(exposure_of("identity", images=images))


def test_images_too_small_for_ssim_have_an_error_still() -> None:
    images = pictures(400)[0][:, 3:5, 3:5]
    trials = mean_image(exposure_of("identity", images=images), Settings())
    assert trials[0].figure.available
    assert not trials[1].figure.available
    assert not trials[2].figure.available
