"""Ordinary networks that are to be as accurate as others: when they stop, and what is doubted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from fewbytes.audits.membership import matched
from fewbytes.audits.membership.dp_sgd import STEPS, Public
from fewbytes.audits.membership.matched import Matched, matched_training
from fewbytes.audits.membership.rows import trials
from fewbytes.audits.membership.shadows import Shadows
from fewbytes.learn import ArrayFeed
from fewbytes.measures.measurement import Verdict
from tests.audits.membership.worlds import clusters, gaussian_world


@pytest.fixture(scope="module")
def feed() -> ArrayFeed:
    return clusters(600, 2)


def test_it_stops_at_the_first_step_whose_running_mean_is_high_enough(
    feed: ArrayFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    each: list[float] = []
    asked = Public.asked

    def recorded(self: Public, network: nn.Module, feed: ArrayFeed) -> NDArray[np.float32]:
        logits = asked(self, network, feed)
        each.append(float(np.mean(logits.argmax(1) == feed.labels)))
        return logits

    monkeypatch.setattr(Public, "asked", recorded)
    public = Public.of(feed, 3, len(feed))
    for goal in (0.6, 0.7):
        each.clear()
        steps: list[int] = []
        matched_training(public, feed, goal, steps.append)(feed, 1)
        means = [np.mean(each[max(0, i + 1 - matched.WINDOW) : i + 1]) for i in range(len(each))]
        assert 0 < steps[0] == len(each) - 1
        assert means[-1] >= goal > max(means[:-1])


def test_one_that_is_accurate_untrained_takes_no_step_and_one_that_cannot_be_takes_all(
    feed: ArrayFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matched, "MOST_STEPS", 7)
    steps: list[int] = []
    public = Public.of(feed, 3, len(feed))
    for goal in (0.0, 1.01):
        matched_training(public, feed, goal, steps.append)(feed, 1)
    assert steps == [0, 7]


def test_global_random_state_is_left_alone(feed: ArrayFeed) -> None:
    before = torch.random.get_rng_state()
    matched_training(Public.of(feed, 3, len(feed)), feed, 0.6, lambda _: None)(feed, 7)
    assert (torch.random.get_rng_state() == before).all()


def right(share: float) -> Shadows:
    """Networks that are right about so many records."""
    world = gaussian_world(0.0, 0)
    each = np.arange(300) < share * 300
    return replace(world, right=np.broadcast_to(each, world.right.shape))


def test_networks_that_are_as_accurate_are_not_doubted_and_their_steps_are_told() -> None:
    networks = Matched(right(0.8), right(0.79), (20,) * 8 + (30,) * 8)
    found = trials("m", networks.ordinary, ("lira",))
    told = networks.told(found)
    assert not networks.doubts
    for one, before in zip(told, found, strict=True):
        assert one.figure.method.endswith(
            f"stopped after 20 to 30 steps, 25 in the median, where those with noise take {STEPS}"
        )
        assert one.figure.verdict is before.figure.verdict
        assert one.exhibit is before.exhibit


@pytest.mark.parametrize(
    ("accuracy", "steps", "doubt"),
    [
        (0.77, (20,) * 16, "77 % against 80 % with noise"),
        (0.83, (20,) * 16, "83 % against 80 % with noise"),
        (0.8, (0,) * 9 + (1,) * 7, "no more accurate than untrained"),
        (0.8, (20,) * 15 + (matched.MOST_STEPS,), "1 of 16 networks were not as accurate in 1,000"),
    ],
)
def test_others_are_doubted(accuracy: float, steps: tuple[int, ...], doubt: str) -> None:
    networks = Matched(right(0.8), right(accuracy), steps)
    (said,) = networks.doubts
    assert doubt in said
    for one in networks.told(trials("m", networks.ordinary, ("lira",))):
        assert one.figure.verdict is Verdict.UNRELIABLE
        assert said in one.figure.warnings
