"""Rate-distortion training of the autoencoder, for a wanted number of bits.

The loss is distortion + price * bits (Balle, Laparra and Simoncelli 2017, "End-to-end Optimized
Image Compression"), where the distortion is the squared error as a share of the pixels' variance,
and, for the stage that reads labels, the cross-entropy of a classifier of the decoded images. The
price rises while codes take more bits than are wanted, and falls while they take fewer, so that
users ask for bits, and not for a price. Symbols are those of finite scalar quantization (Mentzer et
al. 2023); gradients pass straight through the rounding.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, relu

from fewbytes.autoencoding.classifier import Classifier
from fewbytes.autoencoding.network import Layer, Plan, decode, encode
from fewbytes.autoencoding.rate import Rate, expected_bits
from fewbytes.autoencoding.weights import rounded, state_of
from fewbytes.codecs.descent import Descent, learning, straight_through
from fewbytes.codecs.rounding import bounded
from fewbytes.types import State

ROUNDED_FROM = 0.6
"""Share of the steps after which weights are rounded."""

PRICED = 0.05, 0.9
"""Shares of the steps between which the price of a bit is free to move."""

FIRST_PRICE = math.log(1e-4)
PRICES = math.log(1e-5), math.log(0.1)
"""Logarithms, in variances of the pixels a bit; narrow, so that the price soon comes back."""

STIFFNESS = 30.0
MOST_STIFFNESS = 0.05
"""How fast the logarithm of the price follows, over all steps, and in one step at most. It slows
down to nothing. A price that rises fast crushes codes that then take long to come back.
"""

FLAT_FROM = 1.5
FLATNESS = 0.1
"""What it costs, in variances of the pixels, that coefficients lie beyond where tanh is flat. They
gain nothing there, and never come back, for want of a gradient.
"""

PLACES_AT_ONCE = 6272
"""Places of codes in one batch: 128 codes of 7 x 7."""


@dataclass(frozen=True)
class Goal:
    """What is wanted: bits a code, in symbols of `levels` values, after so many steps."""

    bits: float
    levels: int
    steps: int
    label_weight: float = 0.0
    """What the cross-entropy of the labels counts; at 0, labels are not looked at."""


@dataclass(frozen=True)
class Seen:
    """Distinct images (n, h, w, c), their labels (n,), and how often each was seen, (n,) int64."""

    images: Tensor
    labels: Tensor
    counts: Tensor

    def drawn(self, many: int) -> tuple[Tensor, Tensor]:
        """So many images and labels, each as likely as it was often seen."""
        ends = self.counts.cumsum(0)
        places = torch.randint(int(ends[-1]), (many,)).to(ends.device)
        chosen = torch.searchsorted(ends, places, right=True)
        return self.images[chosen], self.labels[chosen]

    def moments(self) -> tuple[float, float]:
        """Mean and deviation of all pixels; 1 for the deviation of images of one colour."""
        some = self.images[: max(1, (1 << 24) // self.images[0].numel())].double().flatten(1)
        shares = self.counts[: len(some)] / self.counts[: len(some)].sum().double()
        mean = float(shares @ some.mean(1))
        deviation = math.sqrt(float(shares @ some.sub_(mean).square_().mean(1)))
        return mean, deviation if deviation > 0 else 1.0


def learn(seen: Seen, plan: Plan, goal: Goal, seed: int) -> State:
    """The state of an autoencoder for such images; labels count where the goal says so."""
    with learning(seed):
        mean, deviation = seen.moments()
        classes = int(seen.labels.max()) + 1 if goal.label_weight else 0
        model = _Model(plan, goal, classes).to(seen.images.device)
        _train(model, seen, mean, deviation)
    return state_of(model.layers(), mean, deviation)


class _Model(nn.Module):
    """All that learns: the layers, the rate, and, where labels count, the classifier."""

    def __init__(self, plan: Plan, goal: Goal, classes: int) -> None:
        super().__init__()
        self.plan, self.goal = plan, goal
        gains = [2.0, 1.0, 1.0, 2.0, 1.0, 0.25]
        self.matrices = nn.ParameterList(
            torch.randn(shape) * math.sqrt(gain / shape[0])
            for gain, shape in zip(gains, plan.layers, strict=True)
        )
        self.biases = nn.ParameterList(torch.zeros(outputs) for _, outputs in plan.layers)
        self.rate = Rate(plan.code_shape, goal.levels, classes)
        self.classifier = Classifier(plan, classes) if classes else None
        self.rounded = False

    def layers(self) -> list[Layer]:
        return list(zip(self.matrices, self.biases, strict=True))

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Distortion and bits of normalised pictures (n, h, w, c), two numbers."""
        layers = rounded(self.layers()) if self.rounded else self.layers()
        middle = self.goal.levels // 2
        with _mixed_precision(x.device):
            free = encode(x, layers, self.plan).float()
            soft = bounded(free, self.goal.levels)
            values = straight_through(soft, soft.round()) / middle
            classes = labels if self.classifier else torch.zeros_like(labels)
            bits = expected_bits(self.rate(values, classes), soft + middle)
            shown = decode(values, layers, self.plan)
            distortion = (shown.float() - x).square().mean()
            distortion = distortion + FLATNESS * relu(free.abs() - FLAT_FROM).square().mean()
            if self.classifier is not None:
                wrong = cross_entropy(self.classifier(shown).float(), labels)
                distortion = distortion + self.goal.label_weight * wrong
        return distortion, bits.mean()


def _train(model: _Model, seen: Seen, mean: float, deviation: float) -> None:
    goal = model.goal
    rows, columns = model.plan.grid
    batch = max(4, min(128, PLACES_AT_ONCE // (rows * columns)))
    descent = Descent(model.parameters(), goal.steps, most_gradient=1.0)
    price = FIRST_PRICE
    for step in range(goal.steps):
        done = step / goal.steps
        model.rounded = done >= ROUNDED_FROM
        images, labels = seen.drawn(batch)
        distortion, bits = model((images.float() - mean) / deviation, labels)
        descent.step(distortion + math.exp(price) * bits)
        if PRICED[0] <= done < PRICED[1]:
            share = float(bits.detach()) / goal.bits
            price = _followed(price, share, done, min(MOST_STIFFNESS, STIFFNESS / goal.steps))


def _followed(price: float, share: float, done: float, stiffness: float) -> float:
    """The logarithm of the price, once codes took `share` of the bits that are wanted."""
    excess = max(-1.0, min(1.0, math.log(max(share, 1e-3))))
    price += stiffness * (1 - done) * excess
    return max(PRICES[0], min(PRICES[1], price))


def _mixed_precision(device: torch.device) -> AbstractContextManager[Any]:
    """Products in bfloat16, where the processor has instructions for them."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    if device.type == "cpu" and not (
        capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    ):
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)
