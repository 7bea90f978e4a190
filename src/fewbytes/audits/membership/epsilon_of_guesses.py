"""The least epsilon that guesses about many records of the same training leave possible.

Steinke, Nasr & Jagielski 2023, "Privacy auditing with one (1) training run", Theorem 5.2. Each of m
records was put into the training by a fair coin of its own. From what the training gave, an
attacker guesses of r records that they were put in and is right about v of them. If the training
is (epsilon, delta)-differentially private, then, however much records influence each other and
whatever made the attacker choose them,

    Pr[v or more are right] <= beta + 2 m delta alpha,
    beta = Pr[W >= v],  alpha = max over i of Pr[v > W >= v - i] / i,
    W binomial of r trials that succeed with 1 / (1 + exp(-epsilon)).

Several trainings, each by coins of its own, are one training of as many more records. What else the
attacker has, such as shadow networks, must come of other coins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import binom

from fewbytes.errors import InputError
from fewbytes.measures.measurement import LEVEL

LARGEST = 50.0
"""Epsilon that is looked at."""


def guessed_epsilon(
    correct: int, guesses: int, records: int, delta: float = 0.0, level: float = LEVEL
) -> float:
    """What epsilon, in nats, is at least, with a probability of `level`, where so many of the
    guesses about so many records are right; 0 where nothing follows.

    Raises:
        InputError: counts that cannot be, or a delta or level outside 0 to 1.
    """
    if not (0 <= correct <= guesses <= records and records >= 1):
        raise InputError(f"{correct} of {guesses} guesses about {records} records are right")
    if not (0 <= delta < 1 and 0 < level < 1):
        raise InputError(f"delta {delta} and level {level} must be within 0 and 1")
    if chance(correct, guesses, records, 0.0, delta) > 1 - level:
        return 0.0
    low, high = 0.0, LARGEST
    while high - low > 1e-6:
        middle = (low + high) / 2
        if chance(correct, guesses, records, middle, delta) > 1 - level:
            high = middle
        else:
            low = middle
    return low


def chance(correct: int, guesses: int, records: int, epsilon: float, delta: float) -> float:
    """What the probability of so many right guesses is at most under (epsilon, delta)."""
    if correct == 0:
        return 1.0
    right = 1 / (1 + np.exp(-epsilon))
    beta = float(binom.sf(correct - 1, guesses, right))
    if delta == 0:
        return beta
    below = np.cumsum(binom.pmf(np.arange(correct - 1, -1, -1), guesses, right))
    alpha = float(np.max(below / np.arange(1, correct + 1)))
    return min(1.0, beta + 2 * records * delta * alpha)


def best_guesses(right: NDArray[np.bool_], records: int, level: float = LEVEL) -> int:
    """How many guesses about so many records bound epsilon best, at delta = 0, where `right` (n,)
    says which are in a rehearsal, the surest first; at least 1.
    """
    each = records / len(right)
    guesses, correct = each * np.arange(1, len(right) + 1), each * np.cumsum(right)
    sure = betaincinv(np.maximum(correct, each), guesses - correct + 1, 1 - level)
    bound = np.where((correct > 0) & (guesses >= 1), sure, 0.0)
    return max(1, round(float(guesses[np.argmax(bound)])))
