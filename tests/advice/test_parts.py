"""Budget, journal, ladder, order, question and traffic, each alone."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from fewbytes.advice import ladder
from fewbytes.advice.budget import Budget, OutOfTime, parse_duration
from fewbytes.advice.candidate import Candidate, Goal
from fewbytes.advice.journal import SEARCH, Journal
from fewbytes.advice.pace import affordable, paced
from fewbytes.advice.question import Question
from fewbytes.advice.shortlist import best_within, shortlist
from fewbytes.advice.traffic import Usage, traffic
from fewbytes.advice.trials import JUDGED, JUDGED_SHARE, CoderSpeed, Effort, Trial, drawn
from fewbytes.codecs import Codec
from fewbytes.data import holdout
from fewbytes.errors import InputError, StudyError
from tests.advice.planted import Clock

GREY, COLOUR = (28, 28, 1), (32, 32, 3)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("1.5h", 5400), ("1D", 86400), ("none", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5m", "soon", "5 m", "5w", "m", "1e9s", "inf", "nan"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError, match="no time to spend"):
        parse_duration(text)


def test_a_budget_counts_earlier_runs() -> None:
    clock = Clock()
    budget = Budget(100, 30, clock)
    deadline = budget.deadline(0.5, reserve=10)
    assert (budget.spent, budget.left, deadline.left) == (30, 70, 30)
    clock.now = 29
    deadline.check()
    clock.now = 31
    with pytest.raises(OutOfTime):
        deadline.check()
    assert Budget(None).left == math.inf


def test_the_time_being_over_is_no_error_of_a_cell() -> None:
    assert not issubclass(OutOfTime, Exception)


def test_a_journal_goes_on_and_drops_half_a_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"max_loss": 0.5})
    journal.add("weight", 12.0, codec="a", bytes=3.0)
    with (tmp_path / SEARCH).open("ab") as file:
        file.write(b'{"kind": "trial", "sp')
    again = Journal(tmp_path, {"max_loss": 0.5})
    assert again.spent == 12
    assert again.all("weight") == [{"kind": "weight", "spent": 12.0, "codec": "a", "bytes": 3.0}]
    again.add("trial", 13.0)
    assert Journal(tmp_path, {"max_loss": 0.5}).last("trial") == {"kind": "trial", "spent": 13.0}


def test_a_journal_of_another_question_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path, {"max_loss": 0.5})
    with pytest.raises(StudyError, match=r"max_loss = 0\.5, not 0\.6"):
        Journal(tmp_path, {"max_loss": 0.6})
    (tmp_path / SEARCH).write_text("nonsense\n")
    with pytest.raises(StudyError, match="damaged"):
        Journal(tmp_path, {"max_loss": 0.5})


def test_the_ladder_brackets_the_best_that_is_known() -> None:
    """The codecs of the README's table, with rungs of more and of fewer bytes beside."""
    rungs = [family.rungs(GREY, 2500) for family in ladder.FAMILIES]
    for text in (
        "downsample:20:antialias=true | otsu | context",
        "downsample:20:antialias=true | lloyd:4:shared=true | context",
        "downsample:20:antialias=true | lloyd:8:shared=true | context",
    ):
        wanted = str(Codec.parse(text))
        row = next(row for row in rungs if wanted in row)
        assert 0 < row.index(wanted) < len(row) - 1
    avif = "uint8 | avif:66:chroma=444:layout=mosaic"
    row = next(r for family in ladder.FAMILIES if avif in (r := family.rungs(COLOUR, 2500)))
    assert 0 < row.index(avif) < len(row) - 1


@pytest.mark.parametrize("shape", [GREY, COLOUR, (8, 8, 1), (48, 64, 3), (160, 120, 3)])
def test_every_rung_fits_its_images(shape: tuple[int, int, int]) -> None:
    rungs = [text for family in ladder.FAMILIES for text in family.rungs(shape, 400)]
    assert len(rungs) > 10
    assert len(set(rungs)) >= len(rungs) - 8
    for text in (*rungs, *ladder.lossless(shape), *ladder.defaults(shape).values()):
        codec = Codec.parse(text)
        codec.symbols(shape)
        assert str(codec) == text
    assert not any(Codec.parse(text).lossy for text in ladder.lossless(shape))
    assert not any(Codec.parse(text).supervised for text in rungs)


def _candidate(name: str, bytes: float, loss: float, error: float = 0.0008) -> Candidate:
    return Candidate(name, "family", bytes, loss, error, 4000, Effort(8000, 3))


def goal_of(allowance: float, validated: int = 5000, passes: int = 24_000) -> Goal:
    """Over three seeds."""
    return Goal(allowance, 3, validated, passes)


def test_the_order_goes_from_the_safe_to_the_small() -> None:
    found = [
        _candidate("hopeless", 2, 0.020),
        _candidate("hoped", 6, 0.0042),
        _candidate("between", 8, 0.0033),
        _candidate("safe", 10, 0.0010),
        _candidate("beaten", 11, 0.0020),
        _candidate("needless", 40, 0.0),
    ]
    goal = goal_of(0.005)
    row = shortlist(found, goal, 5)
    assert [one.codec for one in row] == ["safe", "between", "hoped"]
    assert [one.bytes for one in row] == sorted((one.bytes for one in row), reverse=True)
    assert goal.chance(row[0]) >= 0.8 > max(map(goal.chance, row[1:]))
    assert {"hopeless", "beaten", "needless"}.isdisjoint(one.codec for one in row)
    assert [one.codec for one in shortlist(found, goal, 1)] == [row[0].codec]
    assert [one.codec for one in shortlist(found, goal, 2)] == ["safe", "hoped"]
    assert [one.codec for one in shortlist(found, goal, 2, spare=1)] == ["needless", "safe"]
    assert [one.codec for one in shortlist(found, goal, 5, spare=1)][1:] == [c.codec for c in row]
    assert shortlist([], goal, 3) == []


