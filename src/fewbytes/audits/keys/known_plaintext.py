"""Known plaintext: images beside their codes, and what they are worth without the key.

The attacker has n pairs of image and code, and images of the kind without their codes: those of all
known pairs. From the pairs a linear map of images to codes is learned, and turned round with the
mean and covariance of the images. Where codes are a linear map of images and are not quantized, it
is exact from as many pairs as images have dimensions (see recovery.py).

Exhibit of `keys.decode` and `keys.predict`, for k numbers of pairs, means over the draws of pairs:

    pairs    (k,)  how many were known
    decode   (k,)  dB, PSNR of targets rebuilt
    predict  (k,)  share of the variance of the targets' codes foretold
    mean     (1,)  dB, PSNR of the mean image
    rank     (2,)  dimensions of the affine span of the codes, and of the images, of all pairs:
                   less than the pairs, however many the codec or the images have
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import NOISE, Exposure, require
from fewbytes.audits.figures import LEAST, exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.keys.bounded_error import bounded_error
from fewbytes.audits.keys.learning_curve import (
    PAIRS,
    Errors,
    LearningCurve,
    code_errors,
    learning_curve,
    rebuilt,
)
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import decibels, psnr
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Means, Measurement

DECODE, PREDICT, PAIRS_NEEDED = "keys.decode", "keys.predict", "keys.pairs_needed"

RECORDS = 16
"""Fewest that halves are made of."""

NEAR = 10**0.1
"""Mean square errors this much apart are 1 dB apart."""

ROUNDING = 1 / 12
"""Mean square error of rounding to whole grey levels: less is no difference."""

_TINY = 1e-150

_COVERS = (
    f"An attacker who has up to {PAIRS:,} images beside their codes, made under one key or by one "
    "codec, and knows neither key nor transforms, only how codes are quantized. Linear maps alone "
    "are tried: others may do better."
)


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    require(exposure, RECORDS, "an attack by known pairs")
    known, targets = exposure.values[exposure.known], exposure.values[exposure.targets]
    if not (np.ptp(known, axis=0).any() and np.ptp(targets, axis=0).any()):
        raise InputError(f"all codes of {len(known):,} records are equal: pairs teach nothing")
    curve = learning_curve(exposure)
    spread = np.square(targets.astype(np.float64) - curve.encoder.map.mean).sum(1)
    decoding = _decoding(exposure, curve)
    foretelling = _foretelling(exposure, curve, spread)
    shown = _exhibit(curve, spread)
    needed = _needed(curve) if decoding.beyond_chance else _never(exposure, curve)
    none_will_do = exactly(PAIRS_NEEDED, "pairs", math.inf, "codes that say nothing")
    expected = none_will_do if exposure.kind == NOISE else None
    return [
        replace(decoding, exhibit=shown),
        replace(foretelling, exhibit=shown),
        Trial(needed, expected=expected),
    ]


def _decoding(exposure: Exposure, curve: LearningCurve) -> Trial:
    """PSNR of all targets, rebuilt with all pairs, beside the mean of the known images."""
    targets = exposure.images[exposure.targets]
    found = rebuilt(curve.decoder, exposure.values[exposure.targets]).reshape(targets.shape)
    guess = curve.decoder.mean.round().astype(np.uint8).reshape(targets.shape[1:])
    n = int(curve.pairs[-1])
    reached, chance = (
        replace(psnr(bounded_error(targets, images)), name=DECODE, method=method)
        for images, method in (
            (found, f"linear estimate by what {n:,} known pairs tell of the codec"),
            (np.broadcast_to(guess, targets.shape), f"the mean of {n:,} known images"),
        )
    )
    return Trial(reached, chance)


def _foretelling(exposure: Exposure, curve: LearningCurve, spread: Errors) -> Trial:
    """Share of the variance of all targets' codes that all pairs foretell."""
    pixels, values = exposure.pixels[exposure.targets], exposure.values[exposure.targets]
    errors = code_errors(curve.encoder.map, pixels, values)
    method = f"ridge regression of codes on images, learned from {int(curve.pairs[-1]):,} pairs"
    found = explained(PREDICT, errors, spread, method)
    return Trial(found, exactly(PREDICT, "share", 0.0, "the mean of the known codes"))


