"""Epsilon from independent trials: randomised response, whose epsilon is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.audits.figures import clopper_pearson
from fewbytes.audits.membership.epsilon_of_trials import epsilon_bound
from fewbytes.errors import InputError


def responses(epsilon: float, trials: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Randomised response: the truth is said with probability e^epsilon / (1 + e^epsilon)."""
    honest = 1 / (1 + math.exp(-epsilon))
    found, accused = rng.binomial(trials, honest), rng.binomial(trials, 1 - honest)
    return int(found), trials, int(accused), trials


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 1.0, 3.0])
def test_it_stays_below_the_truth_and_comes_near_it(epsilon: float) -> None:
    rng = np.random.default_rng(round(10 * epsilon))
    bounds = [epsilon_bound(*responses(epsilon, 100_000, rng)) for _ in range(300)]
    assert max(bounds) <= epsilon
    assert np.mean(bounds) > epsilon - 0.1


def test_its_level_is_kept_and_not_by_much() -> None:
    rng = np.random.default_rng(0)
    beyond = [epsilon_bound(*responses(1.0, 1000, rng), level=0.8) > 1.0 for _ in range(2000)]
    assert 0 < np.mean(beyond) <= 0.2


def test_closed_form() -> None:
    found = clopper_pearson(900, 1000)[0]
    accused = clopper_pearson(50, 1000)[1]
    assert epsilon_bound(900, 1000, 50, 1000) == pytest.approx(math.log(found / accused))
    silent = math.log((1 - clopper_pearson(500, 1000)[1]) / (1 - clopper_pearson(990, 1000)[0]))
    assert epsilon_bound(990, 1000, 500, 1000) == pytest.approx(silent)


def test_delta_takes_from_it() -> None:
    none, some = (epsilon_bound(60, 1000, 0, 1000, delta) for delta in (0.0, 0.03))
    assert 0 < some < none
    assert epsilon_bound(60, 1000, 0, 1000, 0.5) == 0


def test_nothing_follows_from_a_test_that_says_nothing() -> None:
    assert epsilon_bound(10, 1000, 10, 1000) == 0
    assert epsilon_bound(0, 1000, 1000, 1000) == 0
    assert epsilon_bound(1000, 1000, 1000, 1000) == 0


def test_all_right_is_bounded_by_the_number_of_trials() -> None:
    assert epsilon_bound(1000, 1000, 0, 1000) == pytest.approx(math.log(1000 / 7.6), abs=0.02)


@pytest.mark.parametrize(
    ("counts", "match"),
    [((3, 2, 0, 5), "3 successes of 2"), ((0, 0, 0, 5), "0 trials"), ((1, 2, -1, 5), "-1 succ")],
)
def test_counts_that_cannot_be(counts: tuple[int, int, int, int], match: str) -> None:
    with pytest.raises(InputError, match=match):
        epsilon_bound(*counts)


def test_delta_and_level_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"delta 1\.0"):
        epsilon_bound(1, 2, 1, 2, delta=1.0)
    with pytest.raises(InputError, match="level 0 must"):
        epsilon_bound(1, 2, 1, 2, level=0)
