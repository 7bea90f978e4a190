"""Codes of several data sets in one codec, to learn on and to be judged on.

The first data set is that of the store's originals; the others are coded as its holder would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Settings
from fewbytes.audits.census import hashed
from fewbytes.audits.exposure import NOISE, Codes, Exposure, require
from fewbytes.data.source import Source, gathered
from fewbytes.errors import InputError
from fewbytes.types import Images

LEARNED, JUDGED = 1_000, 2_000
"""Records of each data set, at most."""

LEAST_RECORDS = 200

SHARED = 2
"""Images in common, single colours apart, from which on two data sets are taken for one."""

Points = NDArray[np.float32]


@dataclass(frozen=True)
class CodedSet:
    """One data set's codes: to learn on (l, d), to be judged on (m, d)."""

    learned: Points
    judged: Points


def coded_sets(exposure: Exposure, settings: Settings) -> list[CodedSet]:
    """The store's own data set first, then those of `settings.among` that are others, as
    coefficients.

    Raises:
        InputError: no other data set is named, one has images of another shape, or records are
            too few.
    """
    if not settings.among:
        raise InputError("needs other data sets to tell it from (among=[...], --among SOURCE)")
    require(exposure, LEAST_RECORDS, "telling data sets apart")
    known, targets = exposure.values[exposure.known], exposure.values[exposure.targets]
    sets = [CodedSet(known[:LEARNED], targets[:JUDGED])]
    others = _others(exposure, settings)
    for place, images in enumerate(others, 1):
        # of noise, each seed deals codes of its own
        values = exposure.as_values(exposure.encode(images, seed=settings.seed + 1_000 + place))
        cut = min(LEARNED, len(values) // 2)
        sets.append(CodedSet(values[:cut], values[cut : cut + JUDGED]))
    return sets


def whole_codes(exposure: Exposure) -> Exposure:
    """The null control: whole codes of the store, dealt out to images of whatever data set.

    Where each position is dealt out alone, as `as_noise` does, codes of the store's own set keep
    what its positions hold but no longer look like codes, and what is dealt to some of them is
    missing among the rest. Drawn whole, and with repeats, codes are all that codes of this store
    are, and say nothing of a data set: every name is right as often as any.
    """
    pool = exposure.codes

    def draw(images: Images, rng: np.random.Generator) -> Codes:
        dealt: Codes = pool[rng.integers(0, len(pool), len(images))]
        return dealt

    codes = draw(exposure.images, np.random.default_rng([exposure.seed, len(pool)]))
    return replace(exposure, kind=NOISE, codes=codes, draw=draw)


def _others(exposure: Exposure, settings: Settings) -> list[Images]:
    """Images drawn of each data set that is not the store's own."""
    wanted = exposure.images.shape[1:]
    own = hashed(_colourful(exposure.images))
    found, prints = [], set()
    for source in settings.among:
        if tuple(source.image_shape) != wanted:
            raise InputError(
                f"{source.name} has images {source.image_shape}, the originals are {wanted}"
            )
        drawn = {split: _drawn(source, split, settings.seed) for split in source.sizes}
        shared = [np.isin(hashed(_colourful(images)), own).sum() for images in drawn.values()]
        if sum(shared) >= SHARED or source.fingerprint() in prints:
            continue
        if len(drawn["train"]) < LEAST_RECORDS:
            raise InputError(f"{source.name} has {len(drawn['train'])} images; {LEAST_RECORDS}")
        prints.add(source.fingerprint())
        found.append(drawn["train"])
    if not found:
        raise InputError("the data sets named are the store's own; name another (--among SOURCE)")
    return found


def _drawn(source: Source, split: str, seed: int) -> Images:
    rng = np.random.default_rng([seed, *split.encode()])
    ids = rng.permutation(source.sizes[split])[: LEARNED + JUDGED]
    if not len(ids):
        return np.zeros((0, *source.image_shape), np.uint8)
    images = gathered(source, split, np.sort(ids)).images
    shuffled: Images = images[rng.permutation(len(images))]
    return shuffled


def _colourful(images: Images) -> Images:
    """Images that are not of one colour: many data sets have a black one."""
    flat = images.reshape(len(images), -1)
    found: Images = images[flat.min(1) < flat.max(1)]
    return found


def around_zero(sets: Sequence[CodedSet]) -> list[CodedSet]:
    """The same with the mean of what is learned on at 0, and its mean square length 1."""
    pooled = np.concatenate([one.learned for one in sets])
    centre = pooled.mean(0, dtype=np.float64)
    spread = float(np.sqrt(np.square(pooled - centre).sum(1).mean())) or 1.0

    def scaled(points: Points) -> Points:
        found: Points = ((points - centre) / spread).astype(np.float32)
        return found

    return [CodedSet(scaled(one.learned), scaled(one.judged)) for one in sets]
