"""Round two: what round one hopes for is trained in full, or nearly, by the time there is.

That is successive halving (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and
hyperparameter optimization"): fewer codecs go on, each with more effort, so that both rounds cost
about the same. A short training understates what fine detail is worth, and the best of many was in
part lucky. So the heaviest of those hoped for goes first, and from there up, twice the bytes a
step, until one is safe, or one step more where the first is. Then the gap between the lightest that
is safe and what loses too much is halved, whatever family fills it, as long as there is time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, log, sqrt

from fewbytes.advice.budget import Deadline, OutOfTime
from fewbytes.advice.candidate import Candidate, Goal
from fewbytes.advice.pace import RAW_TRIALS
from fewbytes.advice.rounds import Rounds
from fewbytes.advice.shortlist import CLOSE, HOPEFUL, ROOM, best_within, finalists, frontier
from fewbytes.advice.trials import Effort, Reference

DOUBLE = 2.0
"""Bytes of the next that is tried where one is not safe, over its own."""


@dataclass
class Finals:
    """The second round of a search, over what the first has tried."""

    rounds: Rounds
    families: Mapping[str, list[str]]
    """By name, the rungs from the most bytes to the fewest."""
    effort: Effort
    deadline: Deadline
    again: dict[str, Candidate] = field(default_factory=dict)
    """What was tried again, by its codec."""

    def run(self, most: int) -> list[Candidate]:
        """What may be confirmed: all that was tried again, or where there was no time for any, what
        round one hopes for. The others are pruned. At most `most` are tried, where bytes are
        bounded.
        """
        rounds, goal = self.rounds, self.rounds.goal
        found = list(rounds.candidates.values())
        if goal is None:
            row = best_within(found, rounds.max_bytes or inf, most)
        else:
            row = finalists(found, goal)
        try:
            raw = rounds.reference(self.effort, self.deadline, RAW_TRIALS)
            if goal is None:
                for one in row:
                    self._try(one.codec, one.family, raw)
            else:
                self._climb(row, goal, raw)
                self._spare(goal, raw)
                self._between(goal, raw)
        except OutOfTime:
            rounds.complete = False
        kept = list(self.again.values()) or row
        rounds.prune_but(one.codec for one in kept)
        return kept

    def _try(self, codec: str, family: str, raw: Reference) -> Candidate:
        self.deadline.check()
        found = self.rounds.attempt(family, codec, raw, self.effort, self.deadline)
        self.again[codec] = found
        return found

    def _climb(self, row: list[Candidate], goal: Goal, raw: Reference) -> None:
        """Try the first of a row, then heavier ones until one is safe."""
        heavier = (row[0].codec, row[0].family) if row else None
        while heavier is not None and not goal.is_safe(one := self._try(*heavier, raw)):
            heavier = self._heavier(one.bytes)

    def _spare(self, goal: Goal, raw: Reference) -> None:
        """Try one of twice the bytes where one alone is safe: were that luck, the order that begins
        with it would end at once, and nothing be left but what loses nothing.
        """
        safe = [one.bytes for one in self.again.values() if goal.is_safe(one)]
        heavier = self.rounds.lightest_of(self._leading(), DOUBLE * max(safe, default=0.0))
        if len(safe) == 1 and heavier is not None:
            self._try(*heavier, raw)

    def _heavier(self, weight: float) -> tuple[str, str] | None:
        """(codec, family) of the next: of a family that leads if that goes so far; at last what is
        heavier at all.
        """
        lightest = self.rounds.lightest_of
        return (
            lightest(self._leading(), DOUBLE * weight)
            or lightest(self.families, DOUBLE * weight)
            or lightest(self.families, CLOSE * weight)
        )

    def _leading(self) -> dict[str, list[str]]:
        """The rungs of families that have something on the frontier."""
        leading = frontier(list(self.rounds.candidates.values()))
        return {name: self.families[name] for name in {one.family for one in leading}}

    def _between(self, goal: Goal, raw: Reference) -> None:
        """Halve the gap, in bytes, between the lightest that is safe and the heaviest below it that
        loses too much.
        """
        while True:
            tried = self.again.values()
            top = min((one.bytes for one in tried if goal.is_safe(one)), default=0.0)
            failed = [one.bytes for one in tried if goal.chance(one) < HOPEFUL]
            bottom = max((size for size in failed if size < top), default=top / ROOM)
            inside = self._inside(CLOSE * bottom, top / CLOSE, goal)
            if not inside:
                return
            middle = sqrt(bottom * top)
            codec = min(inside, key=lambda one: abs(log(self.rounds.bench.weigh(one) / middle)))
            self._try(codec, inside[codec], raw)

    def _inside(self, least: float, most: float, goal: Goal) -> dict[str, str]:
        """{codec: family} of what weighs between two sizes and was not tried again: rungs of the
        families that lead, but for those that round one has shown to lose too much.
        """
        known = self.rounds.candidates
        return {
            codec: family
            for family, rungs in self._leading().items()
            for codec in self.rounds.gap_of(rungs, least, most)
            if codec not in self.again
            and (codec not in known or goal.chance(known[codec]) >= HOPEFUL)
        }
