"""A sample of a set's perceptual hashes, and how much of that set another one holds.

A sketch is the 1,024 distinct perceptual hashes of a set whose SHA-256 is least: a bottom-k sample
(Broder 1997, "On the resemblance and containment of documents", section 4), which is uniform and
does not depend on the order. Its size is constant, so that it can be published.

Two sketches cannot be compared by the hashes they share, as those of Broder are. Coding changes
some bits of nearly all hashes of 256 (0.2 % of 2,000 MNIST images keep theirs after JPEG 50), and
of hashes coarse enough to stay, 64 bits, too few do (54 %, after dct:8 19 %), while 5.8 % of all
60,000 images share theirs with another. So a sketch is looked up in all hashes of the other set,
within a Hamming radius. What is in the other set by that is the share found, less what would be
found by chance.

Chance is measured in the sets themselves: how many sampled images have a look-alike, another image
within the radius, in their own set. Digits of one class are naturally near each other: of MNIST's
60,000 images, about 1 in 100 has a look-alike within 24 bits, 1 in 18 within 32. The radius is set
so that 1 % have one, between 24 and 64 bits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.figures import clopper_pearson, share
from fewbytes.audits.fingerprints.perceptual import BITS, LOOKS_BYTES, Looks, nearest
from fewbytes.errors import InputError
from fewbytes.measures.measurement import LEVEL, Measurement

SIZE = 1024

TOLERATED = 0.01
"""Share of images that may have a look-alike within the radius."""

LEAST_RADIUS, MOST_RADIUS = 24, 64
"""Bits. Hashes of unrelated images are 128 apart on average, and hardly ever 64 or fewer. Below 24,
re-encodings are lost: so near each other are images that are there twice, in two encodings."""

_BRODER = "Broder 1997, Compression and Complexity of Sequences, sec. 4"
_ROGAN = "Rogan & Gladen 1978, Am. J. Epidemiol. 107, eq. 1"


@dataclass(frozen=True, eq=False)
class Sketch:
    """A bottom-k sample of a set's distinct perceptual hashes."""

    looks: Looks
    """(k, 32), in the order of their SHA-256."""
    nearest: NDArray[np.int64]
    """How far the nearest other hash of the whole set is from each, (k,); BITS + 1 where there is
    none."""
    distinct: int
    """Perceptual hashes in the set that it is a sample of."""

    def __post_init__(self) -> None:
        k = len(self.nearest)
        if not 1 <= k <= min(SIZE, self.distinct) or self.looks.shape != (k, LOOKS_BYTES):
            raise InputError(
                f"a sketch of {len(self.looks)} hashes and {k} distances, of {self.distinct} hashes"
            )
        if self.nearest.min() < 1 or self.nearest.max() > BITS + 1:
            raise InputError(f"a sketch's distances lie between 1 and {BITS + 1}")

    def __len__(self) -> int:
        return len(self.looks)

    @classmethod
    def of(cls, looks: Looks) -> Sketch:
        """Of the distinct hashes (m, 32) of a set, m at least 1."""
        keys = [hashlib.sha256(b"fewbytes sketch 1\0" + row.tobytes()).digest() for row in looks]
        chosen = looks[sorted(range(len(looks)), key=keys.__getitem__)[:SIZE]]
        return cls(chosen, nearest(chosen, looks, others=True), len(looks))

    def digest(self) -> bytes:
        """32 bytes that stand for the hashes in the sample."""
        return hashlib.sha256(b"fewbytes sketch digest 1\0" + self.looks.tobytes()).digest()

    @property
    def radius(self) -> int:
        """The largest radius within which TOLERATED of the images have a look-alike."""
        allowed = floor(TOLERATED * len(self))
        if allowed >= len(self):
            return MOST_RADIUS
        return int(np.clip(np.sort(self.nearest)[allowed] - 1, LEAST_RADIUS, MOST_RADIUS))

    def look_alikes(self, radius: int) -> Measurement:
        """The share of images that have another of their own set within the radius."""
        found = int((self.nearest <= radius).sum())
        method = f"another image within {radius} of {BITS} bits; {len(self)} sampled"
        return share("fingerprints.look_alikes", found, len(self), method, _BRODER)


def distinct_looks(looks: Looks) -> Looks:
    """The hashes (n, 32) that differ from one another, (m, 32), in an order of their own."""
    words = np.unique(np.ascontiguousarray(looks).view(np.uint64), axis=0)
    return words.view(np.uint8).reshape(-1, LOOKS_BYTES)


def contained(sketch: Sketch, listed: Looks, of_listed: Sketch) -> Measurement:
    """What share of a set's images another set holds, recognisably: as they are, or coded anew.

    Of the share of `sketch` found among the other set's hashes `listed` (m, 32), what look-alikes
    explain is taken off: p = (found - f) / (1 - f), where f is the larger of both sets' shares of
    look-alikes. The low end takes f at its highest; the high end is the highest share found, none
    of it by chance. Images that coding changed beyond the radius are not found: the low end holds
    all the same, but of the images that are there the high end tells nothing more than of how many
    it is recognisable. And f is of images like those of the sets: where all of one set are of the
    other's densest kind, more of them are found by chance.
    """
    radius = min(sketch.radius, of_listed.radius)
    level = 1 - (1 - LEVEL) / 2
    found = int((nearest(sketch.looks, listed) <= radius).sum())
    low, high = clopper_pearson(found, len(sketch), level)
    alike = [(int((one.nearest <= radius).sum()), len(one)) for one in (sketch, of_listed)]
    most_alike = max(alike, key=lambda one: (one[0] / one[1], one[1]))
    chance, most = most_alike[0] / most_alike[1], clopper_pearson(*most_alike, level)[1]
    low = _corrected(low, most)
    value = min(high, max(low, _corrected(found / len(sketch), chance)))
    method = (
        f"{found:,} of {len(sketch):,} sampled within {radius} of {BITS} bits, "
        f"{100 * chance:.2g} % by chance"
    )
    return Measurement(
        "fingerprints.contained", "share", value, low, high, len(sketch), method,
        f"{_BRODER}; {_ROGAN}",
    )  # fmt: skip


def _corrected(found: float, chance: float) -> float:
    """The share that is there where the share `found` is, `chance` of the rest by chance."""
    return max(0.0, (found - chance) / (1 - chance)) if chance < 1 else 0.0
