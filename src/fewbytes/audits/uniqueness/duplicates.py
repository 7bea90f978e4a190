"""Duplicates: records whose originals are the same image, pixel by pixel.

They collide under every codec; what else collides is the codec's doing. In the positive control
copies are planted among records of which each stands once; the null control has none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import classed
from fewbytes.audits.uniqueness.controls import PLANTED, counted, without_copies
from fewbytes.audits.uniqueness.pairs import equal_pairs, listed_pairs

NAME = "uniqueness.duplicates"

_PLANTED = {IDENTITY: PLANTED, NOISE: 0}


def duplicates(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.duplicates`, pairs of records whose originals are equal.

    Exhibit: `pairs` (m, 2), such pairs by their places in the store where all its records were
    counted, else in the exposure, chained through each group of equal images; LISTED at most.

    Raises:
        InputError: fewer than 2 records.
    """
    require(exposure, 2, "a pair")
    found = classed(exposure, settings)
    figure = counted(NAME, "pairs", equal_pairs(found.images), len(found), found.method)
    expected = None
    if exposure.kind in _PLANTED:
        expected = exactly(NAME, "pairs", _PLANTED[exposure.kind], "copies planted")
    return [Trial(figure, expected=expected, exhibit={"pairs": listed_pairs(found.images)})]


def _clean(exposure: Exposure) -> Exposure:
    """One record of each image; no code has a part in this figure."""
    return _of(exposure, NOISE, copies=0)


def _planted(exposure: Exposure) -> Exposure:
    """The same, and PLANTED copies of the first of them."""
    return _of(exposure, IDENTITY, copies=PLANTED)


def _of(exposure: Exposure, kind: str, copies: int) -> Exposure:
    distinct = without_copies(exposure.images)
    images = np.concatenate([distinct, distinct[:copies]])
    return replace(
        exposure, kind=kind, images=images, codes=images, labels=np.zeros(len(images), np.int64)
    )


DUPLICATES = Attack(
    claims={
        NAME: Claim(
            title="Pairs of records with the same original",
            unit="pairs",
            described="{value} of records were made of the same image.",
            covers="The records counted; images equal in every pixel, not near-duplicates.",
        )
    },
    run=duplicates,
    positive=_planted,
    null=_clean,
)
"""Images that are in the set twice."""
