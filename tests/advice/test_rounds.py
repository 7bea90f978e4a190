"""The short trainings, over codecs whose truth is planted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fewbytes.advice.budget import Budget, Deadline
from fewbytes.advice.candidate import Goal
from fewbytes.advice.finals import Finals
from fewbytes.advice.ladder import Family
from fewbytes.advice.rounds import Rounds
from fewbytes.advice.shortlist import CLOSE
from fewbytes.advice.trials import Effort, Trial
from fewbytes.studies.config import RAW
from tests.advice.planted import Clock, PlantedBench, Truth, by_quality, weighs

EFFORT, FULL = Effort(4000, 3), Effort(50_000, 5)
ALL = tuple(range(95, 0, -5))
GOAL = Goal(0.01, 3, 5000, FULL.passes)


def rounds_of(
    loses: Callable[[str], float], goal: Goal | None = GOAL, max_bytes: float | None = None
) -> tuple[Rounds, PlantedBench]:
    bench = PlantedBench(Truth(weighs, loses), Clock())
    return Rounds(bench, RAW, 0.02, goal, max_bytes), bench


def run(rounds: Rounds, bench: PlantedBench, *families: Family, seconds: float = 1e6) -> None:
    budget = Budget(seconds, clock=bench.clock)
    rounds.first(rungs_of(families), EFFORT, budget.deadline(1.0))


def rungs_of(families: Sequence[Family]) -> dict[str, list[str]]:
    return {f.name: [f"uint8 | {f.text.format(knob=k)}" for k in f.knob] for f in families}


def finals(rounds: Rounds, bench: PlantedBench, *families: Family, most: int = 6) -> list[str]:
    """Codecs of round two, in the order in which they were tried."""
    deadline = Budget(1e6, clock=bench.clock).deadline(1.0)
    return [c.codec for c in Finals(rounds, rungs_of(families), FULL, deadline).run(most)]


@pytest.mark.parametrize("last", [90, 60, 35, 5])
def test_halving_finds_the_last_rung_within_reach(last: int) -> None:
    rounds, bench = rounds_of(lambda codec: 0.2 * (0 < by_quality(codec) < last))
    run(rounds, bench, Family("jpeg", "jpeg:{knob}", ALL))
    within = [c for c in rounds.candidates.values() if c.loss == 0]
    assert min(c.bytes for c in within) == last
    assert len(bench.tried) <= 1 + 5 + 1, "raw, as many as halving takes, and one twice as heavy"


def test_what_is_heavy_is_weighed_and_not_tried() -> None:
    rounds, bench = rounds_of(lambda codec: 0.0)
    jpeg, webp = Family("jpeg", "jpeg:{knob}", ALL), Family("webp", "webp:{knob}", (95, 90))
    run(rounds, bench, jpeg, webp)
    assert not any("webp" in codec for codec in bench.tried)
    assert [one.what for one in rounds.pruned] == ["webp"]


def test_where_nothing_is_safe_heavier_rungs_are_tried() -> None:
    """JPEG is near the allowance at any quality; WebP, which weighs far more, loses nothing."""

    def loses(codec: str) -> float:
        return 0.009 if "jpeg" in codec else 0.0

    rounds, bench = rounds_of(loses)
    jpeg, webp = Family("jpeg", "jpeg:{knob}", (20, 10)), Family("webp", "webp:{knob}", (9, 5, 3))
    run(rounds, bench, jpeg, webp)
    tried = [codec for codec in bench.tried if "webp" in codec]
    assert tried == ["uint8 | webp:3"], "the lightest that is safe, and no more"
    assert "uint8 | webp:3" in finals(rounds, bench, jpeg, webp)


def test_a_family_that_loses_too_much_is_pruned_with_its_figures() -> None:
    rounds, bench = rounds_of(lambda codec: 0.3 if by_quality(codec) else 0.0)
    run(rounds, bench, Family("jpeg", "jpeg:{knob}", ALL))
    assert rounds.pruned[0].what == "jpeg"
    assert "loses about 30.0 points" in rounds.pruned[0].why


def test_a_short_training_overstates_losses() -> None:
    """Where raw has four times the error of a full training, half of the loss is expected."""
    bench = PlantedBench(Truth(weighs, lambda codec: 0.012 if by_quality(codec) else 0.0), Clock())
    rounds = Rounds(bench, RAW, 0.005, GOAL, None)
    run(rounds, bench, Family("jpeg", "jpeg:{knob}", (20,)))
    assert rounds.candidates["uint8 | jpeg:20"].loss == pytest.approx(0.006)


def test_the_largest_within_bytes_is_found() -> None:
    rounds, bench = rounds_of(
        lambda codec: 0.001 * (100 - by_quality(codec)) if codec != RAW else 0.0, None, 42
    )
    run(rounds, bench, Family("jpeg", "jpeg:{knob}", ALL))
    assert finals(rounds, bench)[0] == "uint8 | jpeg:40"
    assert all(c.bytes <= 42 for c in rounds.candidates.values())


def test_the_end_of_the_time_leaves_what_was_found() -> None:
    rounds, bench = rounds_of(lambda codec: 0.0)
    families = [Family(str(n), "jpeg:{knob}", ALL[n:]) for n in range(5)]
    run(rounds, bench, *families, seconds=25)
    assert not rounds.complete
    assert len(rounds.candidates) >= 1
    assert "no time was left" in rounds.pruned[-1].why


class Flattering(PlantedBench):
    """Short trainings show no loss of anything."""

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        found = super().attempt(codec, effort, deadline, seed)
        if effort == FULL:
            return found
        return Trial(codec, effort, found.judged, frozenset(range(80)))


@pytest.mark.parametrize("last", [90, 75, 50, 20, 5])
def test_full_trainings_find_what_short_ones_flattered(last: int) -> None:
    """Down to quality `last` nothing is lost; short trainings see nothing of what is lost below."""
    bench = Flattering(Truth(weighs, lambda codec: 0.05 * (0 < by_quality(codec) < last)), Clock())
    rounds = Rounds(bench, RAW, 0.02, GOAL, None)
    family = Family("jpeg", "jpeg:{knob}", ALL)
    run(rounds, bench, family)
    tried = finals(rounds, bench, family)
    holding = [int(by_quality(codec)) for codec in tried if by_quality(codec) >= last]
    assert holding, "it climbs until one holds"
    assert min(holding) <= max(2 * last, 5), "and not much higher than it must"
    assert len(tried) <= 8
    assert {one.what for one in rounds.pruned}.isdisjoint(tried)


def test_of_the_finals_one_is_safer_than_the_lightest() -> None:
    rounds, bench = rounds_of(lambda codec: 0.2 * (0 < by_quality(codec) < 35))
    family = Family("jpeg", "jpeg:{knob}", ALL)
    run(rounds, bench, family)
    tried = finals(rounds, bench, family)
    assert "uint8 | jpeg:35" in tried
    assert any(by_quality(codec) > 35 for codec in tried)


def test_the_gap_below_what_is_safe_is_closed() -> None:
    """Short trainings flatter what is light, so that a heavy one alone seems to hold."""

    def loses(codec: str) -> float:
        return 0.05 * (0 < by_quality(codec) < 65)

    bench = Flattering(Truth(weighs, loses), Clock())
    rounds = Rounds(bench, RAW, 0.02, GOAL, None)
    family = Family("jpeg", "jpeg:{knob}", ALL)
    run(rounds, bench, family)
    tried = [int(by_quality(codec)) for codec in finals(rounds, bench, family)]
    assert min(quality for quality in tried if quality >= 65) <= 65 * CLOSE + 5


class Lucky(PlantedBench):
    """The raw images' first training happens to go well, by a point and a half, the second not."""

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        found = super().attempt(codec, effort, deadline, seed)
        shift = (60 if seed == 0 else -60) if codec == RAW and effort == FULL else 0
        return Trial(codec, effort, found.judged, frozenset(range(len(found.missed) - shift)))