def test_the_safest_goes_first_where_none_is_safe() -> None:
    found = [_candidate("bad", 5, 0.02), _candidate("better", 9, 0.008)]
    assert [one.codec for one in shortlist(found, goal_of(0.005), 3)] == ["better"]


def test_a_chance_falls_with_the_loss_and_with_fewer_images() -> None:
    near = _candidate("a", 5, 0.003)
    assert goal_of(0.005).chance(near) > goal_of(0.005, validated=300).chance(near)
    assert goal_of(0.005).chance(near) > goal_of(0.004).chance(near)
    exact = _candidate("b", 5, 0.0, error=0.0)
    assert goal_of(0.005).chance(exact) > goal_of(0.005, validated=150).chance(exact)
    assert goal_of(0.0, validated=30).chance(exact) < 0.1, "no loss can hardly be shown"


def test_a_loss_seen_by_a_short_training_is_less_certain() -> None:
    one = _candidate("a", 5, 0.0035, error=0.0)
    passes = one.effort.passes
    assert goal_of(0.005, passes=passes).chance(one) > goal_of(0.005, passes=9 * passes).chance(one)
    assert goal_of(0.005, passes=passes).chance(one) == goal_of(0.005, passes=1).chance(one)


def test_the_best_within_bytes() -> None:
    found = [_candidate("big", 20, 0.0), _candidate("b", 9, 0.01), _candidate("c", 5, 0.02)]
    assert [one.codec for one in best_within(found, 10, 5)] == ["b", "c"]


def test_the_standard_error_of_a_trial_counts_discordant_images() -> None:
    effort = Effort(100, 1)
    raw = Trial("raw", effort, 100, frozenset({1, 2}))
    codec = Trial("codec", effort, 100, frozenset({2, 3, 4, 5}))
    assert codec.loss(raw) == pytest.approx(0.02)
    assert codec.loss_error(raw) == pytest.approx(math.sqrt((0.04 - 0.0004) / 100))


@pytest.mark.parametrize(("count", "seeds"), [(500, 3), (5000, 5), (60_000, 5)])
def test_trials_are_judged_on_images_that_confirm_nothing(count: int, seeds: int) -> None:
    labels = np.arange(count) % 10
    order = drawn(labels, seeds)
    assert sorted(order) == list(range(count))
    judged = order[: min(JUDGED, int(JUDGED_SHARE * count))]
    for seed in range(seeds):
        assert not np.isin(judged, holdout(labels, seed)[1]).any()


def test_with_many_seeds_trials_are_judged_on_what_few_of_them_hold_out() -> None:
    labels = np.arange(1000) % 10
    times = sum(
        np.isin(np.arange(1000), holdout(labels, seed)[1]).astype(int) for seed in range(50)
    )
    order = drawn(labels, 50)
    assert np.asarray(times)[order[:200]].max() <= np.sort(times)[200]


@pytest.mark.parametrize(
    "given",
    [
        {}, {"max_loss": 0.5, "max_bytes": 10}, {"max_loss": -0.1}, {"max_loss": 100},
        {"max_loss": math.nan}, {"max_bytes": 0}, {"max_bytes": math.inf},
        {"max_loss": 1, "seeds": 2}, {"max_loss": 1, "max_unreadable": 101},
    ],
)  # fmt: skip
def test_questions_that_make_no_sense(given: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Question(**given)  # type: ignore[arg-type]


def test_a_slow_machine_trains_for_fewer_epochs() -> None:
    mnist = {"train_images": 55_000, "epochs": 5}
    quick, slow = (
        paced(900, 4.4, CoderSpeed(0.007), **mnist),
        paced(900, 20.0, CoderSpeed(0.033), **mnist),
    )
    assert (quick.epochs, quick.seeds) == (5, 5)
    assert (slow.epochs, slow.seeds) == (2, 4)
    assert quick.steps > slow.steps
    assert quick.trial_images > slow.trial_images
    assert paced(900, 20.0, CoderSpeed(0.033), **mnist, seeds=7).seeds == 7
    whole = paced(None, 20.0, CoderSpeed(0.033), **mnist)
    assert (whole.epochs, whole.seeds, whole.steps) == (5, 5, 2500)
    few = (5, 3, 3)
    assert affordable(math.inf, 60, 60, *few) == (5, 5)
    assert affordable(900, 22, 30, *few) == (5, 5)
    assert affordable(480, 30, 30, *few)[0] == 4
    assert affordable(100, 60, 60, *few) == (3, 1)
    assert affordable(900, 22, 30, *few, seeded=True) == (5, 2), "a store for each seed"
    assert affordable(480, 30, 30, 5, 5, 3) == (5, 1), "seeds that are needed go before codecs"
    assert affordable(200, 30, 30, 5, 5, 3) == (3, 1), "some answer goes before a good one"


def test_traffic() -> None:
    found = traffic(1e9, Usage(epochs=10, workers=4, price=0.02), train_share=0.5)
    assert found.epoch_bytes == 2e9
    assert found.training_bytes == 2e10
    assert found.move_seconds == {"100 Mb/s": 80.0, "1 Gb/s": 8.0}
    assert found.month_dollars == 0.02
    for wrong in ({"epochs": 0}, {"workers": 0}, {"price": -1.0}):
        with pytest.raises(InputError):
            Usage(**wrong)
