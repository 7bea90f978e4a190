"""LiRA against a slow twin, and on records that are hard and easy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from fewbytes.audits.membership.lira import FEW, lira_offline, lira_online
from fewbytes.audits.membership.loss import loss_scores
from fewbytes.audits.membership.roc import area, found_at
from fewbytes.audits.membership.shadows import Shadows
from tests.audits.membership.worlds import gaussian_world


def slow(world: Shadows, target: int, record: int, *, each: bool) -> tuple[float, float]:
    """The scores of one record, online and offline, as the paper writes them."""
    told = [
        (phi - out.mean()) / out.std()
        for phi, out in zip(world.confidence, world.population, strict=True)
    ]
    helpers = [i for i in range(len(world)) if i not in (target, target ^ 1)]
    groups = []
    for inside in (True, False):
        of = [
            np.array([told[i][j] for i in helpers if world.members[i, j] == inside])
            for j in range(world.members.shape[1])
        ]
        pooled = sum(((x - x.mean()) ** 2).sum() for x in of) / sum(len(x) - 1 for x in of)
        variance = of[record].var(ddof=1) if each else pooled
        groups.append((of[record].mean(), np.sqrt(variance)))
    phi = told[target][record]
    online = norm.logpdf(phi, *groups[0]) - norm.logpdf(phi, *groups[1])
    return online, (phi - groups[1][0]) / groups[1][1]


@pytest.mark.parametrize("networks", [8, 12])
def test_it_is_the_slow_twin_with_one_variance(networks: int) -> None:
    world = gaussian_world(1.0, 0, networks, records=20)
    online, offline = lira_online(world), lira_offline(world)
    for target, record in [(0, 0), (3, 7), (networks - 1, 19)]:
        twin = slow(world, target, record, each=False)
        assert (online[target, record], offline[target, record]) == pytest.approx(twin)


def test_with_many_shadows_each_record_has_a_variance_of_its_own() -> None:
    world = gaussian_world(1.0, 0, networks=2 * FEW + 2, records=6)
    online, offline = lira_online(world), lira_offline(world)
    twin = slow(world, 5, 3, each=True)
    assert (online[5, 3], offline[5, 3]) == pytest.approx(twin)
    fewer = world.without(0).without(0)
    assert lira_online(fewer)[3, 3] == pytest.approx(slow(fewer, 3, 3, each=False)[0])


def test_the_partner_has_no_part_in_a_score() -> None:
    world = gaussian_world(1.0, 1, records=50)
    moved = world.confidence.copy()
    moved[5] += 100
    other = replace(world, confidence=moved)
    assert lira_online(other)[4] == pytest.approx(lira_online(world)[4], abs=1e-9)
    assert np.abs(lira_online(other)[3] - lira_online(world)[3]).max() > 1


def test_it_finds_members_that_one_threshold_cannot() -> None:
    """Records differ by 6 deviations, membership adds 2: only who knows each record can tell."""
    world = gaussian_world(2.0, 2, records=2000, spread=6.0)
    rate = np.array([0.001])
    weak, strong = loss_scores(world), lira_online(world)
    assert found_at(weak, world.members, rate)[0] < 0.004
    assert found_at(strong, world.members, rate)[0] > 0.05
    assert found_at(lira_offline(world), world.members, rate)[0] > 0.05
    assert area(strong, world.members) > 0.85 > 0.6 > area(weak, world.members)


def test_networks_may_be_sure_on_levels_of_their_own() -> None:
    """As those are that stop early: what all records share is taken off by the population."""
    world = gaussian_world(1.0, 3, records=1000)
    rng = np.random.default_rng(0)
    level, scale = rng.normal(0, 5, (16, 1)), rng.uniform(0.5, 2, (16, 1))
    other = replace(
        world,
        confidence=level + scale * world.confidence,
        population=level + scale * world.population,
    )
    for scorer in (lira_online, lira_offline):
        assert scorer(other) == pytest.approx(scorer(world), abs=1e-6)
    as_they_come = replace(other, population=world.population)
    assert area(lira_online(other), other.members) > 0.7
    assert area(lira_online(as_they_come), other.members) < 0.6


def test_networks_that_leak_nothing_give_nothing() -> None:
    areas = [area(lira_online(w), w.members) for w in (gaussian_world(0, s) for s in range(20))]
    assert np.mean(areas) == pytest.approx(0.5, abs=5 * np.std(areas) / np.sqrt(20))


def test_networks_that_all_say_the_same() -> None:
    world = gaussian_world(0.0, 0, records=30)
    same = replace(
        world,
        confidence=np.ones_like(world.confidence),
        population=np.ones_like(world.population),
    )
    assert (lira_online(same) == 0).all()
    assert (lira_offline(same) == 0).all()
