"""Fitting the network that predicts decisions: gradient descent on the bits that it would cost.

The network is trained in floats and then, from the middle on, with its weights and outputs rounded
as they will be (straight-through gradients: Bengio, Leonard and Courville 2013), so that rounding
costs next to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from fewbytes.codecs.descent import Descent, learning, straight_through
from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.logistic import STEPS
from fewbytes.entropy.network import TOP, Weights
from fewbytes.types import State

UNIT_BITS = 5
"""Outputs of units are counted in 32nds."""

MOST_WEIGHT = 127
FEW = 5
"""Symbols up to which every threshold is a feature."""

ROUNDED_FROM = 0.5
"""Share of the steps after which weights are rounded."""


@dataclass(frozen=True)
class Effort:
    """How large the network is and how long it learns."""

    units: int
    steps: int
    batch: int = 8192


class Predicting(nn.Module):
    """The network of `entropy.network`, in floats."""

    def __init__(self, causal: Causal, decisions: Decisions, classes: int, units: int) -> None:
        super().__init__()
        rows, columns, channels = causal.grid
        self.features: Tensor
        self.register_buffer("features", _features(decisions))
        inputs = len(causal.offsets) * self.features.shape[1]
        self.first = nn.Parameter(torch.randn(inputs, units) / math.sqrt(max(1, inputs)))
        self.rows = nn.Parameter(torch.zeros(rows, units))
        self.columns = nn.Parameter(torch.zeros(columns, units))
        self.channels = nn.Parameter(torch.zeros(channels, units))
        self.classes = nn.Parameter(torch.full((max(1, classes), units), 0.5))
        self.second = nn.Parameter(torch.randn(units, units) / math.sqrt(units))
        self.second_bias = nn.Parameter(torch.full((units,), 0.5))
        self.decide = nn.Parameter(torch.randn(units, decisions.nodes) / math.sqrt(units))
        self.decide_bias = nn.Parameter(torch.zeros(decisions.nodes))
        self.rounded = False

    def forward(self, context: Tensor, places: Tensor, classes: Tensor) -> Tensor:
        """Log-odds (B, nodes) from symbols (B, neighbours), places (B, 3) and classes (B,)."""
        seen = F.embedding(context, self._weight(self.features)).flatten(1)
        sums = seen @ self._weight(self.first) + self._weight(self.classes)[classes]
        for table, place in zip((self.rows, self.columns, self.channels), places.T, strict=True):
            if len(table) > 1:
                sums = sums + self._weight(table)[place]
        hidden = self._unit(sums)
        hidden = self._unit(hidden @ self._weight(self.second) + self.second_bias)
        return hidden @ self._weight(self.decide) + self.decide_bias

    def _weight(self, weight: Tensor) -> Tensor:
        if not self.rounded:
            return weight
        scale = 2.0 ** fineness(weight)
        rounded = (weight * scale).round().clamp(-MOST_WEIGHT, MOST_WEIGHT) / scale
        return straight_through(weight, rounded)

    def _unit(self, sums: Tensor) -> Tensor:
        scale = 1 << UNIT_BITS
        bounded = sums.clamp(0, TOP / scale)
        if not self.rounded:
            return bounded
        return straight_through(bounded, (bounded * scale).floor() / scale)


def fineness(weight: Tensor) -> int:
    """The largest power of two by which every weight can be multiplied within 8 bits."""
    if not weight.numel():
        return 0
    largest = float(weight.detach().abs().max())
    return max(0, math.floor(math.log2(MOST_WEIGHT / max(largest, 2.0**-6))))


def learn(sample: State, causal: Causal, alphabet: int, effort: Effort, seed: int) -> Weights:
    """Fit to a sample (`codecs.sample`) whose records are codes."""
    codes = sample["records"].flatten(1).cpu()
    labels, counts = sample["labels"].cpu(), sample["counts"].cpu()
    parts = torch.split(codes.flatten(), 1 << 24)  # counted as 64-bit numbers, which takes room
    histogram = torch.stack([torch.bincount(p.long(), minlength=alphabet) for p in parts]).sum(0)
    decisions = Decisions(alphabet, int(histogram.argmax()))
    with learning(seed):
        network = Predicting(causal, decisions, int(labels.max()) + 1, effort.units)
        _train(network, _Examples(codes, labels, counts, causal, decisions), effort)
    return _in_whole_numbers(network, decisions)


class _Examples:
    """Draws decisions to learn from. Positions that tell more are drawn more often, and count
    less.
    """

    def __init__(
        self,
        codes: Tensor,
        labels: Tensor,
        counts: Tensor,
        causal: Causal,
        decisions: Decisions,
    ) -> None:
        self._alphabet = decisions.alphabet
        wide = codes.short() if self._alphabet > MOST_WEIGHT else codes  # room for the outside
        outside = torch.full((len(codes), 1), self._alphabet, dtype=wide.dtype)
        self._codes = torch.cat([wide, outside], 1)
        self._labels = labels.clamp(min=0)
        positions, beyond = causal.table()
        self._neighbours = torch.from_numpy(np.where(beyond, codes.shape[1], positions))
        self._places = torch.from_numpy(causal.places)
        share = 0.8 * _spread(codes) + 0.2 / codes.shape[1]
        self._shares, self._weights = share, 1 / (codes.shape[1] * share)
        ranks = decisions.ranks(np.arange(self._alphabet))
        paths = [_path(decisions, int(rank)) for rank in ranks]
        self._nodes = torch.tensor([[node for node, _ in path] for path in paths])
        self._bits = torch.tensor([[max(bit, 0) for _, bit in path] for path in paths]).float()
        self._passed = torch.tensor([[bit >= 0 for _, bit in path] for path in paths]).float()
        self._record_shares = counts.double() / counts.sum()

    def draw(self, batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Contexts, places, classes; nodes, their bits, which of them count, and the weights."""
        record = torch.multinomial(self._record_shares, batch, replacement=True)
        position = torch.multinomial(self._shares, batch, replacement=True)
        start = (record * self._codes.shape[1])[:, None]
        flat = self._codes.view(-1)
        context = flat[start + self._neighbours[position]].long()
        symbol = flat[start[:, 0] + position].long()
        return (
            context,
            self._places[position],
            self._labels[record],
            self._nodes[symbol],
            self._bits[symbol],
            self._passed[symbol],
            self._weights[position],
        )


