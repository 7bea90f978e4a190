"""Norms of images that their codes keep, whatever the key.

A projection or permutation keeps the norm of an image as it keeps distances, so each code by itself
says how bright its image is.

Exhibit of `keys.energy_leak`, for t targets:

    image_norm (t,)  Euclidean, in grey levels
    code_norm  (t,)  Euclidean, of coefficients
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.keys.rank_correlation import correlation_size

ENERGY = "keys.energy_leak"


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    images = norms(exposure.pixels[exposure.targets])
    codes = norms(exposure.values[exposure.targets])
    figure = correlation_size(ENERGY, images, codes, "Spearman, over targets")
    chance = exactly(ENERGY, "", 0.0, "codes that say nothing of their images")
    return [Trial(figure, chance, exhibit={"image_norm": images, "code_norm": codes})]


def norms(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Euclidean norms (n,) of vectors (n, d)."""
    return np.array([np.linalg.norm(one.astype(np.float64)) for one in vectors])


ENERGY_LEAK = Attack(
    claims={
        ENERGY: Claim(
            "Energy of images, kept by their codes",
            "",
            "Norms of codes are correlated with those of their images, which is mostly how bright "
            "they are: {value} ({low} to {high}), where 1 would be all, and 0 none. It takes no "
            "key to see the norm of a code.",
            "Norms of codes and of images showed no rank correlation beyond chance ({value}).",
            "Somebody who has the codes alone. The norm says little by itself; it narrows down "
            "which record is which.",
        )
    },
    run=_run,
)
