"""Gaussian pairs, and the ceiling."""

import math

import numpy as np
import pytest
import torch

from fewbytes.errors import InputError
from fewbytes.measures.information import contrastive
from fewbytes.measures.information.contrastive import contrastive_ceiling, contrastive_information
from fewbytes.measures.measurement import Means, Verdict


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contrastive, "STEPS", 100)


def pairs(seed: int, n: int, d: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)).astype(np.float32)
    return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, d))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("d", "rho"), [(1, 0.9), (5, 0.5)])
def test_correlated(d: int, rho: float, seed: int) -> None:
    truth = -d / 2 * math.log2(1 - rho**2)
    found = contrastive_information(*pairs(seed, 4000, d, rho), seed=seed, batch=128)
    assert found.means is Means.BOUNDS
    assert found.verdict is Verdict.RELIABLE
    assert found.covers(truth)
    assert not found.covers(0.6 * truth)
    assert found.high == math.inf
    assert found.value is not None
    assert found.value > 0.7 * truth


def test_independent() -> None:
    found = contrastive_information(*pairs(0, 4000, 3, 0), batch=128, most=1.0)
    assert (found.low, found.high) == (0, 1)
    assert found.value == pytest.approx(0, abs=0.02)


def test_ceiling() -> None:
    assert contrastive_ceiling(512) == 9
    x, y = pairs(0, 4000, 10, 0.999)  # 44.8 bits
    found = contrastive_information(x, y, batch=16)
    assert found.verdict is Verdict.UNRELIABLE
    assert "ceiling" in found.warnings[0]
    assert found.covers(44.8)
    assert 3 < (found.value or 0) <= 4


def test_more_than_can_be() -> None:
    found = contrastive_information(*pairs(0, 3000, 1, 0.99), batch=128, most=0.5)
    assert found.verdict is Verdict.UNRELIABLE
    assert "above the 0.5 bits" in found.warnings[0]


def test_no_lower_end_is_above_the_truth() -> None:
    """Over many samples of the fewest pairs."""
    for seed in range(30):
        found = contrastive_information(*pairs(seed, 256, 1, 0.5), batch=64, seed=seed)
        assert found.covers(-math.log2(1 - 0.25) / 2)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_a_far_mean_costs_nothing(offset: float) -> None:
    x, y = pairs(0, 3000, 1, 0.9)
    found = contrastive_information(x.astype(float) + offset, y, batch=128)
    assert found.verdict is Verdict.RELIABLE
    assert (found.low or 0) > 0.6


def test_nothing_but_rounding_is_doubted() -> None:
    x, y = pairs(0, 3000, 1, 0.9)
    near = np.where(x > 0, np.float32(1), np.nextafter(np.float32(1), np.float32(2)))
    found = contrastive_information(near, y, batch=128)
    assert found.verdict is Verdict.UNRELIABLE
    assert "first vectors vary by no more than rounding" in found.warnings[0]


def test_sampling_error() -> None:
    """Over fresh samples, a fixed critic's bound varies as one sample's influences say."""
    x, y = pairs(0, 64 * 400, 1, 0.9)
    critic = contrastive._Critic(1, 1)
    gains = contrastive._gains(critic, x, y.astype(np.float32), 64).reshape(40, -1)
    assert gains.mean(1).std() == pytest.approx(gains.std() / math.sqrt(640), rel=0.4)


def test_same_seed_same_figure_and_no_global_state() -> None:
    state = torch.random.get_rng_state()
    one, two = (contrastive_information(*pairs(0, 600, 2, 0.9), batch=64, seed=3) for _ in "ab")
    assert one == two
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.eye(100), np.eye(99), "100 first vectors, but 99"),
        (np.eye(100), np.eye(100), "100 pairs; batches of 64 need at least 256"),
        (np.ones((300, 2)), np.eye(300), "first vectors do not vary"),
        (np.eye(300), np.full((300, 2), np.nan), "second vectors hold NaN"),
        (np.empty((0, 2)), np.eye(300), "first vectors are empty"),
        (np.array(["a"] * 300), np.eye(300), "not numbers"),
        (np.eye(300) * 1e200, np.eye(300), "first vectors reach"),
        ([[1.0], [1.0, 2.0]], np.eye(300), "their lengths differ"),
    ],
)
def test_bad_input(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        contrastive_information(x, y, batch=64)


def test_bad_options() -> None:
    with pytest.raises(InputError, match="a batch of 1"):
        contrastive_ceiling(1)
    with pytest.raises(InputError, match="at most -1"):
        contrastive_information(np.eye(300), np.eye(300), batch=64, most=-1)
    with pytest.raises(InputError, match="a seed of -1"):
        contrastive_information(np.eye(300), np.eye(300), batch=64, seed=-1)