def _train(network: Predicting, examples: _Examples, effort: Effort) -> None:
    descent = Descent(network.parameters(), effort.steps)
    for step in range(effort.steps):
        network.rounded = step >= ROUNDED_FROM * effort.steps
        context, places, classes, nodes, bits, passed, weights = examples.draw(effort.batch)
        log_odds = network(context, places, classes).gather(1, nodes)
        nats = F.binary_cross_entropy_with_logits(log_odds, bits, reduction="none")
        descent.step(((nats * passed).sum(1) * weights).mean())


def _spread(codes: Tensor) -> Tensor:
    """How much each position varies, (positions,), as shares of the sum of standard deviations."""
    deviation = codes.float().std(0, unbiased=False) + 1e-3
    return deviation / deviation.sum()


def _path(decisions: Decisions, rank: int) -> list[tuple[int, int]]:
    """Nodes and bits that lead to a rank; a bit of -1 fills up what is not asked."""
    ranks = np.array([rank])
    path = [(0, int(decisions.bit(ranks, 0)[0]))]
    prefix = 0
    for level in range(1, decisions.depth + 1):
        node = decisions.node(np.array([prefix]), level)
        if node is None:
            break
        bit = int(decisions.bit(ranks, level)[0]) if rank else -1
        path.append((int(node[0]), bit))
        prefix = 2 * prefix + max(bit, 0)
    return path


def _features(decisions: Decisions) -> Tensor:
    """What a symbol looks like, (alphabet + 1, F): which thresholds it reaches, for few symbols all
    there are; for many also its value and whether it is the usual one. The last row is the outside.
    """
    alphabet = decisions.alphabet
    values = torch.arange(alphabet + 1).float()
    if alphabet <= FEW:
        thresholds = torch.arange(1, max(2, alphabet)).float()
    else:
        thresholds = torch.tensor([0.5, 0.97]) * (alphabet - 1)
    table = (values[:, None] >= thresholds).float()
    if alphabet > FEW:
        value, other = 2 * values / (alphabet - 1) - 1, (values != decisions.usual).float()
        table = torch.cat([value[:, None], other[:, None], table], 1)
    table[-1] = 0
    return table


def _in_whole_numbers(network: Predicting, decisions: Decisions) -> Weights:
    """The network's weights as they are rounded in its last steps."""
    features, first = fineness(network.features), fineness(network.first)
    tables = (network.rows, network.columns, network.channels, network.classes)
    places = min(features + first, *map(fineness, tables))
    second, decide = fineness(network.second), fineness(network.decide)
    bias = {
        "second_bias": network.second_bias * 2.0 ** (UNIT_BITS + second),
        "decide_bias": network.decide_bias * 2.0 ** (UNIT_BITS + decide),
    }
    classes = torch.cat([network.classes, network.classes.mean(0, keepdim=True)])
    per_nat = STEPS.bit_length() - 1
    small = {
        "features": (network.features, features), "first": (network.first, first),
        "rows": (network.rows, places), "columns": (network.columns, places),
        "channels": (network.channels, places), "classes": (classes, places),
        "second": (network.second, second), "decide": (network.decide, decide),
    }  # fmt: skip
    shifts = [features + first - places, features + first - UNIT_BITS, second]
    return Weights(
        **{name: _rounded(values, bits) for name, (values, bits) in small.items()},
        **{name: values.detach().round().numpy() for name, values in bias.items()},
        shifts=np.array([*shifts, UNIT_BITS + decide - per_nat]),
        usual=np.array(decisions.usual),
    )


def _rounded(values: Tensor, bits: int) -> np.ndarray:
    return (values.detach() * 2.0**bits).round().clamp(-MOST_WEIGHT, MOST_WEIGHT).numpy()
