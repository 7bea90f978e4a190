"""What a confirmation has come to, whenever it is cut off."""

from __future__ import annotations

from math import inf
from typing import Any

from fewbytes.advice.advised import Confirmed, Role
from fewbytes.advice.candidate import Pruned
from fewbytes.measures import Rate


class Outcome:
    """By codec, in the order of the search."""

    def __init__(self) -> None:
        self.complete = self.exhausted = False
        self.started: dict[str, Role] = {}
        self.confirmed: dict[str, Confirmed] = {}
        self.rates: dict[str, Rate] = {}
        self.said: dict[str, str] = {}
        self.left_out: list[Pruned] = []
        """What could not be stored."""
        self.skipped = False
        """Whether there was no time for one of them."""

    def closed(self, plan: dict[str, Any]) -> bool:
        """Whether nothing that a thinned order left out could be the answer: each weighs no less
        than what holds, or less than what failed.
        """
        weights = {one["codec"]: one["bytes"] for one in plan["tried"]}
        held: list[float] = []
        failed: list[float] = []
        for one in plan["row"]:
            confirmed = self.confirmed.get(one["codec"])
            if confirmed is not None:
                (held if confirmed.holds else failed).append(one["bytes"])
        least, most = max(failed, default=0.0), min(held, default=inf)
        return not any(least < weights[codec] < most for codec in plan["left_out"])
