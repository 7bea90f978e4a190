"""The rate-accuracy frontier."""

from __future__ import annotations

from collections.abc import Sequence


def frontier(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of the (rate, accuracy) points that no other beats, by rising rate.

    A point is beaten by one with no higher rate and no lower accuracy that differs from it in at
    least one of the two; of equal points all stay.
    """
    best = float("-inf")
    kept: list[int] = []
    for i in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        rate, accuracy = points[i]
        if accuracy > best or (kept and points[kept[-1]] == (rate, accuracy)):
            best = accuracy
            kept.append(i)
    return kept
