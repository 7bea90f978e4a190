"""Attacks: somebody holds perceptual hashes of the originals, and looks for them in decoded images.

No image is needed, no codec is broken and nothing is learned: such hashes are what is published of
images that must be found again. Radii are set on the known originals alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.figures import share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.fingerprints.perceptual import (
    BITS,
    Looks,
    all_apart,
    apart,
    nearest,
    perceptual_hashes,
)
from fewbytes.audits.fingerprints.sketch import Sketch, distinct_looks
from fewbytes.measures.measurement import Measurement

SURVIVAL, OVERLAP = "fingerprints.survival", "fingerprints.overlap"

LEAST_RECORDS = 60
"""Below it, even all of the targets cannot be told from none of the pairs of others."""

TOLERATED_PAIRS = 0.001
"""Share of pairs of different images that may be taken for the same."""

_PAIRED = 1000
_HASH = "Zauner 2010, Perceptual image hash functions, sec. 3.2.1"


def recognised(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    """`fingerprints.survival` and `fingerprints.overlap`, both shares.

    survival: of the targets, those whose decoded image has a perceptual hash near that of its own
    original, so near that TOLERATED_PAIRS of pairs of known originals are no farther apart; chance:
    of pairs of two different known records, those whose decoded and original hash are as near. Its
    interval is of pairs none of which share a record, its value of all pairs of half the records.
    overlap: of the targets, those whose decoded image is near the original of any target, within
    the radius of a sketch of the known originals; chance: the same of the decoded images of the
    known records, none of which is a target.

    Exhibits of survival: `own`, distances (t,) in bits; `other`, those of its chance; `radius`,
    (1,). Of overlap: `listed` (t,) and `unlisted` (k,), distances to the nearest original of a
    target; `radius`, (1,).

    Raises:
        InputError: fewer than LEAST_RECORDS.
        MissingExtraError: imagehash is not installed.
    """
    require(exposure, LEAST_RECORDS, "recognising images by their hashes")
    originals, decoded = perceptual_hashes(exposure.images), perceptual_hashes(exposure.decoded)
    return [
        _survival(originals, decoded, exposure.known, exposure.targets),
        _overlap(originals, decoded, exposure.known, exposure.targets),
    ]


def _survival(originals: Looks, decoded: Looks, known: slice, targets: slice) -> Trial:
    half = len(originals[known]) // 2
    first, second = originals[known][:half], originals[known][half : 2 * half]
    radius = pair_radius(all_apart(first[:_PAIRED], second[:_PAIRED]))
    own, other = apart(decoded[targets], originals[targets]), apart(decoded[known][:half], second)
    chance = _share(SURVIVAL, other, radius, "decoded against another original")
    pairs = all_apart(decoded[known][:half][:_PAIRED], second[:_PAIRED])
    assert chance.low is not None
    assert chance.high is not None
    value = min(chance.high, max(chance.low, float((pairs <= radius).mean())))
    return Trial(
        _share(SURVIVAL, own, radius, "decoded against its own original"),
        replace(chance, value=value),
        exhibit={"own": own, "other": other, "radius": np.array([radius])},
    )


def _overlap(originals: Looks, decoded: Looks, known: slice, targets: slice) -> Trial:
    radius = Sketch.of(distinct_looks(originals[known])).radius
    listed = distinct_looks(originals[targets])
    inside, outside = nearest(decoded[targets], listed), nearest(decoded[known], listed)
    return Trial(
        _share(OVERLAP, inside, radius, f"decoded, looked up among {len(listed):,}"),
        _share(OVERLAP, outside, radius, f"others decoded, looked up among {len(listed):,}"),
        exhibit={"listed": inside, "unlisted": outside, "radius": np.array([radius])},
    )


def pair_radius(distances: NDArray[np.int64]) -> int:
    """The largest radius within which TOLERATED_PAIRS of these distances lie, 0 at least."""
    allowed = int(TOLERATED_PAIRS * distances.size)
    return max(0, int(np.partition(distances, allowed, axis=None)[allowed]) - 1)


def _share(name: str, distances: NDArray[np.int64], radius: int, what: str) -> Measurement:
    method = f"perceptual hashes within {radius} of {BITS} bits, {what}"
    return share(name, int((distances <= radius).sum()), len(distances), method, _HASH)


RECOGNITION = Attack(
    claims={
        SURVIVAL: Claim(
            title="Images that a hash of the original recognises after coding",
            unit="share",
            disclosed="A hash made of the original recognises {value} of the images after coding "
            "({low} to {high}); it takes {chance} of other images for the same. Somebody who holds "
            "an image, or only such a hash of it, can look for it in the decoded set.",
            not_shown="A hash made of the original recognised {value} of the images after coding, "
            "no more than it takes other images for the same ({chance}).",
            covers="Somebody with the decoder, and its secret key where it has one, and a "
            "perceptual hash (pHash, 256 bits) of an original, who compares hashes and learns "
            "nothing. Other hashes, hashes made of the original after coding it likewise, and the "
            "images themselves may recognise more.",
        ),
        OVERLAP: Claim(
            title="Images recognised as being in a list of hashes of the originals",
            unit="share",
            disclosed="Somebody who holds a list of hashes of the originals finds {value} of the "
            "decoded images in it ({low} to {high}), and {chance} of images that are not in it: "
            "more than chance, so that the set is seen to be made of these originals.",
            not_shown="Of the decoded images, {value} were found in a list of hashes of the "
            "originals, no more than of images that are not in it ({chance}).",
            covers="Somebody with the decoder, and its secret key where it has one, and a list of "
            "perceptual hashes (pHash, 256 bits) of the originals, and no image. The longer the "
            "list, the more images are found in it by chance.",
        ),
    },
    run=recognised,
)
