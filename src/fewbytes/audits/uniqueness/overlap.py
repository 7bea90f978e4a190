"""Overlap: held-out records whose image, or whose code, is also among the records.

A test set that shares images with the training set flatters every network. Codes are coarser than
images, so more of them may be shared. Both controls are made of the originals: held-out images
that are not among the records, alone (null), and with copies of some records planted (positive).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.census import Census
from fewbytes.audits.exposure import IDENTITY, STORE, Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import classes_across
from fewbytes.audits.uniqueness.controls import PLANTED, counted
from fewbytes.errors import InputError

WHOLE = "hashes of all records of the store"

IMAGES, CODES = "uniqueness.test_in_train", "uniqueness.test_in_train_codes"


def shared_records(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
    """Records that are in both arrays, images or codes (n, ...) and (m, ...): pairs (k, 2) of
    places, the first of them in `a`, for each record of `b` that is there.

    Raises:
        InputError: records of different shapes or types.
    """
    if a.shape[1:] != b.shape[1:] or a.dtype != b.dtype:
        raise InputError(
            f"records of {a.dtype} {a.shape[1:]} and of {b.dtype} {b.shape[1:]} cannot be equal"
        )
    ours, theirs = classes_across(a, b)
    first = np.full(max(ours.max(initial=-1), theirs.max(initial=-1)) + 1, -1, np.int64)
    first[ours[::-1]] = np.arange(len(ours))[::-1]
    there = np.flatnonzero(first[theirs] >= 0)
    return np.stack([first[theirs[there]], there], axis=1)


def overlap(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.test_in_train` and `.test_in_train_codes`, shares of the held-out records.

    Exhibits: `pairs` (m, 2), places in the store's split and in its others, one after another,
    where all records were counted, else in the exposure and in `settings.held_out()`.

    Raises:
        InputError: there are no held-out records, or their codes are of another kind.
    """
    taken = settings.census() if exposure.kind == STORE else None
    if taken is not None and taken.others:
        return _of_census(taken)
    held_out = settings.held_out()
    if held_out is None or not len(held_out):
        raise InputError("needs another split of the store, with its originals")
    n = len(held_out)
    if exposure.kind == STORE:
        found = [
            shared_records(exposure.images, held_out.images),
            shared_records(exposure.codes, held_out.codes),
        ]
        return [_trial(name, pairs, n) for name, pairs in zip((IMAGES, CODES), found, strict=True)]
    chosen = _prepared(exposure, held_out)
    pairs = shared_records(exposure.images, chosen)
    planted = min(PLANTED, len(exposure)) if exposure.kind == IDENTITY else 0
    return [_trial(name, pairs, len(chosen), planted) for name in (IMAGES, CODES)]


def _of_census(taken: Census) -> list[Trial]:
    """Of all records of the store: its other splits against the one that is audited."""
    trials = []
    for name, hashes in ((IMAGES, taken.images), (CODES, taken.codes)):
        others = np.concatenate([hashes[split] for split in taken.others])
        pairs = shared_records(hashes[taken.split], others)
        trials.append(_trial(name, pairs, len(others), method=WHOLE))
    return trials


def _prepared(exposure: Exposure, held_out: Exposure) -> NDArray[Any]:
    """Held-out images that are not among the records, told by their bytes, not by a hash; and in
    the positive control copies of PLANTED records.
    """
    ours = {image.tobytes() for image in exposure.images}
    strange = np.array([image.tobytes() not in ours for image in held_out.images], bool)
    copies = exposure.images[: PLANTED if exposure.kind == IDENTITY else 0]
    return np.concatenate([held_out.images[strange], copies])


def _trial(
    name: str,
    pairs: NDArray[np.int64],
    n: int,
    planted: int | None = None,
    method: str = "hashes; counted over the records exposed: of more, more may be shared",
) -> Trial:
    expected = None
    if planted is not None:
        expected = exactly(name, "share", planted / max(n, 1), "copies planted")
    figure = counted(name, "share", len(pairs) / max(n, 1), n, method)
    return Trial(figure, expected=expected, exhibit={"pairs": pairs})


OVERLAP = Attack(
    claims={
        IMAGES: Claim(
            title="Held-out images that are among the records",
            unit="share",
            described="{value} of the held-out images are among the records, pixel by pixel.",
            covers="The records counted (the method says which); images equal in every pixel.",
        ),
        CODES: Claim(
            title="Held-out codes that are among the records",
            unit="share",
            described="{value} of the held-out records have a code that one of the records has.",
            covers="The records counted (the method says which); equality of whole codes.",
        ),
    },
    run=overlap,
)
"""Records of the test split that are in the training split."""
