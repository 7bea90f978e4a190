"""Small exposures whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Trial
from fewbytes.codecs import Codec
from fewbytes.types import Images

SIDE = 6
PIXELS = SIDE * SIDE


def pictures(n: int, seed: int = 0) -> Images:
    """Correlated images (n, 6, 6, 1) of full rank, and of much contrast: were the mean image near
    to all, a few hundred targets could not show that an exact decoder is better.
    """
    kind = np.random.default_rng(99).normal(size=(PIXELS, PIXELS))
    kind *= (np.arange(1, PIXELS + 1) ** -1.0)[:, None]
    drawn = np.random.default_rng(seed).normal(size=(n, PIXELS)) @ kind
    pixels = np.clip(128 + 70 * drawn, 0, 255).round().astype(np.uint8)
    return pixels.reshape(n, SIDE, SIDE, 1)


def exposure_of(images: Images, codec: str = "identity", seed: int = 0) -> Exposure:
    """Images as a codec fitted to them shows them."""
    fitted = Codec.parse(codec).fit(images, seed)
    labels = np.arange(len(images)) % 2
    codes = fitted.encode(images)
    return Exposure(STORE, images, labels, codes, fitted, 2, seed, lambda x, _: fitted.encode(x))


def ends(trial: Trial) -> tuple[float, float, float]:
    """Low, value and high of a trial's figure."""
    found: tuple[Any, Any, Any] = trial.figure.low, trial.figure.value, trial.figure.high
    return found
