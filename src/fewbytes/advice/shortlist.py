"""Which finalists are confirmed, and in which order: fixed before the first of them is trained.

Under an allowance, the order goes from the safest to the smallest, and ends at the first that
fails. A claim is made of each that passed before, and the chance that any of them is wrong stays at
the level of one test, without a correction (fixed-sequence testing: Maurer, Hothorn and Lehmacher
1995, "Multiple comparisons in drug clinical trials and preclinical assays"). An answer that is
there early is made smaller as long as there is time.
"""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.advice.candidate import Candidate, Goal

SAFE, HOPEFUL = 0.8, 0.15
"""Chances of passing: the first of the order has at least this one, the last at least that."""


def shortlist(found: Sequence[Candidate], goal: Goal, most: int, spare: int = 0) -> list[Candidate]:
    """At most `most` candidates, each smaller than the one before and expected to lose more.

    The first is the smallest of those that are safe, or where none is, the one that is safest; the
    others lead from there to the smallest that is hoped for, in even steps. With `spare`, so many
    that are safer still stand before it.
    """
    ladder = _frontier(found)
    if not ladder:
        return []
    chances = [goal.chance(one) for one in ladder]
    safe = [i for i, chance in enumerate(chances) if chance >= SAFE]
    first = max(safe, default=chances.index(max(chances)))
    hoped = [i for i in range(first + 1, len(ladder)) if chances[i] >= HOPEFUL]
    row = [ladder[i] for i in (*range(max(0, first - spare), first + 1), *hoped)]
    if most >= len(row):
        return row
    if most < 2:
        return row[:most]
    places = sorted({round(i * (len(row) - 1) / (most - 1)) for i in range(most)})
    return [row[i] for i in places]


def best_within(found: Sequence[Candidate], max_bytes: float, most: int) -> list[Candidate]:
    """At most `most` candidates of no more than `max_bytes`, those that lose least first."""
    return sorted((c for c in found if c.bytes <= max_bytes), key=lambda c: c.loss)[:most]


def _frontier(found: Sequence[Candidate]) -> list[Candidate]:
    """From the most bytes to the fewest: each loses more than what weighs more."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (c.bytes, c.loss)):
        if not kept or one.loss < kept[-1].loss:
            kept.append(one)
    return kept[::-1]
