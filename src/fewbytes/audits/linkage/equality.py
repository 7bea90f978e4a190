"""Equality: two releases are linked by equal codes.

A record of the second release is linked with one of the first where both have the same code and no
other record of either release has it. Where the user names a second release it is that; else one is
simulated: the first release is the targets, the second half of them and as many other records,
encoded again. Which records are in both is told by their originals, pixel by pixel.

In the null control the second release is encoded again, too, which of noise deals codes out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import identity
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly, share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import Classes, classes_across
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Means, Measurement
from fewbytes.types import Images

LINKED, FALSE = "linkage.equality", "linkage.equality_false"

LEAST_RECORDS = 100

_STREAM = 17
"""Keeps the second release's random numbers apart from those of the first."""


@dataclass(frozen=True)
class _Release:
    """Records with the truth about them."""

    images: Images
    codes: NDArray[Any]


def equality(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`linkage.equality`, the share of the records in both releases that are linked, and rightly;
    `linkage.equality_false`, the share of the links made that are wrong.

    Exhibit: `links` (m, 2), places in the first and in the second release.

    Raises:
        InputError: fewer than LEAST_RECORDS records, a second release whose codes are of another
            shape or type, or no record that is in both.
    """
    require(exposure, LEAST_RECORDS, "a link between releases")
    ours, theirs = _releases(exposure, settings)
    originals, other_originals = classes_across(ours.images, theirs.images)
    present = np.isin(other_originals, originals)
    if not present.any():
        raise InputError(f"none of {len(theirs.codes):,} records is in both releases")
    links = _linked(ours.codes, theirs.codes)
    right = originals[links[:, 0]] == other_originals[links[:, 1]]
    count = np.bincount(originals, minlength=int(other_originals.max()) + 1)
    equal = int(count[other_originals].sum())  # pairs of records whose originals are
    exhibit = {"links": links}
    method = f"equal codes, in {len(ours.codes):,} and {len(theirs.codes):,} records once each"
    by_chance = "linked at random"
    return [
        Trial(
            share(LINKED, int(right.sum()), int(present.sum()), method),
            exactly(LINKED, "share", equal / (len(ours.codes) * int(present.sum())), by_chance),
            exhibit=exhibit,
        ),
        Trial(
            _false(exposure, right, method),
            exactly(FALSE, "share", 1 - equal / (len(ours.codes) * len(present)), by_chance),
            less_discloses=True,
            exhibit=exhibit,
        ),
    ]


def _false(exposure: Exposure, right: NDArray[np.bool_], method: str) -> Measurement:
    if not len(right) and exposure.kind == NOISE:
        # what must be seen of noise is that it makes no right links: none at all are not any
        return Measurement(FALSE, "share", None, 0.0, 1.0, 0, "no link was made", "", Means.BOUNDS)
    if not len(right):
        return Measurement.unavailable(FALSE, "share", "no link was made")
    return share(FALSE, int((~right).sum()), len(right), method)


def _releases(exposure: Exposure, settings: Settings) -> tuple[_Release, _Release]:
    """The first and the second release."""
    if settings.other is not None:
        first = _Release(exposure.images, exposure.codes)
        return first, _second(exposure, settings.other)
    targets = exposure.targets
    first = _Release(exposure.images[targets], exposure.codes[targets])
    half = len(first.images) // 2
    order = np.random.default_rng((settings.seed, _STREAM)).permutation(2 * half)
    again = np.concatenate([first.images[:half], exposure.images[:half]])[order]
    return first, _Release(again, _encoded(exposure, again))


def _second(exposure: Exposure, other: Exposure) -> _Release:
    """The other release; in a control, exposed as this one is."""
    if exposure.kind == IDENTITY:
        other = identity(other)
    codes = _encoded(exposure, other.images) if exposure.kind == NOISE else other.codes
    ours, theirs = exposure.codes, codes
    if ours.shape[1:] != theirs.shape[1:] or ours.dtype != theirs.dtype:
        raise InputError(
            f"codes of {ours.dtype} {ours.shape[1:]} and of {theirs.dtype} {theirs.shape[1:]} "
            "cannot be equal"
        )
    if exposure.images.shape[1:] != other.images.shape[1:]:
        raise InputError(
            f"originals of {exposure.images.shape[1:]} and of {other.images.shape[1:]} cannot be "
            "equal"
        )
    return _Release(other.images, codes)


def _encoded(exposure: Exposure, images: Images) -> NDArray[Any]:
    return exposure.encode(images, exposure.seed + _STREAM)


def _linked(ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[np.int64]:
    """Places (m, 2) of records whose code is in both releases, once in each."""
    a, b = classes_across(ours, theirs)
    once = _once(a, b) & _once(b, a)
    place = np.full(len(once), -1)
    place[a] = np.arange(len(a))
    second = np.flatnonzero(once[b])
    return np.stack([place[b[second]], second], axis=1)


def _once(classes: Classes, others: Classes) -> NDArray[np.bool_]:
    """Of every class of either release, whether one record of the first has it."""
    size = 1 + max(int(classes.max()), int(others.max()))
    found: NDArray[np.bool_] = np.bincount(classes, minlength=size) == 1
    return found


_COVERS = (
    "Whoever has two releases, both made by this codec, under the same key where it has one, and "
    "nothing else: no key, no original. Equality of whole codes, each in a release once; nearness "
    "of codes links more."
)

EQUALITY = Attack(
    claims={
        LINKED: Claim(
            title="Records linked between two releases by equal codes",
            unit="share",
            disclosed="Whoever has two releases, both made by this codec, under the same key where "
            "it has one, tells for {value} of the records in both which belong together, by "
            "looking for equal codes; by guessing, {chance}.",
            not_shown="Looking for equal codes in two releases by this codec linked {value} of "
            "the records in both; by guessing, {chance}.",
            covers=_COVERS,
        ),
        FALSE: Claim(
            title="Wrong links among those made by equal codes",
            unit="share",
            disclosed="Of the links that equal codes make between two releases, {value} are wrong "
            "({high} at most); of random links, {chance}.",
            not_shown="Of the links that equal codes make between two releases, {value} are wrong; "
            "of random links, {chance}.",
            covers=_COVERS,
        ),
    },
    run=equality,
)
"""Linking two releases by equal codes."""
