"""Learned: the codec is unknown, but some images are known beside their codes.

A ridge regression from coefficients to pixels stands in for the decoder (Hoerl & Kennard 1970). Its
penalty is chosen on a fifth of the known pairs; no target has a part in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.linkage.rank import CURVE, LEAST_RECORDS
from fewbytes.audits.linkage.ranks import rank_trials

NAMES = ("linkage.learned_rank_1", "linkage.learned_rank_10")

PENALTIES = (1e-4, 1e-2, 1.0)
"""Tried: as shares of the coefficients' mean variance, times the pairs."""

_RIDGE = "Hoerl & Kennard 1970, Technometrics 12(1)"

Floats = NDArray[np.float32]


def learned(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`linkage.learned_rank_1` and `_rank_10`: shares of targets whose own image is the nearest, or
    among the ten nearest, of the images of all records, to the one that is learned from its code.

    Exhibit: as `rank_trials`.

    Raises:
        InputError: fewer than LEAST_RECORDS records.
    """
    require(exposure, LEAST_RECORDS, "a rank among candidates")
    known, targets = exposure.known, exposure.targets
    predicted = _predicted(exposure.values[known], exposure.pixels[known], exposure.values[targets])
    true = np.arange(len(exposure))[targets]
    pairs = known.stop - known.start
    return rank_trials(
        NAMES, predicted, exposure.pixels, true,
        f"ridge regression from coefficients to pixels on {pairs:,} pairs; Euclidean distance",
        f"{_RIDGE}; {CURVE}",
    )  # fmt: skip


def _predicted(x: Floats, y: Floats, targets: Floats) -> Floats:
    """Pixels (m, p) of coefficients `targets` (m, d), learned from x (k, d) and y (k, p)."""
    held = len(x) // 5
    tried = _ridge(x[held:], y[held:], x[:held], PENALTIES)
    errors = [float(np.square(found - y[:held]).sum(dtype=np.float64)) for found in tried]
    best = PENALTIES[int(np.argmin(errors))]
    return _ridge(x, y, targets, (best,))[0]


def _ridge(x: Floats, y: Floats, new: Floats, penalties: tuple[float, ...]) -> list[Floats]:
    """Predictions for `new` (m, d) under each penalty. With fewer pairs than coefficients, in terms
    of the pairs, which gives the same: X' (X X' + p I)^-1 = (X' X + p I)^-1 X'.
    """
    centre, scale = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
    scale[scale <= 1e-6 * scale.max(initial=0)] = np.inf  # constants say nothing
    a, b = ((one - centre) / scale for one in (x, new))
    middle = y.mean(0, dtype=np.float64)
    of_pairs = len(a) < a.shape[1]
    gram = a @ a.T if of_pairs else a.T @ a
    right = y - middle if of_pairs else a.T @ (y - middle)
    left = b @ a.T if of_pairs else b
    mean_variance = max(float(np.square(a).sum()) / a.size, 1e-12)
    found = []
    for penalty in penalties:
        ridged = gram + penalty * mean_variance * len(a) * np.eye(len(gram))
        solved = cho_solve(cho_factor(ridged, check_finite=False), right, check_finite=False)
        found.append((left @ solved + middle).astype(np.float32))
    return found


_COVERS = (
    "An attacker who has codes beside images for half of the records, made under the same key "
    "where there is one, and the candidates, but neither codec nor key. Only what is linear in the "
    "codes is learned."
)

LEARNED = Attack(
    claims={
        NAMES[0]: Claim(
            title="Record recognised by its code, codec unknown",
            unit="share",
            disclosed="Without the codec, but with images of other records beside their codes, the "
            "very image is found for {value} of the codes; by guessing, {chance}.",
            not_shown="A linear map learned from images beside their codes found the right image "
            "for {value} of the codes; by guessing, {chance}.",
            covers=_COVERS,
        ),
        NAMES[1]: Claim(
            title="Record among the ten nearest by its code, codec unknown",
            unit="share",
            disclosed="Without the codec, but with images of other records beside their codes, a "
            "list can be narrowed down to ten that hold the right image for {value} of the codes; "
            "by guessing, {chance}.",
            not_shown="A linear map learned from images beside their codes had the right image "
            "among its ten nearest for {value} of the codes; by guessing, {chance}.",
            covers=_COVERS,
        ),
    },
    run=learned,
)
"""Recognising a record by its code, for those who have pairs but no codec."""
