"""A verdict follows from the figure, chance and both controls, and from nothing else."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from scipy.stats import beta, binom

from fewbytes.audits.figures import clopper_pearson, exactly, mean, share
from fewbytes.audits.finding import Claim, Finding, Outcome, Trial, readable
from fewbytes.errors import InputError
from fewbytes.measures.measurement import LEVEL, Means, Measurement
from tests.audits.making import known_trial

CLAIM = Claim(
    "recognised", "share", disclosed="{value} were recognised ({low} to {high}), {chance} by luck.",
    not_shown="It recognised {value}.", covers="One attacker.", described="It is {value}.",
)  # fmt: skip


def finding(store: float, positive: float, null: float, chance: float | None = 0.1) -> Finding:
    """A finding of figures without error."""
    trial, most, least = (known_trial("a.b", x, chance) for x in (store, positive, null))
    return Finding("a.b", CLAIM, trial, most, least)


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ((0.5, 1.0, 0.1), Outcome.DISCLOSED),
        ((0.1, 1.0, 0.1), Outcome.NOT_SHOWN),
        ((0.0, 1.0, 0.0), Outcome.NOT_SHOWN),
        ((0.5, 0.1, 0.1), Outcome.CONTROL_FAILED),
        ((0.5, 1.0, 0.2), Outcome.CONTROL_FAILED),
        ((0.1, 0.0, 0.0), Outcome.CONTROL_FAILED),
    ],
)
def test_the_outcome_of_an_attack(figures: tuple[float, float, float], outcome: Outcome) -> None:
    assert finding(*figures).outcome is outcome


def test_lower_figures_may_disclose_more() -> None:
    def errors(value: float) -> Trial:
        return dataclasses.replace(known_trial("a.b", value, 0.5), less_discloses=True)

    assert Finding("a.b", CLAIM, errors(0.2), errors(0.0), errors(0.6)).outcome is Outcome.DISCLOSED
    assert Finding("a.b", CLAIM, errors(0.6), errors(0.0), errors(0.6)).outcome is Outcome.NOT_SHOWN


def test_a_description_is_held_to_what_must_come_out() -> None:
    def described(value: float, expected: float) -> Trial:
        trial = known_trial("a.b", value)
        return dataclasses.replace(trial, expected=exactly("a.b", "share", expected, "given"))

    right, wrong = described(0.3, 0.3), described(0.3, 0.4)
    assert Finding("a.b", CLAIM, wrong, right, right).outcome is Outcome.DESCRIBED
    assert Finding("a.b", CLAIM, right, wrong, right).outcome is Outcome.CONTROL_FAILED
    assert Finding("a.b", CLAIM, right, right, wrong).outcome is Outcome.CONTROL_FAILED


def test_an_interval_that_meets_chance_shows_nothing() -> None:
    touching = Trial(
        Measurement("a.b", "share", 0.2, 0.1, 0.3, 50, "m", "r"), exactly("a.b", "share", 0.1, "")
    )
    beyond = Trial(
        Measurement("a.b", "share", 0.2, 0.11, 0.3, 50, "m", "r"), exactly("a.b", "share", 0.1, "")
    )
    assert not touching.beyond_chance
    assert beyond.beyond_chance


def test_a_doubted_figure_decides_nothing() -> None:
    trial = known_trial("a.b", 0.9, 0.1)
    doubted = dataclasses.replace(trial, figure=trial.figure.doubted("too few records"))
    found = Finding("a.b", CLAIM, doubted, trial, known_trial("a.b", 0.1, 0.1))
    assert found.outcome is Outcome.UNDECIDED
    assert "too few records" in found.words


def test_an_attack_without_controls_is_no_evidence() -> None:
    found = Finding("a.b", CLAIM, known_trial("a.b", 0.9, 0.1))
    assert found.outcome is Outcome.CONTROL_FAILED
    gone = Trial(Measurement.unavailable("a.b", "share", "otsu is not linear"))
    assert Finding("a.b", CLAIM, gone).outcome is Outcome.UNAVAILABLE
    assert Finding("a.b", CLAIM, gone).words == "otsu is not linear."


def test_a_control_that_could_not_be_run_leaves_no_figure() -> None:
    gone = Trial(Measurement.unavailable("a.b", "share", "too few records"))
    figure, most, least = (known_trial("a.b", value, 0.1) for value in (0.9, 1.0, 0.1))
    found = Finding("a.b", CLAIM, figure, gone, least)
    assert found.outcome is Outcome.UNAVAILABLE
    assert found.words.endswith("too few records.")
    assert Finding("a.b", CLAIM, figure, most, gone).outcome is Outcome.DISCLOSED
    described = known_trial("a.b", 0.9)
    for controls in ((gone, described), (described, gone)):
        assert Finding("a.b", CLAIM, described, *controls).outcome is Outcome.UNAVAILABLE


def test_a_limit_that_must_hold_and_does_not_is_no_evidence() -> None:
    def limit(least: float) -> Trial:
        lower = Measurement("a.b", "nats", None, least, math.inf, 9, "m", "", Means.BOUNDS)
        upper = Measurement("a.b", "nats", 8.0, 8.0, 8.0, 9, "m", "")
        return Trial(upper, expected=lower)

    claim = dataclasses.replace(CLAIM, described="at most {value}", must_hold=True)
    assert Finding("a.b", claim, limit(5), limit(5), limit(0)).outcome is Outcome.DESCRIBED
    broken = Finding("a.b", claim, limit(20), limit(5), limit(0))
    assert broken.outcome is Outcome.CONTROL_FAILED
    assert "8 nats cannot be, as 20 nats to infinite nats must hold" in broken.words


def test_words_hold_the_figures_and_claim_no_privacy() -> None:
    disclosed, failed = finding(0.5, 1.0, 0.1), finding(0.1, 1.0, 0.1)
    assert disclosed.words == "50 % were recognised (50 % to 50 %), 10 % by luck."
    assert failed.words.endswith("A failed attack is no proof.")
    assert "with noise as codes it gave 20 %" in finding(0.5, 1.0, 0.2).words
    assert "with the images as codes it gave 0 %" in finding(0.5, 0.0, 0.2).words
    assert json.loads(json.dumps(disclosed.row()))["outcome"] == "disclosed"


def test_readable_figures() -> None:
    assert readable(0.12345, "share") == "12.3 %"
    assert readable(24.42, "dB") == "24.42 dB"
    assert readable(12345.6, "pairs") == "12,346 pairs"
    assert readable(1.0, "pairs") == "1 pair"
    assert readable(3e-7, "share") == "<0.01 %"
    assert readable(0.99961, "share") == "99.96 %"
    assert readable(0.99996, "share") == ">99.99 %"
    assert readable(1.0, "share") == "100 %"
    assert readable(3e-7, "bits") == "3e-07 bits"
    assert readable(float("inf"), "dB") == "infinite dB"
    assert readable(None, "dB") == "nothing"


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (3, 17), (500, 1000)])
def test_ends_of_a_share(successes: int, n: int) -> None:
    low, high = clopper_pearson(successes, n)
    tail = (1 - LEVEL) / 2
    assert low == pytest.approx(np.nan_to_num(beta.ppf(tail, successes, n - successes + 1)))
    if low:
        assert binom.sf(successes - 1, n, low) == pytest.approx(tail)
    if high < 1:
        assert binom.cdf(successes, n, high) == pytest.approx(tail)
    assert share("a", successes, n, "m").covers(successes / n)


def test_impossible_shares_and_means() -> None:
    with pytest.raises(InputError, match="3 successes of 2 trials"):
        clopper_pearson(3, 2)
    with pytest.raises(InputError, match="1 figures"):
        mean("a", "dB", np.ones(1), "m")
    assert mean("a", "dB", np.arange(10.0), "m").verdict == "unreliable"


def test_means_cover() -> None:
    missed = 0
    for seed in range(400):
        each = np.random.default_rng(seed).normal(3, 2, 200)
        missed += not mean("a", "dB", each, "m").covers(3)
    assert missed <= 4
