"""What the symbols of a code would cost an entropy coder: a network that learns along.

It gives the distribution of each symbol from those above, to the left, and of earlier channels at
the same place (masked weights: Germain et al. 2015, "MADE"), from the place, and from the class
where labels may be read: much like what the stage `context` will find later. It is thrown away
after training.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, pad, relu

from fewbytes.types import Shape

REACH = 2
"""How many rows above, and columns to either side, a prediction sees."""

UNITS = 12
"""Of each channel, in each of two layers."""

FALL = 0.7
"""How much less likely than its inner neighbour a symbol is at first, in nats. Without it, channels
that are too dear settle on an outer symbol, where tanh is flat, and never come back.
"""


class Rate(nn.Module):
    """Bits of codes of `shape` (rows, columns, channels) with symbols 0 to levels - 1."""

    see: Tensor
    mix: Tensor
    say: Tensor

    def __init__(self, shape: Shape, levels: int, classes: int) -> None:
        super().__init__()
        rows, columns, channels = shape
        self.levels = levels
        self.taps = [
            (i, j) for i in range(REACH + 1) for j in range(2 * REACH + 1) if i < REACH or j < REACH
        ]
        seen = len(self.taps) * channels
        units = channels * UNITS
        self.first = nn.Parameter(torch.randn(seen + channels, units) / math.sqrt(seen))
        self.places = nn.Parameter(torch.zeros(rows, columns, units))
        self.classes = nn.Parameter(torch.zeros(max(1, classes), units))
        self.second = nn.Parameter(torch.randn(units, units) / math.sqrt(units))
        self.last = nn.Parameter(torch.randn(units, channels * levels) * (0.3 / math.sqrt(units)))
        from_middle = (torch.arange(levels) - levels // 2).abs()
        self.usual = nn.Parameter(-FALL * from_middle.float().repeat(channels))
        of_symbol = torch.arange(channels)
        of_unit = of_symbol.repeat_interleave(UNITS)
        earlier = of_symbol[:, None] < of_unit
        self.register_buffer("see", torch.cat([torch.ones(seen, units), earlier.float()]))
        self.register_buffer("mix", (of_unit[:, None] <= of_unit).float())
        of_output = of_symbol.repeat_interleave(levels)
        self.register_buffer("say", (of_unit[:, None] <= of_output).float())

    def forward(self, values: Tensor, classes: Tensor) -> Tensor:
        """Bits (n, rows, columns, channels, levels) of every symbol, given the values -1 to 1 of
        the others (n, rows, columns, channels), and classes (n,).
        """
        n, rows, columns, channels = values.shape
        wide = pad(values, (0, 0, REACH, REACH, REACH, 0))
        seen = [wide[:, i : i + rows, j : j + columns] for i, j in self.taps]
        x = torch.cat([*seen, values], -1) @ (self.first * self.see)
        x = relu(x + self.places + self.classes[classes][:, None, None])
        x = x + relu(x @ (self.second * self.mix))
        scores = (x @ (self.last * self.say) + self.usual).float()
        return -log_softmax(scores.view(n, rows, columns, channels, self.levels), -1) / math.log(2)


def expected_bits(bits: Tensor, symbols: Tensor) -> Tensor:
    """Bits of each code, (n,).

    Args:
        bits: of every symbol, (n, ..., levels).
        symbols: real numbers from 0 to levels - 1, (n, ...).

    The value, and the gradient of `bits`, are those of the nearest symbols; the gradient of
    `symbols` is that of rounding at random to one of the two neighbours, with the expectation kept.
    """
    exact = bits.gather(-1, symbols.detach().round().long().unsqueeze(-1)).squeeze(-1)
    low = symbols.detach().floor().clamp_(0, bits.shape[-1] - 2)
    pair = low.long().unsqueeze(-1)
    fixed = bits.detach()
    slope = (fixed.gather(-1, pair + 1) - fixed.gather(-1, pair)).squeeze(-1)
    smooth = slope * symbols
    return (exact + smooth - smooth.detach()).flatten(1).sum(1)
