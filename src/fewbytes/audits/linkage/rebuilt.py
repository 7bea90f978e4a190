"""Rebuilt: decoded images are compared with candidates, pixel by pixel.

This needs no encoder: the decoder that every reader of the store has, with its secret key where
it has one, and a list of images.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.linkage.rank import CURVE, LEAST_RECORDS
from fewbytes.audits.linkage.ranks import rank_trials

NAMES = ("linkage.rebuilt_rank_1", "linkage.rebuilt_rank_10")


def rebuilt(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`linkage.rebuilt_rank_1` and `_rank_10`: shares of targets whose own image is the nearest, or
    among the ten nearest, of the images of all records, to the decoded one.

    Exhibit: as `rank_trials`.

    Raises:
        InputError: fewer than LEAST_RECORDS records.
    """
    require(exposure, LEAST_RECORDS, "a rank among candidates")
    seen = exposure.decoded[exposure.targets]
    queries = seen.reshape(len(seen), -1).astype(np.float32)
    true = np.arange(len(exposure))[exposure.targets]
    return rank_trials(
        NAMES, queries, exposure.pixels, true,
        "decoded images; Euclidean distance of pixels; ties in random order", CURVE,
    )  # fmt: skip


_COVERS = (
    "An attacker who can decode the store, with its secret key where it has one, and has the "
    "candidates: originals of the records exposed, the right one among them. No encoder is needed."
)

REBUILT = Attack(
    claims={
        NAMES[0]: Claim(
            title="Record recognised by its decoded image",
            unit="share",
            disclosed="Whoever decodes the store, with its secret key where it has one, and has a "
            "list of images finds the very image that a record was made of for {value} of the "
            "records; by guessing, {chance}.",
            not_shown="Taking the image nearest to the decoded one found the right one for {value} "
            "of the records; by guessing, {chance}.",
            covers=_COVERS,
        ),
        NAMES[1]: Claim(
            title="Record among the ten nearest to its decoded image",
            unit="share",
            disclosed="Whoever decodes the store, with its secret key where it has one, and has a "
            "list of images can narrow it down to ten that hold the right one for {value} of the "
            "records; by guessing, {chance}.",
            not_shown="The ten images nearest to the decoded one held the right one for {value} of "
            "the records; by guessing, {chance}.",
            covers=_COVERS,
        ),
    },
    run=rebuilt,
)
"""Recognising a record by what its code decodes to."""
