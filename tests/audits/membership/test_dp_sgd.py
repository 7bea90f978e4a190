"""DP-SGD: its steps against a slow twin, and its accountant."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

from fewbytes.audits.membership import dp_sgd
from fewbytes.audits.membership.dp_sgd import (
    CLIP,
    EPSILON,
    MOMENTUM,
    RATE,
    Public,
    noise_multiplier,
    private_training,
)
from fewbytes.errors import MissingExtraError
from fewbytes.learn import ArrayFeed
from tests.audits.membership.worlds import clusters

pytest.importorskip("opacus")


@pytest.fixture(scope="module")
def feed() -> ArrayFeed:
    return clusters(120, 3)


def slow_twin(public: Public, feed: ArrayFeed, seed: int, steps: int) -> nn.Module:
    """Without noise: each record's gradient by itself, clipped, summed, and divided by the expected
    size of a batch.
    """
    network = public.network(feed, seed)
    optimizer = torch.optim.SGD(network.parameters(), RATE, MOMENTUM)
    x, y = public.inputs(feed), torch.as_tensor(feed.labels)
    draws = torch.Generator().manual_seed(seed + 2)
    for _ in range(steps):
        rows = torch.nonzero(torch.rand(len(y), generator=draws) < dp_sgd.DRAWN).flatten()
        total = [torch.zeros_like(p) for p in network.parameters()]
        for row in rows.tolist():
            network.zero_grad()
            loss = nn.functional.cross_entropy(network(x[row : row + 1]), y[row : row + 1])
            loss.backward()  # type: ignore[no-untyped-call]
            each = [p.grad for p in network.parameters() if p.grad is not None]
            norm = torch.sqrt(sum((g.square().sum() for g in each), torch.zeros(())))
            for one, g in zip(total, each, strict=True):
                one += g * min(1.0, CLIP / float(norm))
        for p, one in zip(network.parameters(), total, strict=True):
            p.grad = one / public.expected
        optimizer.step()
    return network


def test_without_noise_it_is_the_slow_twin(
    feed: ArrayFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dp_sgd, "STEPS", 5)
    public = Public.of(feed, 3, len(feed))
    found = private_training(public, 0.0)(feed, 7)(feed)
    twin = public.asked(slow_twin(public, feed, 7, 5), feed)
    assert found == pytest.approx(twin, abs=1e-4)
    untrained = public.asked(public.network(feed, 7), feed)
    assert np.abs(found - untrained).max() > 0.01


def test_noise_is_drawn_by_the_seed_and_has_its_size(
    feed: ArrayFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dp_sgd, "STEPS", 1)
    monkeypatch.setattr(dp_sgd, "DRAWN", 0.0)
    public = Public.of(feed, 3, len(feed))
    public = Public(public.mean, public.scale, 3, expected=10.0)
    made: list[nn.Sequential] = []

    def kept(self: Public, feed: ArrayFeed, seed: int) -> nn.Sequential:
        made.append(network(self, feed, seed))
        return made[-1]

    network = Public.network
    monkeypatch.setattr(Public, "network", kept)
    private_training(public, 2.0)(feed, 7)
    start = network(public, feed, 7)
    moved = torch.cat(
        [(a - b).flatten() for a, b in zip(made[0].parameters(), start.parameters(), strict=True)]
    )
    assert float(moved.detach().std()) == pytest.approx(2.0 * CLIP * RATE / 10, rel=0.1)
    first = private_training(public, 2.0)(feed, 7)(feed)
    assert (first == private_training(public, 2.0)(feed, 7)(feed)).all()
    assert (first != private_training(public, 2.0)(feed, 8)(feed)).any()


def test_the_accountant_keeps_to_what_was_asked() -> None:
    noise, epsilon = noise_multiplier(1e-6)
    assert EPSILON - 0.1 < epsilon <= EPSILON
    assert noise_multiplier(1e-9)[0] > noise


def test_the_accountant_is_near_a_gaussian_mechanism_that_draws_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Renyi differential privacy of T Gaussian steps is a T / (2 noise^2) at order a."""
    monkeypatch.setattr(dp_sgd, "DRAWN", 1.0)
    noise, epsilon = noise_multiplier(1e-6)
    orders = np.arange(1.05, 64, 0.01)
    rdp = orders * dp_sgd.STEPS / (2 * noise**2)
    bounds = rdp + np.log1p(-1 / orders) - (math.log(1e-6) + np.log(orders)) / (orders - 1)
    assert epsilon == pytest.approx(bounds.min(), rel=0.01)


def test_inputs_are_standardised_by_the_population_alone(feed: ArrayFeed) -> None:
    public = Public.of(feed, 3, 50)
    inputs = public.inputs(feed)
    assert inputs.mean(0).abs().max() < 1e-5
    assert inputs.std(0, correction=0).numpy() == pytest.approx(np.ones(6), abs=1e-4)
    assert public.expected == 50 * dp_sgd.DRAWN
    constant = ArrayFeed(np.zeros((4, 2)), np.arange(4), False)
    assert torch.isfinite(Public.of(constant, 4, 4).inputs(constant)).all()


def test_global_random_state_is_left_alone(feed: ArrayFeed) -> None:
    before = torch.random.get_rng_state()
    public = Public.of(feed, 3, len(feed))
    private_training(public, 1.0)(feed, 7)
    assert (torch.random.get_rng_state() == before).all()


def test_without_opacus_it_says_what_to_install(
    feed: ArrayFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.split(".")[0] == "opacus"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "opacus", None)
    with pytest.raises(MissingExtraError, match="opacus"):
        private_training(Public.of(feed, 3, 100), 1.0)(feed, 0)
