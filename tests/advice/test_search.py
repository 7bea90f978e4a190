"""Whole searches over codecs whose truth is planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.advice import ladder
from fewbytes.advice.advised import Role, Verdict
from fewbytes.advice.budget import Deadline
from fewbytes.advice.confirmation import TooLongError
from fewbytes.advice.ladder import Family
from fewbytes.advice.question import Question
from fewbytes.advice.traffic import Usage
from fewbytes.errors import CodecError
from fewbytes.measures import Rate
from fewbytes.report.advice.advised import closing
from fewbytes.studies.config import RAW
from tests.advice.planted import (
    FAMILIES,
    Planted,
    PlantedConfirmation,
    by_quality,
    spent_apart,
)


@pytest.fixture(autouse=True)
def planted_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "FAMILIES", FAMILIES)


def loses_below_50(codec: str) -> float:
    """Nothing down to quality 50; a third of a point at 40, then far too much."""
    quality = by_quality(codec)
    if quality == 0 or quality >= 50:
        return 0.0
    return {40: 0.003}.get(int(quality), 0.05)


def test_the_smallest_that_qualifies_is_found(tmp_path: Path) -> None:
    advised, confirmation, bench = Planted(tmp_path, loses_below_50).run()
    assert advised.verdict is Verdict.FOUND
    assert advised.complete
    assert advised.recommended is not None
    assert advised.recommended.codec == "uint8 | jpeg:40"
    assert advised.recommended.bytes_per_image == 40
    assert advised.recommended.lower is not None
    assert -0.01 <= advised.recommended.lower <= advised.recommended.difference <= 0  # type: ignore[operator]
    assert not any("webp" in codec for codec in bench.tried), "larger than what is within reach"
    assert any(one.what == "heavy" for one in advised.pruned)
    assert {one.name for one in advised.defaults} == {"JPEG, quality 75", "half the size"}
    assert advised.times_smaller(advised.defaults[0]) == 75 / 40
    assert confirmation.tested == [RAW, "uint8 | jpeg:40"]
    assert advised.test is not None
    assert advised.test.difference == pytest.approx(-0.003)


def test_nothing_within_the_allowance_falls_back_to_what_loses_nothing(tmp_path: Path) -> None:
    advised, confirmation, _ = Planted(tmp_path, lambda codec: 0.1 * (codec != RAW)).run()
    assert advised.recommended is not None
    assert advised.recommended.role is Role.LOSSLESS
    assert advised.recommended.bytes_per_image == 500
    assert confirmation.tested == [RAW]


def test_nothing_smaller_qualifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "LOSSLESS", ())
    advised, confirmation, _ = Planted(tmp_path, lambda codec: 0.1 * (codec != RAW)).run()
    assert advised.verdict is Verdict.NOTHING
    assert advised.recommended is None
    assert confirmation.tested == []


def test_the_order_ends_at_the_first_that_fails(tmp_path: Path) -> None:
    """Trials flatter quality 40, which fails; so 30 is not tried in full, though it would pass."""

    def seems(codec: str) -> float:
        return {50: 0.001, 40: 0.002, 30: 0.008}.get(int(by_quality(codec)), loses_below_50(codec))

    def loses(codec: str) -> float:
        return 0.0 if int(by_quality(codec)) == 30 else 10 * seems(codec)

    advised, confirmation, _ = Planted(tmp_path, loses, seems=seems).run()
    trained = {codec for codec, _ in confirmation.trained}
    assert "uint8 | jpeg:40" in trained
    assert "uint8 | jpeg:30" not in trained
    assert advised.recommended is not None
    assert advised.recommended.codec == "uint8 | jpeg:70"
    honest, confirmation, _ = Planted(tmp_path / "honest", seems).run()
    assert ("uint8 | jpeg:30", 2) in confirmation.trained
    assert honest.recommended is not None
    assert honest.recommended.codec in ("uint8 | jpeg:40", "uint8 | jpeg:30")


def test_a_hopeless_candidate_is_given_up_early(tmp_path: Path) -> None:
    def loses(codec: str) -> float:
        return 10 * loses_below_50(codec)

    advised, confirmation, _ = Planted(
        tmp_path, loses, Question(max_loss=1.0, seeds=5), seems=loses_below_50
    ).run()
    assert [seed for codec, seed in confirmation.trained if codec == "uint8 | jpeg:40"] == [0, 1]
    assert any("lost too much" in one.why for one in advised.confirmed)


def test_a_budget_that_is_too_short_says_so(tmp_path: Path) -> None:
    advised, confirmation, _ = Planted(tmp_path, loses_below_50, budget=60).run()
    assert advised.verdict is Verdict.UNDECIDED
    assert not advised.complete
    assert advised.recommended is None
    assert advised.spent <= 60 + 20
    assert advised.raw is not None
    assert confirmation.tested == []


@pytest.mark.parametrize("budget", [150.0, 250.0, 400.0, 900.0])
def test_a_budget_is_kept(tmp_path: Path, budget: float) -> None:
    """Up to the one step that is at work when it ends: twenty seconds here."""
    advised, _, _ = Planted(tmp_path, loses_below_50, budget=budget).run()
    assert advised.spent <= budget + 20
    if budget >= 400:
        assert advised.recommended is not None


def test_what_time_left_out_is_not_called_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complete search, whatever its budget, finds what one without any finds; and no budget makes
    it say that nothing qualifies.
    """
    monkeypatch.setattr(ladder, "LOSSLESS", ())

    def loses(codec: str) -> float:
        return {50: 0.001, 40: 0.0015, 30: 0.002}.get(int(by_quality(codec)), loses_below_50(codec))

    cut = 0
    for budget in range(140, 600, 10):
        advised, _, _ = Planted(tmp_path / str(budget), loses, budget=float(budget)).run()
        assert advised.verdict is not Verdict.NOTHING
        found = advised.recommended
        if advised.complete:
            assert found is not None
            assert found.codec == "uint8 | jpeg:30"
        cut += found is not None and not advised.complete
    assert cut, "some budget is too short for the last of the order"


