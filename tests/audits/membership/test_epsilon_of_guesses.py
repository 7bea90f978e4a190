"""Epsilon from guesses about records of one training."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import betaincinv, logit
from scipy.stats import binom

from fewbytes.audits.membership.epsilon_of_guesses import best_guesses, chance, guessed_epsilon
from fewbytes.errors import InputError


def slow_chance(correct: int, guesses: int, records: int, epsilon: float, delta: float) -> float:
    """Theorem 5.2, term by term."""
    right = 1 / (1 + math.exp(-epsilon))

    def at_least(v: int) -> float:
        return float(sum(binom.pmf(w, guesses, right) for w in range(max(v, 0), guesses + 1)))

    beta = at_least(correct)
    alpha = max((at_least(correct - i) - beta) / i for i in range(1, records + 1))
    return min(1.0, beta + 2 * records * delta * alpha)


@pytest.mark.parametrize("delta", [0.0, 1e-4, 0.01])
def test_it_is_the_slow_twin(delta: float) -> None:
    for correct, guesses, records, epsilon in [(9, 10, 40, 0.5), (20, 30, 30, 0.0), (5, 5, 9, 2.0)]:
        twin = slow_chance(correct, guesses, records, epsilon, delta)
        assert chance(correct, guesses, records, epsilon, delta) == pytest.approx(twin)


def test_without_delta_it_is_clopper_and_pearson_on_the_guesses() -> None:
    low = betaincinv(80, 21, 0.001)
    assert guessed_epsilon(80, 100, 500) == pytest.approx(logit(low), abs=1e-5)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, 3.0])
def test_it_stays_below_the_truth_and_comes_near_it(epsilon: float) -> None:
    """Randomised response for each record: a guess is right with e^epsilon / (1 + e^epsilon)."""
    rng = np.random.default_rng(0)
    right = rng.binomial(50_000, 1 / (1 + math.exp(-epsilon)), 300)
    bounds = [guessed_epsilon(int(v), 50_000, 50_000) for v in right]
    assert sum(bound > epsilon for bound in bounds) <= 1
    assert np.mean(bounds) > epsilon - 0.1


def test_its_level_is_kept() -> None:
    rng = np.random.default_rng(1)
    right = rng.binomial(200, 1 / (1 + math.exp(-1)), 20_000)
    bound = {int(v): guessed_epsilon(int(v), 200, 200, level=0.9) for v in np.unique(right)}
    beyond = np.mean([bound[int(v)] > 1 for v in right])
    assert 0.07 < beyond <= 0.105


def test_delta_takes_from_it() -> None:
    bounds = [guessed_epsilon(190, 200, 8000, delta) for delta in (0.0, 1e-6, 1e-5)]
    assert bounds[0] > bounds[1] > bounds[2]


def test_nothing_follows_from_coins() -> None:
    assert guessed_epsilon(50, 100, 100) == 0
    assert guessed_epsilon(0, 0, 10) == 0
    assert guessed_epsilon(0, 10, 10) == 0


def test_what_cannot_be() -> None:
    with pytest.raises(InputError, match="3 of 2 guesses about 9"):
        guessed_epsilon(3, 2, 9)
    with pytest.raises(InputError, match="2 of 10 guesses about 9"):
        guessed_epsilon(2, 10, 9)
    with pytest.raises(InputError, match="level 1"):
        guessed_epsilon(1, 2, 3, level=1)


def test_the_best_number_of_guesses() -> None:
    assert best_guesses(np.repeat([True, False], [300, 700]), 1000) == 300
    assert best_guesses(np.repeat([True, False], [300, 700]), 100) == 30
    assert best_guesses(np.zeros(50, bool), 50) == 1
    sure_then_not = np.concatenate([np.ones(200, bool), np.arange(800) % 2 == 0])
    assert 190 <= best_guesses(sure_then_not, 1000) <= 215
