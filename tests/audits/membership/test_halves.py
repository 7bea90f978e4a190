"""Halves of the pool, and which networks help against which."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.membership.halves import FEWEST, halves
from fewbytes.errors import InputError
from tests.audits.membership.worlds import gaussian_world


def test_each_record_is_in_exactly_half_of_the_networks() -> None:
    members = halves(16, 1000, 0)
    assert members.shape == (16, 1000)
    assert (members.sum(0) == 8).all()
    assert (members[0::2] == ~members[1::2]).all()


def test_coins_are_fair_and_independent_between_pairs_and_records() -> None:
    heads = halves(16, 20_000, 1)[0::2]
    assert abs(heads.mean() - 0.5) < 5 * 0.5 / np.sqrt(heads.size)
    apart = np.corrcoef(heads) - np.eye(8)
    assert np.abs(apart).max() < 5 / np.sqrt(20_000)
    assert abs(np.mean(heads[:, 1:] == heads[:, :-1]) - 0.5) < 5 * 0.5 / np.sqrt(heads.size)


def test_an_odd_number_of_networks_leaves_one_without_a_partner() -> None:
    members = halves(9, 300, 2)
    assert len(members) == 9
    assert set(members.sum(0)) == {4, 5}


def test_the_same_seed_draws_the_same() -> None:
    assert (halves(8, 50, 3) == halves(8, 50, 3)).all()
    assert (halves(8, 50, 3) != halves(8, 50, 4)).any()


@pytest.mark.parametrize("networks", [0, FEWEST - 1])
def test_too_few_networks(networks: int) -> None:
    with pytest.raises(InputError, match=f"{networks} shadow networks; .* at least {FEWEST}"):
        halves(networks, 100, 0)


def test_how_many_helpers_hold_a_record_says_nothing_of_the_target() -> None:
    """With its partner among them it would say all: 7 of 15 where the target holds it, else 8."""
    world = gaussian_world(0.0, 0)
    assert (world.helped(world.members) == 7).all()
    assert (world.helped(~world.members) == 7).all()


@pytest.mark.parametrize("networks", [8, 9])
def test_sums_leave_out_a_network_and_its_partner(networks: int) -> None:
    world = gaussian_world(0.0, 0, networks, records=5)
    found = world.helped(world.confidence)
    for target in range(networks):
        helpers = [i for i in range(networks) if i // 2 != target // 2]
        assert found[target] == pytest.approx(world.confidence[helpers].sum(0))


def test_networks_taken_away_keep_their_pairs() -> None:
    world = gaussian_world(0.0, 0)
    fewer = world.without(3)
    assert len(fewer) == 15
    assert (fewer.confidence[3] == world.confidence[4]).all()
    found = fewer.helped(fewer.confidence)
    for target, helpers in [(2, [0, 1, *range(3, 15)]), (3, [0, 1, 2, *range(5, 15)])]:
        assert found[target] == pytest.approx(fewer.confidence[helpers].sum(0))
    turned = world.taking(np.arange(16)[::-1])
    assert turned.helped(turned.confidence)[::-1] == pytest.approx(world.helped(world.confidence))


def test_nothing_small_is_lost_to_what_is_left_out() -> None:
    world = gaussian_world(0.0, 0, records=3)
    values = np.full((16, 3), 1e-20)
    values[4:6] = 1.0
    assert world.helped(values)[4] == pytest.approx(14e-20, abs=0, rel=1e-12)


def test_redrawn_memberships_keep_all_but_the_memberships() -> None:
    world = gaussian_world(1.0, 0)
    other = world.redrawn(5)
    assert (other.confidence == world.confidence).all()
    assert (other.members.sum(0) == 8).all()
    assert abs(np.mean(other.members == world.members) - 0.5) < 0.05
