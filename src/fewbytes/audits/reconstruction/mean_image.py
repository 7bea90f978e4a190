"""What is reached without codes: the mean of the known originals, and the best guess by SSIM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Trial
from fewbytes.audits.reconstruction.guess import Guess, guess_of, repeated
from fewbytes.audits.reconstruction.skewed_mean import mean_error
from fewbytes.measures.distortion.fidelity import psnr, ssim
from fewbytes.measures.measurement import Measurement

NAMES = (
    "reconstruction.mean_image.psnr",
    "reconstruction.mean_image.ssim",
    "reconstruction.best_guess.ssim",
)


def mean_image(exposure: Exposure, settings: Settings) -> list[Trial]:
    """PSNR and SSIM over the targets of the mean of the known originals, and SSIM of the best
    guess. What must come out is the same over the known originals, for the error each without
    itself in the mean.

    Exhibit of the first: `mean_image` and, where there is SSIM, `best_guess`, (h, w, c) uint8.

    Raises:
        InputError: too few records.
    """
    guess = guess_of(exposure)
    known = exposure.images[exposure.known]
    exhibit = {"mean_image": guess.mean[0]}
    if guess.best is None:
        reason = f"images of {known.shape[1:3]} pixels; SSIM needs 3 x 3 at least"
        missing = [Trial(Measurement.unavailable(name, "", reason)) for name in NAMES[1:]]
        return [_error(exposure, guess, exhibit), *missing]
    alike = ssim(known, repeated(guess.mean, known), seed=exposure.seed)
    exhibit["best_guess"] = guess.best[0]
    return [
        _error(exposure, guess, exhibit),
        Trial(replace(guess.ssim[0], name=NAMES[1]), expected=alike),
        Trial(replace(guess.ssim[1], name=NAMES[2])),
    ]


def _error(exposure: Exposure, guess: Guess, exhibit: dict[str, np.ndarray]) -> Trial:
    pixels = exposure.pixels[exposure.known]
    n = len(pixels)
    apart = pixels - pixels.mean(0)
    each = np.square(apart).mean(1, dtype=np.float64) * (n / (n - 1)) ** 2
    expected = psnr(mean_error(each))
    return Trial(replace(guess.psnr, name=NAMES[0]), expected=expected, exhibit=exhibit)