ESTIMATES = {45: 0.002, 40: 0.0058, 35: 0.006, 30: 0.0075, 25: 0.008, 20: 0.0085}


@pytest.mark.parametrize(
    ("codecs", "fails", "answer", "complete"),
    [
        (1, 0, 20, True),  # time for one at first: the order goes on behind it as time allows
        (2, 0, 35, False),  # 20 to 30 were left out, and may do
        (2, 35, 45, True),  # they lie behind what failed
        (3, 0, 25, False),  # 20 was left out, and may do
        (3, 25, 35, False),  # 30 was left out, and may do
        (3, 35, 45, True),
    ],
)
def test_an_order_thinned_for_want_of_time(
    codecs: int, fails: int, answer: int, complete: bool, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What could still be the answer is not said to be looked at."""
    monkeypatch.setattr(ladder, "LOSSLESS", ())
    families = [Family(f"at {knob}", "jpeg:{knob}", (knob,)) for knob in ESTIMATES]
    monkeypatch.setattr(ladder, "FAMILIES", families)
    monkeypatch.setattr("fewbytes.advice.search.affordable", lambda *_, **__: (3, codecs))

    def loses(codec: str) -> float:
        return 0.05 * (0 < by_quality(codec) <= fails)

    def seems(codec: str) -> float:
        return ESTIMATES.get(int(by_quality(codec)), 0.0)

    advised, _, _ = Planted(tmp_path, loses, seems=seems).run()
    assert advised.recommended is not None
    assert advised.recommended.codec == f"uint8 | jpeg:{answer}"
    assert (advised.complete, advised.exhausted) == (complete, not complete)


def test_a_larger_budget_goes_on_or_says_that_it_cannot(tmp_path: Path) -> None:
    """Where nothing of an order was trained, there is another one; else it is what it is."""
    again: set[str] = set()
    for budget in range(100, 400, 20):
        folder, rows = tmp_path / str(budget), {}  # type: ignore[var-annotated]
        first, _, _ = Planted(folder, loses_below_50, budget=float(budget), rows=rows).run()
        later, two, bench = Planted(folder, loses_below_50, budget=4000.0, rows=rows).run()
        assert later.complete or later.exhausted
        if first.exhausted:
            again.add("exhausted")
            habits = {one.codec for one in later.defaults}  # nothing is claimed of them
            assert {codec for codec, _ in two.trained} <= habits
            assert (bench.tried, later.recommended) == ([], first.recommended)
        elif later.complete and not first.complete:
            again.add("went on")
            assert two.trained
    assert "went on" in again


def test_what_cannot_be_stored_is_listed_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A habit, a coder that loses nothing, and for want of time one of the order."""
    monkeypatch.setattr(ladder, "LOSSLESS", ("xz", "zstd"))
    weigh = PlantedConfirmation.weigh
    broken = {
        "jpeg:75": CodecError("no such library"), "xz": CodecError("no xz"),
        "jpeg:40": TooLongError("fitting its coder takes about 9 s"),
        "jpeg:50": TooLongError("fitting its coder takes about 9 s"),
    }  # fmt: skip

    def weighed(self: PlantedConfirmation, codec: str, deadline: Deadline) -> Rate:
        if (error := broken.get(codec.split(" | ")[-1])) is not None:
            raise error
        return weigh(self, codec, deadline)

    monkeypatch.setattr(PlantedConfirmation, "weigh", weighed)
    advised, _, _ = Planted(tmp_path, loses_below_50).run()
    assert len({one.what for one in advised.pruned}) == len(advised.pruned), "each once"
    pruned = {one.what.split(" | ")[-1]: one.why for one in advised.pruned}
    assert pruned["jpeg:75"] == "no such library"
    assert pruned["jpeg:40"] == "skipped: fitting its coder takes about 9 s"
    assert pruned["xz"] == "no xz"
    assert advised.recommended is not None
    assert advised.recommended.role is Role.LOSSLESS
    assert (advised.complete, advised.exhausted) == (False, False)


def test_the_order_goes_on_behind_what_cannot_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _, _ = Planted(tmp_path / "whole", loses_below_50).run()
    first = next(one.codec for one in whole.confirmed if one.role is Role.CANDIDATE)
    weigh = PlantedConfirmation.weigh

    def weighed(self: PlantedConfirmation, codec: str, deadline: Deadline) -> Rate:
        if codec == first:
            raise CodecError("no such library")
        return weigh(self, codec, deadline)

    monkeypatch.setattr(PlantedConfirmation, "weigh", weighed)
    advised, _, _ = Planted(tmp_path / "broken", loses_below_50).run()
    assert [one.what for one in advised.pruned if one.why == "no such library"] == [first]
    assert advised.recommended == whole.recommended


def test_what_is_pruned_is_listed_once(tmp_path: Path) -> None:
    advised, _, _ = Planted(tmp_path, lambda codec: 0.05 * (1 - by_quality(codec) / 100)).run()
    names = [one.what for one in advised.pruned]
    assert len(set(names)) == len(names)


def test_three_of_five_seeds_count_where_time_ended_them(tmp_path: Path) -> None:
    """Found by asking with ever larger budgets: the first answer rests on three seeds or four."""
    for budget in range(160, 300, 10):
        question = Question(max_loss=1.0, seeds=5)
        folder = tmp_path / str(budget)
        advised, confirmation, _ = Planted(folder, loses_below_50, question, float(budget)).run()
        seeds = {
            codec: sum(one == codec for one, _ in confirmation.trained)
            for codec, _ in confirmation.trained
        }
        holding = [one for one in advised.confirmed if one.holds and one.role is Role.CANDIDATE]
        assert all(seeds[one.codec] == one.seeds >= 3 for one in holding)
        if any(one.seeds < 5 for one in holding):
            assert not advised.complete
            return
    pytest.fail("no budget ended within the seeds of a codec that holds")


def test_a_search_that_was_stopped_gives_the_same_advice(tmp_path: Path) -> None:
    whole, one, _ = Planted(tmp_path / "whole", loses_below_50).run()
    for stop in (1, 4, 9):
        stopped = Planted(tmp_path / str(stop), loses_below_50, stop_after=stop)
        with pytest.raises(KeyboardInterrupt):
            stopped.run()
        stopped.stop_after = None
        again, two, bench = stopped.run()
        assert spent_apart(again) == spent_apart(whole)
        assert len(two.trained) == len(one.trained) - stop
        if stop > 1:
            assert bench.tried == [], "trials are not worked for twice"
        assert again.spent == whole.spent


def test_a_search_that_ended_is_only_read_back(tmp_path: Path) -> None:
    planted = Planted(tmp_path, loses_below_50, budget=5000)
    first, _, _ = planted.run()
    again, confirmation, bench = planted.run()
    assert spent_apart(again) == spent_apart(first)
    assert (confirmation.trained, bench.tried) == ([], [])


def test_the_best_within_some_bytes(tmp_path: Path) -> None:
    """Of what weighs at most 65 bytes, quality 60 loses least."""

    def loses(codec: str) -> float:
        return 0.002 + 0.05 * (1 - by_quality(codec) / 100) if codec != RAW else 0.0

    question = Question(max_bytes=65)
    advised, _, _ = Planted(tmp_path, loses, question).run()
    assert advised.recommended is not None
    assert advised.recommended.codec == "uint8 | jpeg:60"
    candidates = [c for c in advised.confirmed if c.role is Role.CANDIDATE]
    assert all(c.bytes_per_image <= 65 for c in candidates)
    assert advised.level == pytest.approx(1 - 0.05 / len(candidates)), "Bonferroni's, and said"


def test_the_allowance_bounds_what_is_claimed(tmp_path: Path) -> None:
    """No codec that loses more than the allowance is recommended, whatever the trials say."""
    for points in (0.5, 1.0, 2.0):
        planted = Planted(
            tmp_path / str(points),
            lambda codec: 0.03 if codec != RAW else 0.0,
            Question(max_loss=points),
            seems=lambda codec: 0.0,
        )
        advised, _, _ = planted.run()
        assert not any(c.holds for c in advised.confirmed if c.role is Role.CANDIDATE)


def test_a_habit_that_is_smaller_is_not_called_larger(tmp_path: Path) -> None:
    """Only what loses nothing is left, at 500 bytes; JPEG at quality 75 weighs 75 and loses."""
    advised, _, _ = Planted(tmp_path, lambda codec: 0.1 * (codec != RAW)).run()
    said = next(line for line in closing(advised, Usage()) if "JPEG, quality 75" in line)
    assert "not shown to be within the allowance" in said
    assert "6.7 times the bytes" in said
    assert "fewer" not in said
