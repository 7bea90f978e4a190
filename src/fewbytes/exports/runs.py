"""A stream cut into runs of bounded size, none of which is held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

Item = TypeVar("Item")


def runs(
    items: Iterable[Item], weigh: Callable[[Item], int], most_weight: int, most_items: int
) -> Iterator[tuple[int, Iterator[Item]]]:
    """Runs of items, numbered from 0; each must be used up before the next one is asked for.

    A run ends before the item with which it would weigh more than `most_weight`, but holds at
    least one, and at most `most_items`.
    """

    def numbered() -> Iterator[tuple[int, Item]]:
        number = weight = count = 0
        for item in items:
            heavy = weigh(item)
            if count and (weight + heavy > most_weight or count == most_items):
                number, weight, count = number + 1, 0, 0
            weight, count = weight + heavy, count + 1
            yield number, item

    for number, run in groupby(numbered(), key=lambda pair: pair[0]):
        yield number, (item for _, item in run)