def explained(name: str, errors: Errors, spread: Errors, method: str) -> Measurement:
    """1 - sum(errors) / sum(spread) of records (t,), a ratio of means (Cochran 1977, "Sampling
    Techniques", section 2.11), its interval moved out on the side of the longer tail (Johnson 1978,
    J. Am. Stat. Assoc. 73).
    """
    t, missed = len(errors), float(errors.sum() / spread.sum())
    apart = (errors - missed * spread) / float(spread.mean())
    deviation = math.sqrt(float(np.square(apart).sum()) / (t - 1))
    third = float(np.mean(apart**3)) / max(deviation, _TINY) ** 2
    quantile = float(stdtrit(t - 1, (1 + LEVEL) / 2))
    half, shift = quantile * deviation / math.sqrt(t), third * (1 + 2 * quantile**2) / (6 * t)
    value, low = 1 - missed, 1 - missed - half - max(0.0, shift)
    high = max(value, min(1.0, value + half - min(0.0, shift)))
    found = Measurement(
        name, "share", value, low, high, t, method,
        "Cochran 1977, Sampling Techniques, section 2.11 (the interval)",
    )  # fmt: skip
    return found if t >= LEAST else found.doubted(f"{t} targets; {LEAST} are needed")


def _needed(curve: LearningCurve) -> Measurement:
    """The fewest pairs whose decoding is within 1 dB of that from all of them."""
    best = NEAR * curve.decoded[-1][0] + ROUNDING
    more = [[errors - best for errors in draws] for draws in curve.decoded]
    more[-1] = [np.full(len(best), -ROUNDING)]
    reached = next(i for i, draws in enumerate(more) if np.mean(draws) <= 0)
    surely = next(i for i in range(reached, len(more)) if all(_ends(d)[1] <= 0 for d in more[i]))
    short = [i for i in range(reached) if all(_ends(draw)[0] > 0 for draw in more[i])]
    low = int(curve.pairs[short[-1]]) + 1 if short else 1
    return Measurement(
        PAIRS_NEEDED, "pairs", float(curve.pairs[reached]), float(low),
        float(curve.pairs[surely]), len(best),
        f"of {len(curve.pairs)} numbers of pairs tried, up to {int(curve.pairs[-1]):,}", "",
        Means.BOUNDS,
    )  # fmt: skip


def _never(exposure: Exposure, curve: LearningCurve) -> Measurement:
    """Where all pairs together do not decode: of codes that say nothing, no number of them will."""
    if exposure.kind == NOISE:
        return exactly(
            PAIRS_NEEDED, "pairs", math.inf, f"none of {len(curve.pairs)} numbers of pairs"
        )
    reason = "all known pairs together decode no better than the mean image"
    return Measurement.unavailable(PAIRS_NEEDED, "pairs", reason)


def _ends(each: Errors) -> tuple[float, float]:
    half = DEVIATIONS * float(each.std(ddof=1)) / math.sqrt(len(each))
    return float(each.mean()) - half, float(each.mean()) + half


def _exhibit(curve: LearningCurve, spread: Errors) -> dict[str, NDArray[Any]]:
    judged = spread[: len(curve.guessed)].mean()
    return {
        "pairs": curve.pairs,
        "decode": np.array([decibels(float(np.mean(draws))) for draws in curve.decoded]),
        "predict": np.array([1 - float(np.mean(draws)) / judged for draws in curve.foretold]),
        "mean": np.array([decibels(float(curve.guessed.mean()))]),
        "rank": np.array([curve.rank, curve.encoder.rank]),
    }


KNOWN_PLAINTEXT = Attack(
    claims={
        DECODE: Claim(
            "Images rebuilt from codes, learned from known pairs",
            "dB",
            "Somebody who has images beside their codes, and no key, can rebuild other images from "
            "their codes at {value} ({low} to {high}). The mean image, which takes no code, is at "
            "{chance}.",
            "A linear decoder learned from known pairs of image and code, without the key, rebuilt "
            "other images at {value}; the mean image, which takes no code, is at {chance}.",
            f"{_COVERS} A secret projection or permutation is not encryption.",
        ),
        PREDICT: Claim(
            "Codes foretold from images, learned from known pairs",
            "share",
            "Somebody who has images beside their codes, and no key, can foretell {value} "
            "({low} to {high}) of the variance of other images' codes, where 100 % is as good as "
            "having the key.",
            "A linear encoder learned from known pairs of image and code, without the key, "
            "foretold {value} of the variance of other images' codes.",
            _COVERS,
        ),
        PAIRS_NEEDED: Claim(
            "Known pairs that are enough",
            "pairs",
            described="To rebuild images within 1 dB of what all known pairs give, {high} of image "
            "and code are enough, and fewer than {low} are not.",
            covers="Linear maps learned from pairs drawn at random, by an attacker who has other "
            "images of the kind too. Pairs of the attacker's own choice, or a better decoder, may "
            "need fewer.",
        ),
    },
    run=_run,
)
