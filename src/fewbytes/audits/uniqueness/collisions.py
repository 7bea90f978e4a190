"""Collisions: distinct codes, pairs of records that share one, and the most records that do.

The null control has random codes, of which arithmetic says how many collide (`as_random`). The
positive control is the images as their own codes: those are as distinct as the originals, which a
sort of all bytes counts, not a hash, and no two different originals share one.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray
from scipy.stats import binom

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import Classes, classed, classes_of, sizes_of
from fewbytes.audits.uniqueness.controls import as_random, code_bits, copies, counted
from fewbytes.audits.uniqueness.pairs import equal_pairs, listed_pairs, random_pairs
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Measurement

DISTINCT, PAIRS, LARGEST = (
    "uniqueness.distinct",
    "uniqueness.colliding_pairs",
    "uniqueness.largest_class",
)

_BIRTHDAY = "Feller 1968, An introduction to probability theory, II.3 and IV.2"


def collisions(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.distinct` (share), `.colliding_pairs` (pairs of records with equal codes and
    different originals) and `.largest_class` (records).

    Exhibits: of the second, `pairs` (m, 2), some of those pairs, by their places in the store
    where all its records were counted, else in the exposure.

    Raises:
        InputError: fewer than 2 records.
    """
    require(exposure, 2, "a collision")
    found_equal = classed(exposure, settings)
    n, codes, originals = len(found_equal), found_equal.codes, found_equal.images
    both = classes_of(codes, originals)
    sizes = sizes_of(codes)
    pairs = equal_pairs(codes) - equal_pairs(both)
    expected = _expected(exposure, originals)
    found = [
        counted(DISTINCT, "share", len(sizes) / n, n, found_equal.method),
        counted(PAIRS, "pairs", pairs, n, found_equal.method),
        counted(LARGEST, "records", int(sizes.max()), n, found_equal.method),
    ]
    exhibits: list[dict[str, NDArray[Any]]] = [{}, {"pairs": listed_pairs(codes, originals)}, {}]
    return [
        Trial(figure, expected=one, exhibit=exhibit)
        for figure, one, exhibit in zip(found, expected, exhibits, strict=True)
    ]


def _expected(exposure: Exposure, originals: Classes) -> list[Measurement | None]:
    """What must come out, of the controls."""
    n = len(exposure)
    if exposure.kind == IDENTITY:
        kept = copies(exposure.images)
        how = "counted by sorting the originals"
        return [
            exactly(DISTINCT, "share", len(kept) / n, how),
            exactly(PAIRS, "pairs", 0, "different originals are different codes"),
            exactly(LARGEST, "records", int(kept.max()), how),
        ]
    if exposure.kind == NOISE:
        bits = code_bits(exposure.fitted)
        apart = 1 - equal_pairs(originals) / (n * (n - 1) / 2)
        every = random_pairs(PAIRS, n, bits)
        return [_distinct(n, bits), _thinned(every, apart), _largest(n, bits)]
    return [None, None, None]


def _distinct(n: int, bits: float) -> Measurement:
    """Of n random codes: M (1 - (1 - 1 / M)^n) are distinct, with M = 2^b. Normal ends, and as much
    more as the skew of a Poisson variable asks for.
    """
    words = 2.0**bits
    missing, both = (
        n * math.log1p(-1 / words),
        n * math.log1p(-2 / words) if bits > 1 else -math.inf,
    )
    centre = -words * math.expm1(missing)
    variance = words * (words - 1) * (math.exp(both) - math.exp(2 * missing)) + words * (
        math.exp(missing) - math.exp(2 * missing)
    )
    half = DEVIATIONS * math.sqrt(max(0.0, variance)) + DEVIATIONS**2 / 6
    return Measurement(
        DISTINCT, "share", centre / n, max(0.0, centre - half) / n, min(1.0, (centre + half) / n),
        n, f"random codes of {bits:.4g} bits", _BIRTHDAY,
    )  # fmt: skip


def _thinned(found: Measurement, share: float) -> Measurement:
    """Of those pairs, the share whose originals differ."""
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return Measurement(
        found.name, found.unit, found.value * share, found.low * share, found.high * share,
        found.n, found.method, found.reference,
    )  # fmt: skip


def _largest(n: int, bits: float) -> Measurement:
    """Of n random codes: no fewer than n / M records share the commonest, and 2 as soon as pairs
    are sure; a code is shared by more than k with a chance of M P(Binomial(n, 1 / M) > k) at most.
    """
    words = 2.0**bits
    sure = n * (n - 1) / 2 / words > -math.log((1 - LEVEL) / 2)
    low = max(math.ceil(n / words), 2 if sure else 1)
    most = int(binom.isf((1 - LEVEL) / 2 / words, n, 1 / words))
    high = max(low, most)
    return Measurement(
        LARGEST, "records", None, low, high, n, f"random codes of {bits:.4g} bits", _BIRTHDAY
    )


COLLISIONS = Attack(
    claims={
        DISTINCT: Claim(
            title="Distinct codes",
            unit="share",
            described="The number of distinct codes is {value} of that of the records.",
            covers="The records counted, not a larger release; equality of whole codes.",
        ),
        PAIRS: Claim(
            title="Pairs of different images with one code",
            unit="pairs",
            described="{value} of records have equal codes though their images differ.",
            covers="The records counted, not a larger release; equality of whole codes.",
        ),
        LARGEST: Claim(
            title="Most records that share a code",
            unit="records",
            described="The commonest code is that of {value}.",
            covers="The records counted, not a larger release; equality of whole codes.",
        ),
    },
    run=collisions,
    null=as_random,
)
"""How many codes are distinct, and how many records collide."""
