"""The attack on what no key changes: a figure of images, correlated with the same of their codes.

It takes no key to see the figure of a code. Where its order is that of the images' own, codes alone
tell what the figure tells of images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.keys.rank_correlation import correlation_size

Figures = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Of vectors (t, d): (m,), independent of one another."""


def invariant(name: str, claim: Claim, figures: Figures, word: str, method: str) -> Attack:
    """The attack called `name`; `word` is what one of its figures is.

    Exhibit: `image_<word>` and `code_<word>`, (m,) each, of the targets.
    """

    def run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
        images = figures(exposure.pixels[exposure.targets])
        codes = figures(exposure.values[exposure.targets])
        figure = correlation_size(name, images, codes, method)
        chance = exactly(name, "", 0.0, "codes that say nothing of their images")
        return [Trial(figure, chance, exhibit={f"image_{word}": images, f"code_{word}": codes})]

    return Attack(claims={name: claim}, run=run)
