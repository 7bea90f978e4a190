"""How rebuilt images are judged: PSNR and SSIM over the targets, beside chance.

Chance is what is had without the image's own code. Of PSNR that is the mean of the known originals,
which no other guess beats. Of SSIM it is the highest of three: that mean; the best guess
(best_guess.py); and what the attack itself makes of the code of another record, which keeps all its
sharpness and all that it knows of such images in general.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Trial
from fewbytes.audits.reconstruction.guess import Guess, guess_of
from fewbytes.audits.reconstruction.rebuilt import Rebuilt
from fewbytes.audits.reconstruction.similarity import similarities
from fewbytes.audits.reconstruction.worst_seen import by_worst_seen
from fewbytes.measures.distortion.fidelity import psnr, ssim
from fewbytes.measures.measurement import Measurement
from fewbytes.types import Images

SHOWN = 10
"""Targets in an exhibit."""


def judged(rung: str, exposure: Exposure, made: Rebuilt) -> list[Trial]:
    """`reconstruction.<rung>.psnr` and `.ssim` of what the rung made of the targets.

    Exhibit of the first: `originals` and `rebuilt` (k, h, w, c) uint8 of the same k targets for all
    rungs, `codes` (k, rows, columns[, c]) float32 (see `shown_codes`), and what the rung adds.
    """
    guess = guess_of(exposure)
    name = f"reconstruction.{rung}"
    decibels = replace(psnr(made.error), name=f"{name}.psnr", method=made.method)
    exhibit: dict[str, NDArray[Any]] = {
        "originals": exposure.images[exposure.targets][:SHOWN],
        "rebuilt": made.targets[:SHOWN],
        "codes": shown_codes(exposure),
        **made.exhibit,
    }
    first = Trial(decibels, guess.psnr, exhibit=exhibit)
    return [first, _similarity(f"{name}.ssim", exposure, made.targets, guess)]


def shown_codes(exposure: Exposure) -> NDArray[np.float32]:
    """Coefficients of the first targets (k, rows, columns[, channels]). Those that are no pictures
    are folded into rows of a square, the last of which NaN fills up.
    """
    values = exposure.as_values(exposure.codes[exposure.targets][:SHOWN])
    shape = exposure.fitted.coefficient_shape
    if exposure.fitted.codec.spatial and len(shape) == 3:
        return values.reshape(-1, *shape)
    side = int(np.ceil(np.sqrt(values.shape[1])))
    folded = np.full((len(values), side * -(-values.shape[1] // side)), np.nan, np.float32)
    folded[:, : values.shape[1]] = values
    return folded.reshape(len(values), -1, side)


def _similarity(name: str, exposure: Exposure, images: Images, guess: Guess) -> Trial:
    if not guess.ssim:
        reason = f"images of {exposure.images.shape[1:3]} pixels; SSIM needs 3 x 3 at least"
        return Trial(Measurement.unavailable(name, "", reason, len(images)))
    originals, seed = exposure.images[exposure.targets], exposure.seed
    found = by_worst_seen(
        ssim(originals, images, seed=seed),
        lambda: float(similarities(originals, images).min()),
        1.0,
        -1.0,
    )
    others = ssim(originals, np.roll(images, 1, axis=0), seed=seed)
    others = replace(others, method="the same attack on the code of another record")
    chance = max(*guess.ssim, others, key=lambda one: one.value or 0.0)
    return Trial(replace(found, name=name), chance)
