"""Small exposures for the tests of linkage and uniqueness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Finding
from fewbytes.codecs import Codec
from fewbytes.types import Images


def shown(images: Images, codec: str, seed: int = 0) -> Exposure:
    """Images as a codec fitted to them shows them."""
    fitted = Codec.parse(codec).fit(images)

    def draw(chosen: Images, _: np.random.Generator) -> NDArray[Any]:
        codes: NDArray[Any] = fitted.encode(chosen)
        return fitted.unpack(fitted.pack(codes), len(codes)) if fitted.codec.coder.lossy else codes

    labels = np.zeros(len(images), np.int64)
    codes = draw(images, np.random.default_rng(0))
    return Exposure(STORE, images, labels, codes, fitted, 2, seed, draw)


def blobs(n: int, seed: int = 0, side: int = 12) -> Images:
    """Smooth pictures (n, side, side, 1), all different."""
    rng = np.random.default_rng(seed)
    x = np.arange(side)
    found = np.zeros((n, side, side))
    for _ in range(4):
        row, column = rng.uniform(0, side, (2, n))
        wide = rng.uniform(1, 4, n)
        far = (x[None, :, None] - row[:, None, None]) ** 2
        far = far + (x[None, None, :] - column[:, None, None]) ** 2
        found += rng.uniform(50, 255, n)[:, None, None] * np.exp(
            -far / (2 * wide[:, None, None] ** 2)
        )
    return found.clip(0, 255).astype(np.uint8)[..., None]


def found_by(
    attack: Attack, exposure: Exposure, settings: Settings | None = None
) -> dict[str, Finding]:
    """What an attack finds, by name."""
    return {one.attack: one for one in attack.findings(exposure, settings or Settings())}
