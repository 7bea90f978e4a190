"""Round two: what round one hopes for is trained in full, or nearly, by the time there is.

That is successive halving (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and
hyperparameter optimization"): fewer codecs go on, each with more effort, so that both rounds cost
about the same. What goes on stands in one row, from heavy to light, whatever family it is of; the
round halves its way along it for the lightest that still may pass. Where all of them lose too much,
it climbs to heavier ones until one is safe: a short training understates what fine detail is worth.
The next heavier one is tried too, which will go first in the confirmation; then what lies between
the lightest that is safe and what loses too much, as long as there is time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, log, sqrt

from fewbytes.advice.budget import Deadline, OutOfTime
from fewbytes.advice.candidate import Candidate, Goal
from fewbytes.advice.rounds import GROWTH, UPWARD, Rounds
from fewbytes.advice.shortlist import CLOSE, HOPEFUL, ROOM, best_within, finalists, frontier
from fewbytes.advice.trials import Effort, Trial


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
            raw = rounds.bench.attempt(rounds.raw_codec, self.effort, self.deadline)
            if goal is None:
                for one in row:
                    self._try(one.codec, one.family, raw)
            else:
                self._halve(row, goal, raw)
                self._climb(goal, raw)
                self._one_safer(row, goal, raw)
                self._between(goal, raw)
        except OutOfTime:
            rounds.complete = False
        kept = list(self.again.values()) or row
        rounds.prune_but(one.codec for one in kept)
        return kept

    def _try(self, codec: str, family: str, raw: Trial) -> Candidate:
        self.deadline.check()
        found = self.rounds.attempt(family, codec, raw, self.effort, self.deadline)
        self.again[codec] = found
        return found

    def _halve(self, row: list[Candidate], goal: Goal, raw: Trial) -> None:
        """Between one that may pass, `low`, and one that will not, `high`."""
        low, high = -1, len(row)
        while high - low > 1:
            middle = (low + high) // 2
            if goal.chance(self._try(row[middle].codec, row[middle].family, raw)) >= HOPEFUL:
                low = middle
            else:
                high = middle

    def _climb(self, goal: Goal, raw: Trial) -> None:
        """Try heavier ones until one is safe."""
        for _ in range(UPWARD):
            tried = self.again.values()
            if not tried or any(goal.is_safe(one) for one in tried):
                return
            heavier = self._heavier(max(one.bytes for one in tried), goal)
            if heavier is None:
                return
            self._try(*heavier, raw)

    def _heavier(self, weight: float, goal: Goal) -> tuple[str, str] | None:
        """(codec, family): the next of those that round one tried and hopes for; else a rung of a
        family that leads, and that no full training has shown to lose too much.
        """
        leading = frontier(list(self.rounds.candidates.values()))
        above = [
            one for one in leading
            if one.bytes >= CLOSE * weight and one.codec not in self.again
            and goal.chance(one) >= HOPEFUL
        ]  # fmt: skip
        if above:
            return above[-1].codec, above[-1].family
        failed = {one.family for one in self.again.values() if not goal.is_safe(one)}
        names = {one.family for one in leading} - failed or set(self.families) - failed
        there = {name: self.families[name] for name in names} or self.families
        lightest = self.rounds.lightest_of
        return lightest(there, GROWTH * weight) or lightest(self.families, CLOSE * weight)

    def _one_safer(self, row: Iterable[Candidate], goal: Goal, raw: Trial) -> None:
        """Try the lightest that weighs more than the lightest safe one and was not tried yet."""
        safe = [one.bytes for one in self.again.values() if goal.is_safe(one)]
        least = min(safe, default=inf)
        if any(size > CLOSE * least for size in safe):
            return
        above = [one for one in row if one.bytes > CLOSE * least and one.codec not in self.again]
        if above:
            next_one = min(above, key=lambda one: one.bytes)
            self._try(next_one.codec, next_one.family, raw)

    def _between(self, goal: Goal, raw: Trial) -> None:
        """Halve the gap, in bytes, between the lightest that is safe and the heaviest below it that
        loses too much.
        """
        for _ in range(UPWARD):
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
        known, weigh = self.rounds.candidates, self.rounds.bench.weigh
        leading = frontier(list(known.values()))
        found = {one.codec: one.family for one in leading}
        for family in {one.family for one in leading}:
            found |= dict.fromkeys(self.families[family], family)
        return {
            codec: family
            for codec, family in found.items()
            if codec not in self.again
            and least < weigh(codec) < most
            and (codec not in known or goal.chance(known[codec]) >= HOPEFUL)
        }
