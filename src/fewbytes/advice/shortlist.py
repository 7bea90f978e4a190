"""Which codecs go on: to round two, and from there to confirmation, in an order that is fixed
before the first of them is trained.

Under an allowance, the order goes from the safest to the smallest, and ends at the first that
fails. A claim is made of each that passed before, and the chance that any of them is wrong stays at
the level of one test, without a correction (fixed-sequence testing: Maurer, Hothorn and Lehmacher
1995, "Multiple comparisons in drug clinical trials and preclinical assays"). An answer that is
there early is made smaller as long as there is time.
"""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.advice.candidate import Candidate, Goal

HOPEFUL = 0.15
"""Chance of passing that the last of the order has at least."""

ROOM = 4.0
"""Round two looks up to so many times the bytes of the smallest that seems safe: it may not be."""

CLOSE = 1.1
"""Of two that weigh the same but for so much, the one that loses less goes on."""


def finalists(found: Sequence[Candidate], goal: Goal) -> list[Candidate]:
    """Candidates for round two, from heavy ones to the smallest that is hoped for. What seems safe
    after a short training may have been lucky, so that heavier ones are among them.
    """
    ladder = frontier(found)
    hoped = [one for one in ladder if goal.chance(one) >= HOPEFUL]
    if not hoped:
        return sorted(ladder, key=goal.chance)[-1:]
    least = min((one.bytes for one in hoped if goal.is_safe(one)), default=hoped[0].bytes)
    return [one for one in hoped if one.bytes <= ROOM * least]


def shortlist(found: Sequence[Candidate], goal: Goal, most: int, spare: int = 0) -> list[Candidate]:
    """At most `most` candidates, each smaller than the one before and likely to lose more.

    The first is the smallest of those that are safe, or where none is, the one that is safest; the
    others lead from there to the smallest that is hoped for, in even steps. With `spare`, so many
    that are safer still stand before it.
    """
    ladder = frontier(found)
    if not ladder:
        return []
    chances = [goal.chance(one) for one in ladder]
    safe = [i for i, one in enumerate(ladder) if goal.is_safe(one)]
    first = max(safe, default=chances.index(max(chances)))
    hoped = [i for i in range(first + 1, len(ladder)) if chances[i] >= HOPEFUL]
    head = ladder[max(0, first - spare) : first + 1][-most:]
    return head + _evenly([ladder[i] for i in hoped], most - len(head))


def best_within(found: Sequence[Candidate], max_bytes: float, most: int) -> list[Candidate]:
    """At most `most` candidates of no more than `max_bytes`, those that lose least first."""
    return sorted((c for c in found if c.bytes <= max_bytes), key=lambda c: c.loss)[:most]


def frontier(found: Sequence[Candidate]) -> list[Candidate]:
    """From the most bytes to the fewest, without what loses clearly more, by a standard error, than
    one that weighs less, and without what weighs the same as a better one.
    """
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (c.bytes, c.loss)):
        if any(one.loss > other.loss + one.error for other in kept):
            continue
        if kept and one.bytes < CLOSE * kept[-1].bytes:
            if one.loss >= kept[-1].loss:
                continue
            kept.pop()
        kept.append(one)
    return kept[::-1]


def _evenly(row: list[Candidate], most: int) -> list[Candidate]:
    """At most so many, spread over a row."""
    step = max(1.0, len(row) / max(1, most))
    return [row[int((i + 0.5) * step)] for i in range(min(most, len(row)))]
