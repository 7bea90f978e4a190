"""RMIA against a slow twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from fewbytes.audits.membership.loss import loss_scores
from fewbytes.audits.membership.rmia import GAMMA, rmia
from fewbytes.audits.membership.roc import area
from tests.audits.membership.worlds import gaussian_world


def test_it_is_the_slow_twin() -> None:
    world = gaussian_world(2.0, 0, networks=8, records=15)
    scores = rmia(world)
    p, q = expit(world.confidence), expit(world.population)
    for target, record in [(0, 0), (3, 7), (7, 14)]:
        helpers = [i for i in range(8) if i not in (target, target ^ 1)]
        held = [p[i, record] for i in helpers if world.members[i, record]]
        others = [p[i, record] for i in helpers if not world.members[i, record]]
        x = p[target, record] / ((np.mean(held) + np.mean(others)) / 2)
        dominated = [
            x / (q[target, z] / np.mean([q[i, z] for i in helpers])) >= GAMMA
            for z in range(q.shape[1])
        ]
        assert scores[target, record] == pytest.approx(np.mean(dominated))


def test_members_score_higher_and_clean_networks_give_nothing() -> None:
    leaking = gaussian_world(3.0, 1, centre=-1.0)
    weak, strong = (area(one(leaking), leaking.members) for one in (loss_scores, rmia))
    assert strong > weak + 0.05
    areas = [area(rmia(w), w.members) for w in (gaussian_world(0, s) for s in range(20))]
    assert np.mean(areas) == pytest.approx(0.5, abs=5 * np.std(areas) / np.sqrt(20))


def test_probabilities_that_round_to_nothing() -> None:
    world = gaussian_world(1.0, 2, records=30)
    lost = replace(world, confidence=np.full_like(world.confidence, -5000.0))
    assert np.isfinite(rmia(lost)).all()


def test_the_loss_is_the_log_of_the_probability() -> None:
    world = gaussian_world(1.0, 3, records=30)
    assert np.exp(loss_scores(world)) == pytest.approx(expit(world.confidence))
    far = replace(world, confidence=np.full_like(world.confidence, -5000.0))
    assert (loss_scores(far) == -5000).all()
