"""Rank: the codec is known, so every candidate is encoded, and codes are compared.

What identification calls the cumulative match characteristic (Phillips, Moon, Rizvi & Rauss 2000,
IEEE Trans. Pattern Anal. Mach. Intell. 22(10)): how often the true one is the nearest, or among the
ten nearest.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.linkage.ranks import rank_trials

NAMES = ("linkage.rank_1", "linkage.rank_10")

LEAST_RECORDS = 100

CURVE = (
    "Phillips, Moon, Rizvi & Rauss 2000, IEEE Trans. Pattern Anal. Mach. Intell. 22(10) "
    "(cumulative match characteristic)"
)


def rank(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`linkage.rank_1` and `linkage.rank_10`: shares of targets whose own image is the nearest, or
    among the ten nearest, of the images of all records, as codes of the same codec show them.

    Exhibit: as `rank_trials`.

    Raises:
        InputError: fewer than LEAST_RECORDS records.
    """
    require(exposure, LEAST_RECORDS, "a rank among candidates")
    candidates = exposure.as_values(exposure.encode(exposure.images))
    true = np.arange(len(exposure))[exposure.targets]
    return rank_trials(
        NAMES, exposure.values[exposure.targets], candidates, true,
        "candidates encoded; Euclidean distance of coefficients; ties in random order", CURVE,
    )  # fmt: skip


_COVERS = (
    "An attacker who has the codec, with all it learned and with its secret key where it has one, "
    "and the candidates: originals of the records exposed, the right one among them."
)

RANK = Attack(
    claims={
        NAMES[0]: Claim(
            title="Record recognised by its code, codec known",
            unit="share",
            disclosed="Whoever has the codec, with its secret key where it has one, and a list of "
            "images finds the very image that a code was made of for {value} of the codes; by "
            "guessing, {chance}.",
            not_shown="Encoding a list of images and taking the nearest code found the right one "
            "for {value} of the codes; by guessing, {chance}.",
            covers=_COVERS,
        ),
        NAMES[1]: Claim(
            title="Record among the ten nearest by its code, codec known",
            unit="share",
            disclosed="Whoever has the codec, with its secret key where it has one, and a list of "
            "images can narrow it down to ten that hold the right one for {value} of the codes; "
            "by guessing, {chance}.",
            not_shown="Encoding a list of images and taking the ten nearest codes held the right "
            "one for {value} of the codes; by guessing, {chance}.",
            covers=_COVERS,
        ),
    },
    run=rank,
)
"""Recognising a record by its code, for those who have the codec."""
