"""How many pairs of records are equal, and how many would be if codes were drawn at random."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, poisson

from fewbytes.audits.uniqueness.classes import Classes, sizes_of
from fewbytes.measures.measurement import LEVEL, Measurement

LISTED = 1000
"""Pairs that are listed, at most."""

_TAIL = (1 - LEVEL) / 2


def equal_pairs(classes: Classes) -> int:
    """Unordered pairs of records that share a class."""
    return sum(size * (size - 1) // 2 for size in sizes_of(classes).tolist())


def listed_pairs(classes: Classes, differ: Classes | None = None) -> NDArray[np.int64]:
    """Pairs of records (m, 2) that share a class, the earlier record first; where `differ` is
    given, only those whose classes there differ. LISTED at most, chained through each class: of
    three equal records the first and second, and the second and third.
    """
    keys = (classes,) if differ is None else (differ, classes)
    order = np.lexsort((np.arange(len(classes)), *keys))
    first, second = order[:-1], order[1:]
    keep = classes[first] == classes[second]
    if differ is not None:
        keep &= differ[first] != differ[second]
    pairs = np.sort(np.stack([first[keep], second[keep]], axis=1), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))][:LISTED]


def birthday_pairs(pairs: int, bits: float) -> float:
    """How many of so many pairs of random codes of `bits` bits are expected to collide."""
    return float(pairs * 2.0**-bits)


def random_pairs(name: str, n: int, bits: float) -> Measurement:
    """How many pairs of n records collide whose codes are random and have `bits` bits.

    Where codes are many, the number is a Poisson variable (Arratia, Goldstein & Gordon 1990). Where
    they are few, it is chi^2 of the counts of each code, in other units: of K pairs, with M = 2^b,
    K = (n chi^2 / M + n^2 / M - n) / 2. The interval holds both.
    """
    pairs = n * (n - 1) // 2
    centre = birthday_pairs(pairs, bits)
    tails = (_TAIL, 1 - _TAIL)
    ends = [float(poisson.ppf(tail, centre)) for tail in tails]
    if bits < math.log2(4 * n):
        words = 2.0**bits
        counts = [float(chi2.ppf(tail, words - 1)) for tail in tails]
        ends += [(n * one / words + n * n / words - n) / 2 for one in counts]
    return Measurement(
        name, "pairs", centre, min(*ends, centre), max(*ends, centre), n,
        f"n (n - 1) / 2 pairs, each with a chance of 2^-{bits:.4g}",
        "Feller 1968, An introduction to probability theory, II.3 (birthdays); "
        "Arratia, Goldstein & Gordon 1990, Stat. Sci. 5",
    )  # fmt: skip
