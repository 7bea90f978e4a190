"""Networks trained with differential privacy.

DP-SGD: Abadi et al. 2016, "Deep learning with differential privacy", Algorithm 1. Every step draws
each record with the same probability, clips the gradient of each, and adds Gaussian noise to their
sum. Clipping is opacus' ghost clipping, which never forms a record's own gradient; the bound on
epsilon is that of its Renyi accountant (Mironov, Talwar & Zhang 2019, "Renyi differential privacy
of the sampled Gaussian mechanism").

Nothing but gradients touches the records: inputs are standardised by the population's statistics,
and the number of steps and the expected size of a batch are fixed beforehand. The population is
taken as public: epsilon says nothing of its records.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fewbytes.audits.membership.shadows import Training
from fewbytes.errors import MissingExtraError
from fewbytes.learn import ArrayFeed

EPSILON = 4.0
"""What the noise is chosen for, in nats: a usual choice, and one that the audit could contradict.
Were they all right, the guesses of an audit of 10,000 records would show 5.9: that a limit of 8 is
broken could not be seen."""

STEPS = 100
DRAWN = 0.25
"""Share of the records that a step draws."""

CLIP = 1.0
"""Largest norm of a record's gradient."""

RATE = 0.1
MOMENTUM = 0.9
UNITS = 128
"""Of the one hidden layer."""

STD_FLOOR = 0.2
"""Coefficients that vary less than this share of the one that varies most are not scaled up to it,
as in the library's recipe."""


def noise_multiplier(delta: float) -> tuple[float, float]:
    """Standard deviation of the noise, in units of CLIP, and the accountant's epsilon, in nats.

    Raises:
        MissingExtraError: opacus is not installed.
    """
    try:
        from opacus.accountants import RDPAccountant
        from opacus.accountants.utils import get_noise_multiplier
    except ImportError:
        raise MissingExtraError("DP-SGD", "opacus", "audit") from None
    accountant = RDPAccountant()
    with warnings.catch_warnings():
        # of a bound that more orders would make tighter: it holds as it is
        warnings.filterwarnings("ignore", "Optimal order is the")
        noise = get_noise_multiplier(
            target_epsilon=EPSILON, target_delta=delta, sample_rate=DRAWN, steps=STEPS,
            accountant="rdp",
        )  # fmt: skip
        accountant.history = [(noise, DRAWN, STEPS)]
        return float(noise), float(accountant.get_epsilon(delta))


@dataclass(frozen=True)
class Public:
    """What a training knows beside its records."""

    mean: Tensor
    scale: Tensor
    classes: int
    expected: float
    """Records of a batch, on average."""

    @classmethod
    def of(cls, population: ArrayFeed, classes: int, records: int) -> Public:
        """Statistics of the population, for trainings on `records` records on average."""
        rows = torch.as_tensor(population.inputs).flatten(1).double()
        deviation = rows.std(0, correction=0)
        floor = max(STD_FLOOR * float(deviation.max()), 1e-6)
        scale = 1 / deviation.clamp(min=floor)
        return cls(rows.mean(0).float(), scale.float(), classes, records * DRAWN)

    def inputs(self, feed: ArrayFeed) -> Tensor:
        """Standardised, (n, values)."""
        return (torch.as_tensor(feed.inputs).flatten(1).float() - self.mean) * self.scale

    def network(self, feed: ArrayFeed, seed: int) -> nn.Sequential:
        """A perceptron of one hidden layer; no layer mixes records."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            hidden, last = nn.Linear(prod(feed.shape), UNITS), nn.Linear(UNITS, self.classes)
            return nn.Sequential(hidden, nn.Tanh(), last)

    def asked(self, network: nn.Module, feed: ArrayFeed) -> NDArray[np.float32]:
        """Logits, (n, classes)."""
        with torch.no_grad():
            logits: NDArray[np.float32] = network(self.inputs(feed)).numpy()
        return logits


def private_training(public: Public, noise: float) -> Training:
    """DP-SGD. Raises MissingExtraError where opacus is not installed."""

    def trained(feed: ArrayFeed, seed: int) -> Callable[[ArrayFeed], NDArray[np.float32]]:
        network = public.network(feed, seed)
        wrapped, optimizer, loss = _made_private(network, public, noise, seed + 1)
        x, y = public.inputs(feed), torch.as_tensor(feed.labels).long()
        draws = torch.Generator().manual_seed(seed + 2)
        for _ in range(STEPS):
            rows = drawn(len(y), draws)
            optimizer.zero_grad()
            if len(rows):
                # without inputs that need a gradient, torch warns of opacus' hooks
                loss(wrapped(x[rows].requires_grad_()), y[rows]).backward()
            else:
                for parameter in network.parameters():
                    parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
        wrapped.remove_hooks()
        return lambda asked: public.asked(network, asked)

    return trained


def _made_private(
    network: nn.Module, public: Public, noise: float, seed: int
) -> tuple[Any, Any, Any]:
    """The network, its optimizer and its loss, with clipping and noise."""
    try:
        from opacus.grad_sample import GradSampleModuleFastGradientClipping
        from opacus.optimizers import DPOptimizerFastGradientClipping
        from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping
    except ImportError:
        raise MissingExtraError("DP-SGD", "opacus", "audit") from None
    wrapped = GradSampleModuleFastGradientClipping(
        network, loss_reduction="sum", max_grad_norm=CLIP
    )
    optimizer = DPOptimizerFastGradientClipping(
        torch.optim.SGD(network.parameters(), RATE / public.expected, MOMENTUM),
        noise_multiplier=noise, max_grad_norm=CLIP, expected_batch_size=None,
        loss_reduction="sum", generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    loss = DPLossFastGradientClipping(
        wrapped, optimizer, nn.CrossEntropyLoss(reduction="sum"), loss_reduction="sum"
    )
    return wrapped, optimizer, loss


def drawn(records: int, generator: torch.Generator) -> Tensor:
    """Each record by a coin of its own."""
    return torch.nonzero(torch.rand(records, generator=generator) < DRAWN).flatten()
