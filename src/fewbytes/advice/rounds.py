"""Round one: which codecs are worth a longer look, by short trainings.

It halves its way along the knob of each family (`ladder.py`) for the smallest rung that a short
training finds within reach; a rung that weighs more than what already is within reach is not
trained on. Then rungs of more and more bytes are tried until one seems safe to confirm that weighs
twice the smallest within reach, as that may have been lucky. Round two is in `finals.py`.

A short training may lose more than a full one, or less. How much of the loss stays is not known;
the estimate takes the geometric mean of two views, that the loss stays and that it shrinks as the
error of the raw images does. It only orders what is then confirmed.

Optuna would serve where knobs interact and the order of rungs is not known. Here one knob a family
is monotone, which halves the rungs with every trial, and what is searched for is no best mean but
the last rung within an allowance; a sampler would have to learn both from more trials than fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, sqrt

from fewbytes.advice.budget import Deadline, OutOfTime
from fewbytes.advice.candidate import Candidate, Goal, Pruned
from fewbytes.advice.shortlist import best_within, shortlist
from fewbytes.advice.trials import Bench, Effort, Reference

SLACK = 1.6
"""Rungs are tried that weigh up to so many times the smallest within reach: it may be luck."""

GROWTH, UPWARD = 1.4, 6
"""Upwards: how many times the bytes the next rung has, and how many are tried."""

MARGIN = 2.0
"""What seems safe and weighs so many times the smallest within reach is taken for enough."""

PROMISING = 0.2
"""Share of the allowance up to which a loss seen once is taken for a sign of safety."""


@dataclass
class Rounds:
    """What one search tries; of `goal` and `max_bytes`, one is None."""

    bench: Bench
    raw_codec: str
    raw_error: float
    """Of a full training on the raw images: the share that it has wrong."""
    goal: Goal | None
    max_bytes: float | None
    tell: Callable[[str], None] = lambda said: None
    candidates: dict[str, Candidate] = field(default_factory=dict)
    pruned: list[Pruned] = field(default_factory=list)
    complete: bool = True
    """False where time ran out before every family was looked at."""

    def first(self, families: Mapping[str, list[str]], effort: Effort, deadline: Deadline) -> None:
        """Look along the rungs of every family, {name: codecs from the most bytes to the fewest},
        until the time is over.
        """
        looked: list[str] = []
        try:
            raw = self.reference(effort, deadline, 1)
            for name, rungs in families.items():
                looked.append(name)
                self._along(name, rungs, raw, effort, deadline)
            if self.goal is not None:
                self._upward(families, raw, effort, deadline)
        except OutOfTime:
            self.complete = False
            self.pruned.append(
                Pruned("families after " + (looked[-1] if looked else "none"), "no time was left")
            )

    def reference(self, effort: Effort, deadline: Deadline, times: int) -> Reference:
        """The raw images, tried so many times."""
        codec, attempt = self.raw_codec, self.bench.attempt
        return Reference(tuple(attempt(codec, effort, deadline, seed) for seed in range(times)))

    def prune_but(self, kept: Iterable[str]) -> None:
        """List all but these codecs as pruned."""
        names = set(kept)
        self.pruned += [
            Pruned(one.codec, self._why_not(one))
            for one in self.candidates.values()
            if one.codec not in names
        ]

    def row(self, tried: Iterable[Candidate], most: int) -> list[Candidate]:
        """Of those tried twice, at most so many, in the order in which they are to be confirmed.

        Where there is time for two, one that is safer still goes first: where the first fails, all
        that is left is what loses nothing.
        """
        found = [self.candidates[one.codec] for one in tried]
        if self.goal is not None:
            return shortlist(found, self.goal, most, spare=int(most > 1))
        return best_within(found, self.max_bytes or inf, most)

    def _along(
        self, family: str, rungs: list[str], raw: Reference, effort: Effort, deadline: Deadline
    ) -> None:
        """Between a rung that is generous enough, `low`, and one that is too mean, `high`."""
        low, high = -1, len(rungs)
        while high - low > 1:
            middle = (low + high) // 2
            if self._generous(family, rungs[middle], raw, effort, deadline):
                low = middle
            else:
                high = middle
        tried = [c for c in self.candidates.values() if c.family == family]
        if not tried:
            self.pruned.append(Pruned(family, "no form of it is smaller than what is within reach"))
        elif self.goal is not None and not any(map(self._within, tried)):
            best = min(tried, key=lambda c: c.loss)
            self.pruned.append(
                Pruned(family, f"at {best.bytes:.1f} B it loses about {100 * best.loss:.1f} points")
            )

    def _upward(
        self,
        families: Mapping[str, list[str]],
        raw: Reference,
        effort: Effort,
        deadline: Deadline,
    ) -> None:
        """Try rungs of more and more bytes until a heavy one is safe, or promises to be after round
        two.
        """
        within = [c.bytes for c in self.candidates.values() if self._within(c)]
        weight, enough = max(within, default=0.0), MARGIN * min(within, default=0.0)
        for _ in range(UPWARD):
            heavy = [c for c in self.candidates.values() if c.bytes >= enough]
            if any(self._is_safe(c) for c in heavy):
                return
            deadline.check()
            heavier = self.lightest_of(families, weight * GROWTH)
            if heavier is None:
                return
            codec, family = heavier
            weight = self.bench.weigh(codec) / GROWTH**0.5
            self.attempt(family, codec, raw, effort, deadline)

    def lightest_of(
        self, families: Mapping[str, list[str]], least: float
    ) -> tuple[str, str] | None:
        """(codec, family) of the lightest rung that weighs at least so much; None without any."""
        above = {
            rung: name
            for name, rungs in families.items()
            if (rung := self._lightest(rungs, least)) is not None
        }
        codec = min(above, key=self.bench.weigh, default=None)
        return None if codec is None else (codec, above[codec])

    def gap_of(self, rungs: list[str], least: float, most: float) -> list[str]:
        """Those of a family's rungs that weigh between two sizes; found by halving, as weighing
        takes time.
        """
        between = rungs[self._last(rungs, most) + 1 : self._last(rungs, least) + 1]
        return [rung for rung in between if least < self.bench.weigh(rung) < most]

    def _lightest(self, rungs: list[str], least: float) -> str | None:
        """The lightest rung of a family that weighs at least so much; None where none does."""
        last = self._last(rungs, least)
        return rungs[last] if last >= 0 else None

    def _last(self, rungs: list[str], least: float) -> int:
        """The place of the lightest rung that weighs at least so much; -1 where none does."""
        low, high = -1, len(rungs) - 1
        while low < high:  # rungs[low] weighs enough, or low is -1
            middle = (low + high + 1) // 2
            low, high = (
                (middle, high) if self.bench.weigh(rungs[middle]) >= least else (low, middle - 1)
            )
        return low

    def _is_safe(self, one: Candidate) -> bool:
        """Whether it is likely to pass, or promises to be after a longer look."""
        if self.goal is None:
            return False
        return self.goal.is_safe(one) or one.loss <= PROMISING * self.goal.allowance

    def _generous(
        self, family: str, codec: str, raw: Reference, effort: Effort, deadline: Deadline
    ) -> bool:
        """Whether the search should go on towards fewer bytes from this rung."""
        deadline.check()
        weight = self.bench.weigh(codec)
        if self.max_bytes is not None and weight > self.max_bytes:
            return True
        within = [c.bytes for c in self.candidates.values() if self._within(c)]
        if self.goal is not None and weight > SLACK * min(within, default=inf):
            return True
        found = self.attempt(family, codec, raw, effort, deadline)
        return self.goal is not None and self._within(found)

    def attempt(
        self, family: str, codec: str, raw: Reference, effort: Effort, deadline: Deadline
    ) -> Candidate:
        """Weigh and try a codec; what is known of it from now on."""
        weight = self.bench.weigh(codec)
        trial = self.bench.attempt(codec, effort, deadline)
        stays = min(1.0, sqrt(self.raw_error / raw.error)) if raw.error else 1.0
        found = Candidate(
            codec, family, weight, stays * raw.loss_of(trial), stays * raw.loss_error_of(trial),
            trial.judged, effort,
        )  # fmt: skip
        self.candidates[codec] = found
        self.tell(f"{100 * -found.loss:+.2f} points, about {weight:.1f} B: {codec}")
        return found

    def _within(self, one: Candidate) -> bool:
        """Whether it may well be within the allowance: a standard error in its favour."""
        return self.goal is not None and one.loss - one.error <= self.goal.allowance

    def _why_not(self, one: Candidate) -> str:
        said = f"about {one.bytes:.1f} B and {100 * -one.loss:+.2f} points"
        return said if self._within(one) or self.goal is None else f"{said}: it loses too much"
