"""Small made pictures, and exposures of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.codecs import Codec
from fewbytes.types import Images, Labels

CLASSES = 3


def pictures(n: int, seed: int = 0, side: int = 8, channels: int = 1) -> tuple[Images, Labels]:
    """Pictures (n, side, side, channels) of three classes: a bump at a place of the class, of a
    height and a width of its own, on a slope one way or the other, with a little noise.
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, n)
    rows, columns = np.mgrid[:side, :side] / side
    places = np.array([[0.3, 0.3], [0.3, 0.7], [0.7, 0.5]])[labels] + rng.normal(0, 0.05, (n, 2))
    apart = (rows - places[:, :1, None]) ** 2 + (columns - places[:, 1:, None]) ** 2
    heights, widths = rng.uniform(60, 160, (n, 1, 1)), rng.uniform(0.02, 0.06, (n, 1, 1))
    slopes = rng.uniform(0, 150, (2, n, 1, 1))
    found = heights * np.exp(-apart / widths) + slopes[0] * rows + slopes[1] * (1 - columns)
    found = found[..., None] * rng.uniform(0.7, 1, (n, 1, 1, channels))
    found += rng.normal(20, 4, found.shape)
    return found.clip(0, 255).astype(np.uint8), labels


def exposure_of(
    spec: str,
    n: int = 800,
    seed: int = 0,
    *,
    images: Images | None = None,
    codes: NDArray[Any] | None = None,
) -> Exposure:
    """`n` pictures as the codec shows them, or with `codes` of the test's own."""
    made, labels = pictures(n, seed)
    images = made if images is None else images
    fitted = Codec.parse(spec).fit(images, seed=seed)
    return Exposure(
        STORE, images, labels[: len(images)], fitted.encode(images) if codes is None else codes,
        fitted, CLASSES, seed, lambda x, _: fitted.encode(x),
    )  # fmt: skip
