"""The bound on epsilon from shadow networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.membership.epsilon_bounds import epsilon_bounds, most_shown
from fewbytes.audits.membership.halves import FEWEST
from tests.audits.membership.worlds import gaussian_world


def test_networks_that_leak_are_found() -> None:
    bound, independent = epsilon_bounds("e", gaussian_world(8.0, 0, records=1000))
    assert bound.beyond_chance
    assert independent.chance is None  # it describes, and decides nothing
    assert independent.figure.value == independent.figure.high
    for trial in (bound, independent):
        assert trial.figure.low is not None
        assert trial.figure.low > 3
        assert trial.exhibit["correct"][0] <= trial.exhibit["guesses"][0]


@pytest.mark.parametrize("seed", range(20))
def test_networks_that_do_not_are_not(seed: int) -> None:
    for world in (gaussian_world(0.0, seed), gaussian_world(8.0, seed).redrawn(99)):
        assert [one.figure.low for one in epsilon_bounds("e", world)] == [0, 0]


def test_what_is_guessed_is_never_used() -> None:
    """The memberships of the networks set aside decide on whether guesses are right, no more."""
    world = gaussian_world(3.0, 1)
    swapped = world.members.copy()
    swapped[:4] = ~swapped[:4]
    swapped_world = replace(world, members=swapped)
    found, other = (epsilon_bounds("e", one)[0] for one in (world, swapped_world))
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
        lows.append([one.figure.low or 0.0 for one in epsilon_bounds("e", said)])
    assert np.max(lows) <= 2
    assert min(np.mean(lows, axis=0)) > 1.5


def test_no_guesses_show_more_than_the_most() -> None:
    found = []
    for records in (50, 500, 4000):
        world = gaussian_world(0.0, 0, records=records)
        honest = replace(world, confidence=world.members.astype(float))
        bound = epsilon_bounds("e", honest)[0].figure.low
        assert bound is not None
        assert 0.9 * most_shown(world) < bound <= most_shown(world)
        found.append(most_shown(world))
    assert found == sorted(found)


def test_as_few_networks_as_there_may_be() -> None:
    for networks in (FEWEST, FEWEST + 1):
        assert epsilon_bounds("e", gaussian_world(8.0, 2, networks))[0].beyond_chance
    assert np.isinf(epsilon_bounds("e", gaussian_world(0.0, 2, FEWEST))[0].figure.high or 0)
