"""What n known pairs are worth: errors of decoding and of foretelling codes, for growing n."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.keys.linear_estimate import Prior, linear_estimate
from fewbytes.audits.keys.ridge import Encoder, Vectors, components, learned_encoder

PAIRS = 4096
"""Known pairs used, at most."""

LARGE = 1024
"""Values of an image or a code above which half as many are used: the work goes by their cube."""

TARGETS = 2000
"""Targets that the curve is judged on."""

DRAWS = 3
"""Disjoint draws of n pairs, where n is SMALL at most and there are so many."""

SMALL = 512

_VALUES = 1 << 21
"""Held at a time: 16 MiB."""

Errors = NDArray[np.float64]


@dataclass(frozen=True)
class LearningCurve:
    """Errors of the first targets (t,) after `pairs` (k,) known pairs, rising, for each draw."""

    pairs: NDArray[np.int64]
    decoded: list[list[Errors]]
    """Mean square error of a pixel, of each target."""
    foretold: list[list[Errors]]
    """Squared distance of each target's code from what was foretold."""
    guessed: Errors
    """Mean square error of a pixel, of each target, where all that is had is the mean image."""
    encoder: Encoder
    """Learned from all pairs."""
    decoder: AffineMap
    """From codes to images, learned from all pairs."""
    rank: int
    """Dimensions of the affine span of the known codes."""


def learning_curve(exposure: Exposure) -> LearningCurve:
    """Learn from growing parts of the known pairs; all their images are known without codes too."""
    pixels, values = exposure.pixels[exposure.known], exposure.values[exposure.known]
    x, y = (side[exposure.targets][:TARGETS] for side in (exposure.pixels, exposure.values))
    large = max(pixels.shape[1], values.shape[1]) > LARGE
    most = min(len(pixels), PAIRS // 2 if large else PAIRS)
    pixels, values = pixels[:most], values[:most]
    whole, rank, prior = learned_encoder(pixels, values), affine_rank(values), Prior.of(pixels)
    pairs = counts(most, rank, whole.rank)
    decoded, foretold = [], []
    for n in pairs:
        draws = (slice(i, i + n) for i in range(0, most - n + 1, n))
        some = [draw for _, draw in zip(range(DRAWS if n <= SMALL else 1), draws, strict=False)]
        known = [learned_encoder(pixels[i], values[i]) if n < most else whole for i in some]
        decoded.append([image_errors(linear_estimate(one, prior), y, x) for one in known])
        foretold.append([code_errors(one.map, x, y) for one in known])
    guessed = np.square(prior.mean.round() - x).mean(1)
    decoder = linear_estimate(whole, prior)
    return LearningCurve(np.array(pairs), decoded, foretold, guessed, whole, decoder, rank)


def counts(most: int, *ranks: int) -> list[int]:
    """Numbers of pairs to learn from: powers of two, `most`, and about each rank, where a linear
    map of so many dimensions is found; not about one that is what `most` pairs have anyway.
    """
    powers = [1 << i for i in range(most.bit_length())]
    about = [rank + i for rank in ranks if rank < most - 1 for i in (-1, 0, 1)]
    return sorted({n for n in (*powers, *about, most) if 1 <= n <= most})


def affine_rank(vectors: Vectors) -> int:
    """Dimensions of the affine span of vectors (n, d), up to rounding."""
    x = vectors - vectors.mean(0, dtype=np.float64)
    return len(components(x @ x.T if len(x) <= x.shape[1] else x.T @ x)[0])


def rebuilt(decoder: AffineMap, values: Vectors) -> NDArray[np.uint8]:
    """Images (t, p), in whole grey levels, from coefficients (t, d)."""
    parts = (decoder(values[rows]) for rows in _rows(len(values), len(decoder.mean)))
    return np.concatenate([part.clip(0, 255).round().astype(np.uint8) for part in parts])


def image_errors(decoder: AffineMap, values: Vectors, pixels: Vectors) -> Errors:
    """Mean square error of a pixel, of each image (t,), rebuilt from coefficients (t, d)."""
    parts = _rows(len(values), len(decoder.mean))
    each = (rebuilt(decoder, values[rows]) - pixels[rows] for rows in parts)
    return np.concatenate([np.square(apart).mean(1, dtype=np.float64) for apart in each])


def code_errors(encoder: AffineMap, pixels: Vectors, values: Vectors) -> Errors:
    """Squared distance (t,) of coefficients (t, d) from those foretold from images (t, p)."""
    parts = _rows(len(pixels), len(encoder.mean))
    each = (encoder(pixels[rows]) - values[rows] for rows in parts)
    return np.concatenate([np.square(apart).sum(1) for apart in each])


def _rows(count: int, width: int) -> Iterator[slice]:
    step = max(1, _VALUES // width)
    return (slice(start, start + step) for start in range(0, count, step))
