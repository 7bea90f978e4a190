"""What is reached without codes: the mean image and the best guess, with their figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fewbytes.audits.bench import once_for_images
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.reconstruction.best_guess import best_guess
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import psnr, squared_error, ssim
from fewbytes.measures.measurement import Measurement
from fewbytes.types import Images

RECORDS = 400
"""At least. Of fewer targets even exact images are too few to tell from good guesses."""


@dataclass(frozen=True)
class Guess:
    """The images are (1, h, w, c)."""

    mean: Images
    best: Images | None
    """None where images are too small for SSIM."""
    psnr: Measurement
    """Of the mean."""
    ssim: tuple[Measurement, ...]
    """Of the mean and of the best guess."""


def guess_of(exposure: Exposure) -> Guess:
    """The mean image and the best guess, from known originals, with their figures over the targets.

    Raises:
        InputError: fewer than RECORDS records, or originals that all are one image.
    """
    return once_for_images(exposure, "guess", _guess)


def repeated(image: Images, like: Images) -> Images:
    """One image (1, h, w, c), as often as there are images in `like`, without a copy."""
    return np.broadcast_to(image, like.shape)


def _guess(exposure: Exposure) -> Guess:
    require(exposure, RECORDS, "the error of rebuilt images")
    if (exposure.images == exposure.images[0]).all():
        raise InputError(f"all {len(exposure):,} originals are one and the same image")
    known, targets = exposure.images[exposure.known], exposure.images[exposure.targets]
    average = np.rint(known.mean(0, keepdims=True)).astype(np.uint8)
    error = squared_error(targets, repeated(average, targets))
    found = replace(psnr(error), method="the mean of the known originals")
    try:
        best = best_guess(known, exposure.seed)
    except InputError:
        return Guess(average, None, found, ())
    similarities = tuple(
        replace(ssim(targets, repeated(image, targets), seed=exposure.seed), method=method)
        for image, method in ((average, found.method), (best, "the best guess"))
    )
    return Guess(average, best, found, similarities)
