"""The bound on epsilon from shadow networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.membership.epsilon_trial import epsilon_trial
from fewbytes.audits.membership.halves import FEWEST
from tests.audits.membership.worlds import gaussian_world


def test_networks_that_leak_are_found() -> None:
    trial = epsilon_trial("e", gaussian_world(8.0, 0, records=1000))
    assert trial.beyond_chance
    assert trial.figure.low is not None
    assert trial.figure.low > 3
    assert trial.exhibit["clopper_pearson"][0] > 3
    assert trial.exhibit["correct"][0] <= trial.exhibit["guesses"][0]


@pytest.mark.parametrize("seed", range(20))
def test_networks_that_do_not_are_not(seed: int) -> None:
    assert epsilon_trial("e", gaussian_world(0.0, seed)).figure.low == 0
    assert epsilon_trial("e", gaussian_world(8.0, seed).redrawn(99)).figure.low == 0


def test_what_is_guessed_is_never_used() -> None:
    """The memberships of the networks set aside decide on whether guesses are right, no more."""
    world = gaussian_world(3.0, 1)
    swapped = world.members.copy()
    swapped[:4] = ~swapped[:4]
    found, other = epsilon_trial("e", world), epsilon_trial("e", replace(world, members=swapped))
    assert found.exhibit["guesses"] == other.exhibit["guesses"]
    assert found.exhibit["correct"] + other.exhibit["correct"] == found.exhibit["guesses"]


def test_the_bound_stays_below_a_known_epsilon_and_comes_near_it() -> None:
    """Each network says of each record, by randomised response at epsilon = 2, whether it was
    trained on it.
    """
    lows = []
    for seed in range(10):
        world = gaussian_world(0.0, seed, records=2000)
        honest = np.random.default_rng(seed).random(world.members.shape) < 1 / (1 + np.exp(-2))
        said = replace(world, confidence=(world.members == honest).astype(float))
        lows.append(epsilon_trial("e", said).figure.low or 0.0)
    assert max(lows) <= 2
    assert np.mean(lows) > 1.5


def test_as_few_networks_as_there_may_be() -> None:
    for networks in (FEWEST, FEWEST + 1):
        assert epsilon_trial("e", gaussian_world(8.0, 2, networks)).beyond_chance
    assert np.isinf(epsilon_trial("e", gaussian_world(0.0, 2, FEWEST)).figure.high or 0)
