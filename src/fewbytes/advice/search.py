"""All of a search in order: pace, rounds, confirmation, and at the end the test split."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from fewbytes.advice import ladder
from fewbytes.advice.advised import (
    NOTHING_WRITTEN,
    Advised,
    Confirmed,
    Role,
    Tested,
    Verdict,
    Written,
)
from fewbytes.advice.budget import Budget, Deadline, OutOfTime
from fewbytes.advice.candidate import Candidate, Goal, Pruned
from fewbytes.advice.confirmation import Confirmation, TooLongError, enlarged, rate_of
from fewbytes.advice.evidence import Evidence, best
from fewbytes.advice.finals import Finals
from fewbytes.advice.journal import Journal
from fewbytes.advice.outcome import Outcome
from fewbytes.advice.pace import (
    FIRST_ROUND,
    LEAST_ROUNDS,
    MOST,
    MOST_ROUNDS,
    Pace,
    affordable,
    confirming,
    paced,
    reserve,
)
from fewbytes.advice.question import LEAST_SEEDS, LEVEL, Question
from fewbytes.advice.rounds import Rounds
from fewbytes.advice.trials import Bench
from fewbytes.advice.watch import AdviceWatcher
from fewbytes.codecs import Codec
from fewbytes.errors import FewbytesError, OutputError, first_line
from fewbytes.learn import Recipe
from fewbytes.measures import Rate
from fewbytes.studies.config import RAW
from fewbytes.studies.results import Row
from fewbytes.types import Shape


@dataclass(frozen=True)
class Set:
    """What is known of the images before the search."""

    source: str
    image_shape: Shape
    images: int
    train_images: int
    trained_on: int
    """Of them, those that are not held out to validate on."""
    unreadable: int
    remarks: tuple[str, ...]
    written: Written = NOTHING_WRITTEN


@dataclass
class Search:
    """One search, in the folder of its journal and its study."""

    question: Question
    known: Set
    bench: Bench
    confirmation: Confirmation
    journal: Journal
    budget: Budget
    watcher: AdviceWatcher

    @property
    def seeds(self) -> int:
        """Of each codec that is confirmed, as soon as the pace is known."""
        return self.confirmation.config.seeds

    def run(self) -> Advised:
        """Search until it is settled or the time is over; then read the test split.

        Raises:
            StudyError: the raw images cannot be trained on.
            OutputError: a result cannot be written.
        """
        outcome = Outcome()
        try:
            pace = self._pace()
            self._confirm(pace, outcome)
        except OutOfTime:
            outcome.complete = False
        except BaseException:
            self.journal.add("stopped", self.budget.spent)
            raise
        advised = self._advised(outcome)
        if advised.recommended is not None:
            advised = replace(advised, test=self._test(advised.recommended))
        self.journal.add(
            "ended", self.budget.spent, verdict=str(advised.verdict), budget=self.budget.seconds,
            settled=advised.complete or advised.exhausted,
        )  # fmt: skip
        return replace(advised, spent=self.budget.spent)

    def _pace(self) -> Pace:
        """Decided now, by the speed of the machine, or by an earlier run."""
        event = self.journal.last("pace")
        recipe = self.question.recipe or Recipe()
        if event is None:
            self.watcher.phase_started("how fast this machine is", None, self.budget.left)
            found = paced(
                self.budget.seconds, self.bench.epoch_seconds(), self.bench.coder_speed(),
                train_images=self.known.trained_on,
                epochs=recipe.epochs, seeds=self.question.seeds,
            )  # fmt: skip
            if self.question.recipe is not None:  # who names a recipe gets it
                found = replace(found, epochs=recipe.epochs)
            event = self.journal.add("pace", self.budget.spent, pace=found.as_json())
        pace = Pace(**event["pace"])
        config = self.confirmation.config
        defaults = tuple(ladder.defaults(self.known.image_shape).values())
        config = replace(config, codecs=defaults, recipe=replace(recipe, epochs=pace.epochs))
        self.confirmation.begin(config)
        self.confirmation.fitting = pace.fitting_seconds
        return pace

    def _confirm(self, pace: Pace, outcome: Outcome) -> None:
        """Raw images, then the order that was fixed, the defaults behind its first."""
        self.watcher.phase_started("raw images", None, self.budget.left)
        row, seconds = self._trained(RAW, 0)
        plan = self.journal.last("plan")
        if plan is None or self._may_plan_anew(plan):
            plan = self._rounds(pace, 1 - row["val_accuracy"], seconds)
        row_of = list(map(Candidate.of_json, plan["row"]))
        config = replace(self.confirmation.config, seeds=plan["seeds"])
        self.confirmation.begin(enlarged(config, [c.codec for c in row_of]))
        defaults = ladder.defaults(self.known.image_shape).values()
        steps = self.seeds * (1 + len(row_of)) + len(defaults) * self._evidence.wanted(Role.DEFAULT)
        self.watcher.phase_started("confirming", steps - 1, self.budget.left)
        for seed in range(1, self.seeds):
            self._train(RAW, seed)
        more = bool(row_of) and self._candidate(row_of[0], outcome)
        for codec in defaults:
            self._seeds(codec, outcome, Role.DEFAULT, 1)
        for one in row_of[1:]:
            more = more and self._candidate(one, outcome)
        held = any(one.holds and one.role is Role.CANDIDATE for one in outcome.confirmed.values())
        if not held or self.question.allowance is None:
            self._lossless(outcome)
        outcome.complete = plan["complete"] and not outcome.skipped and outcome.closed(plan)
        outcome.exhausted = not outcome.complete and not outcome.skipped and self._begun(plan)
        with suppress(OutOfTime):  # nothing is claimed of a default
            for codec in (one for one in defaults if one in outcome.confirmed):
                self._seeds(codec, outcome, Role.DEFAULT, self._evidence.wanted(Role.DEFAULT))

    def _may_plan_anew(self, plan: dict[str, Any]) -> bool:
        """Whether there is more time than when a plan was made that wanted for it, and nothing of
        its order was trained, so that no result has a part in another order.
        """
        there, then = self.budget.seconds, plan["budget"]
        wanted = not plan["complete"] or bool(plan["left_out"])
        more = then is not None and (there is None or there > then)
        return wanted and more and not self._begun(plan)

    def _begun(self, plan: dict[str, Any]) -> bool:
        """Whether anything of a plan's order was trained."""
        cells = [self.confirmation.named(one["codec"], 0).key for one in plan["row"]]
        return any(key in self.confirmation.rows for key in cells)

    def _rounds(self, pace: Pace, raw_error: float, training_seconds: float) -> dict[str, Any]:
        """The short trainings, and the order of confirmation that they lead to."""
        question, seeds = self.question, self.seeds
        budget = self.budget
        training = max(training_seconds, pace.training_seconds / 2)
        kept = self._reserve() + confirming(training, seeds)
        allowed = 1.0
        if budget.seconds is not None:
            spare = max(LEAST_ROUNDS * budget.left, budget.left - kept)
            allowed = min(MOST_ROUNDS * budget.seconds, spare) / max(1e-9, budget.left)
        rounds = Rounds(
            self.bench, RAW, raw_error, self._goal(pace), question.max_bytes, self._said
        )
        families = {
            family.name: rungs
            for family in ladder.FAMILIES
            if (rungs := family.rungs(self.known.image_shape, pace.steps))
        }
        self.watcher.phase_started("round one: short trainings", None, budget.left)
        both = budget.deadline(allowed)
        rounds.first(families, pace.first, budget.deadline(FIRST_ROUND * allowed))
        effort, most = pace.second(both.left, training, self.known.trained_on)
        self.watcher.phase_started("round two: longer ones", None, budget.left)
        finalists = Finals(rounds, families, effort, both).run(most)
        tried = [Codec.parse(one.codec) for one in finalists]
        store = max(training, *(self._storing(one, pace) for one in tried), 0.0)
        enough = LEAST_SEEDS
        if rounds.goal is not None:
            enough = max(map(rounds.goal.enough_seeds, finalists), default=enough)
        asked = question.seeds
        seeds, most = affordable(
            budget.left - self._reserve(), training, store, asked or max(seeds, enough),
            asked or enough, asked or LEAST_SEEDS, seeded=any(one.seeded for one in tried),
        )  # fmt: skip
        whole = rounds.row(finalists, MOST)
        # as far as the time goes; where it is there for some only, in larger steps
        thin = question.allowance is not None and most > 1
        row = rounds.row(finalists, most) if thin else whole
        found = rounds.candidates.values()
        return self.journal.add(
            "plan", budget.spent, complete=rounds.complete, seeds=seeds, budget=budget.seconds,
            row=[c.as_json() for c in row], tried=[c.as_json() for c in found],
            left_out=[c.codec for c in whole if c not in row],
            pruned=[vars(one) for one in rounds.pruned],
        )  # fmt: skip

    def _storing(self, codec: Codec, pace: Pace) -> float:
        """Seconds that storing takes where the coder is slow, about."""
        if codec.coder.name != "context":
            return 0.0
        coded = self.known.images * ladder.symbols(codec, self.known.image_shape)
        return pace.fitting_seconds + coded * pace.coding_seconds

    def _goal(self, pace: Pace) -> Goal | None:
        """What candidates must be likely to pass; None where bytes are bounded."""
        if self.question.allowance is None:
            return None
        held_out = self.known.train_images - self.known.trained_on
        passes = self.known.trained_on * pace.epochs
        return Goal(self.question.allowance, pace.seeds, held_out, passes)

    def _until_the_end(self) -> Deadline:
        """All the time that is left, but for what the end takes."""
        return self.budget.deadline(1.0, self._reserve())

    def _reserve(self) -> float:
        return reserve(self.budget.seconds, self.confirmation.longest)

    def _said(self, said: str) -> None:
        self.watcher.step_ended(said, self.budget.left)

    def _trained(self, codec: str, seed: int) -> tuple[Row, float]:
        """See `Confirmation.train`; the time that it took is noted, so that none is given twice."""
        cell = self.confirmation.named(codec, seed)
        known = cell.key in self.confirmation.rows
        found = self.confirmation.train(codec, seed, self._until_the_end())
        if not known:
            self.journal.add("trained", self.budget.spent, cell=cell.key)
        return found

    def _weighed(self, codec: str) -> Rate:
        """See `Confirmation.weigh`; noted, so that what has no row is not stored twice."""
        noted = [event for event in self.journal.all("stored") if event["codec"] == codec]
        if noted:
            return Rate(**noted[-1]["rate"])
        found = self.confirmation.weigh(codec, self._until_the_end())
        self.journal.add("stored", self.budget.spent, codec=codec, rate=_plain(found))
        return found

    def _train(self, codec: str, seed: int) -> None:
        row, _ = self._trained(codec, seed)
        self._said(
            f"validation {100 * row['val_accuracy']:.2f} %: {self.confirmation.named(codec, seed)}"
        )

    def _candidate(self, one: Candidate, outcome: Outcome) -> bool:
        """Whether the next of the order may be tried."""
        found = self._seeds(one.codec, outcome, Role.CANDIDATE, self.seeds)
        return found or self.question.allowance is None

    def _seeds(self, codec: str, outcome: Outcome, role: Role, seeds: int) -> bool:
        """Weigh a codec and train so many seeds, or until it is hopeless; whether it holds."""
        outcome.started[codec] = role
        outcome.confirmed.pop(codec, None)
        try:
            rate = outcome.rates[codec] = self._weighed(codec)
            limit = self.question.max_bytes
            if role is Role.CANDIDATE and limit and rate.total_bytes > limit * rate.images:
                outcome.said[codec] = f"its store takes more than {limit:g} B an image"
                return False
            for seed in range(seeds):
                self._train(codec, seed)
                if role is Role.CANDIDATE and self._evidence.hopeless(codec, seed + 1):
                    outcome.said[codec] = f"it lost too much after {seed + 1} seeds"
                    break
        except OutputError:
            raise
        except TooLongError as error:
            # the clock does not look at results: the order goes on behind it
            outcome.said[codec] = f"skipped: {error}"
            outcome.left_out.append(Pruned(codec, outcome.said[codec]))
            outcome.skipped = True
            return True
        except FewbytesError as error:  # of this codec; others may do
            outcome.said[codec] = first_line(error)
            if codec in outcome.rates:
                return False
            outcome.left_out.append(Pruned(codec, first_line(error)))
            return True  # what cannot be stored says nothing of what is behind it
        finally:
            self.confirmation.forget(codec)
        one = outcome.confirmed[codec] = self._confirmed(codec, role, outcome)
        return one.holds

    def _lossless(self, outcome: Outcome) -> None:
        """Weigh what loses nothing: it needs no test."""
        for codec in ladder.lossless(self.known.image_shape):
            self.watcher.step_started(codec)
            outcome.started[codec] = Role.LOSSLESS
            try:
                outcome.rates[codec] = self._weighed(codec)
            except OutputError:
                raise
            except FewbytesError as error:  # of this coder; others may do
                outcome.left_out.append(Pruned(codec, first_line(error)))
                continue
            self._said(f"{outcome.rates[codec].total_bytes:,} B: {codec}")
            self.confirmation.forget(codec)
            outcome.confirmed[codec] = self._confirmed(codec, Role.LOSSLESS, outcome)

    @property
    def _evidence(self) -> Evidence:
        """Where the best of several is chosen, the statements of all hold together (Bonferroni)."""
        plan, level = self.journal.last("plan"), LEVEL
        if self.question.allowance is None and plan is not None:
            level = 1 - (1 - LEVEL) / max(1, len(plan["row"]))
        return Evidence(self.question, self.confirmation, self.known.image_shape, level)

    def _confirmed(
        self, codec: str, role: Role, outcome: Outcome, *, cut: bool = False
    ) -> Confirmed:
        rate, why = outcome.rates[codec], outcome.said.get(codec, "")
        return self._evidence.of(codec, role, rate, why, cut=cut)

    def _advised(self, outcome: Outcome) -> Advised:
        for codec, role in outcome.started.items():  # what the end of the time cut short
            if codec not in outcome.confirmed and codec in outcome.rates:
                outcome.confirmed[codec] = self._confirmed(codec, role, outcome, cut=True)
        confirmed = [outcome.confirmed[c] for c in outcome.started if c in outcome.confirmed]
        raw = self.confirmation.rows.get(self.confirmation.named(RAW, 0).key)
        if raw is not None:
            outcome.rates[RAW] = rate_of(raw)
            confirmed.insert(0, self._confirmed(RAW, Role.RAW, outcome))
        found = best(self.question, confirmed)
        if found is not None:
            verdict = Verdict.FOUND
        else:
            verdict = Verdict.NOTHING if outcome.complete else Verdict.UNDECIDED
        plan = self.journal.last("plan") or {"tried": [], "pruned": []}
        return Advised(
            source=self.known.source, question=self.question, verdict=verdict, recommended=found,
            confirmed=tuple(confirmed), test=None,
            candidates=tuple(map(Candidate.of_json, plan["tried"])),
            pruned=(*outcome.left_out, *(Pruned(**one) for one in plan["pruned"])),
            images=self.known.images,
            train_images=self.known.train_images, unreadable=self.known.unreadable,
            seeds=self.seeds, epochs=self.confirmation.config.recipe.epochs,
            spent=self.budget.spent, budget=self.budget.seconds, complete=outcome.complete,
            exhausted=outcome.exhausted, level=self._evidence.level, remarks=self.known.remarks,
            written=self.known.written,
        )  # fmt: skip

    def _test(self, found: Confirmed) -> Tested | None:
        """Read the test split for the raw images and the codec recommended."""
        self.watcher.phase_started("reading the test split, once", None, self.budget.left)
        seeds = found.seeds or self.seeds
        raw = _average(self.confirmation.read_test(RAW, seeds))
        if found.role is Role.LOSSLESS:
            return Tested(raw, raw)
        return Tested(raw, _average(self.confirmation.read_test(found.codec, seeds)))


def _plain(found: Rate) -> dict[str, Any]:
    return {**vars(found), "side_bytes": dict(found.side_bytes)}


def _average(values: list[float]) -> float:
    return sum(values) / len(values)