def test_the_luck_of_one_raw_training_is_not_that_of_all_codecs() -> None:
    """Against the first training alone, nothing would be safe, and all rungs would be climbed."""
    bench = Lucky(Truth(weighs, lambda codec: 0.05 * (0 < by_quality(codec) < 35)), Clock())
    rounds = Rounds(bench, RAW, 0.02, GOAL, None)
    family = Family("jpeg", "jpeg:{knob}", ALL)
    run(rounds, bench, family)
    tried = finals(rounds, bench, family)
    assert rounds.candidates["uint8 | jpeg:35"].loss == pytest.approx(0.0)
    assert max(map(by_quality, tried)) <= 4 * 35
    assert bench.tried.count(RAW) == 1 + 2


def test_where_one_alone_is_safe_a_spare_is_tried() -> None:
    """Round one finds nothing but the lightest rung that holds; an order of it alone would end with
    its first bad luck.
    """
    rounds, bench = rounds_of(lambda codec: 0.05 * (0 < by_quality(codec) < 35))
    family = Family("jpeg", "jpeg:{knob}", ALL)
    rounds.attempt(
        "jpeg", "uint8 | jpeg:35", rounds.reference(EFFORT, Budget(None).deadline(1.0), 1),
        EFFORT, Budget(None).deadline(1.0),
    )  # fmt: skip
    tried = finals(rounds, bench, family)
    assert tried[:2] == ["uint8 | jpeg:35", "uint8 | jpeg:70"]
