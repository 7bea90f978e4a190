"""lloyd: the levels that make the mean square error smallest, from the Lloyd-Max conditions.

Max 1960, "Quantizing for Minimum Distortion", equations 4 and 5; Lloyd 1982, "Least Squares
Quantization in PCM", method I: each boundary lies midway between two levels, each level is the mean
of the values between its boundaries, and one follows from the other in turn until nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from fewbytes.codecs import Quantizer, Signal, argument, option
from fewbytes.codecs.rounding import as_symbols, narrowest, table_of
from fewbytes.codecs.sample import merge, sample
from fewbytes.types import Shape, State

MOST_VALUES = 1 << 23
"""Learned from, at most: some 600 MiB while sorted and summed."""

MOST_LEVELS = 1 << 22
"""Of all tables together: some 300 MiB more while they are learned, and a state of 16 MiB."""

ROUNDS = 500
ENOUGH = 1e-5
"""Learning ends when a round lowers the error by a smaller share than this."""


@dataclass(frozen=True)
class Lloyd(Quantizer):
    """`levels` values for each coefficient, dense where its values are, or one table for all.

    A value midway between two levels goes to the lower. The levels, (coefficients, levels), are the
    state: uint8, float16 or float32, the shortest that does no harm.
    """

    name = "lloyd"
    learned = True

    levels: int = argument("values a coefficient may take, 2 to 65,536")
    shared: bool = option(False, "one table for all coefficients")

    def __post_init__(self) -> None:
        fits = 2 <= self.levels <= 1 << 16
        self.require(fits, f"levels must lie between 2 and 65,536, not {self.levels}")

    @property
    def alphabet(self) -> int:
        return self.levels

    def symbol_shape(self, shape: Shape) -> Shape:
        size = Signal(shape).size
        self.require(
            self.shared or size * self.levels <= MOST_LEVELS,
            f"{size:,} coefficients of {self.levels:,} levels are more than {MOST_LEVELS:,} "
            "numbers; take fewer levels, or one table for all: shared=true",
        )
        return shape

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return sample(x.flatten(1), seed=0)  # any sample does, so nothing depends on the seed

    def combine(self, a: State, b: State) -> State:
        return merge(a, b)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        rows = max(1, MOST_VALUES // signal.size)
        columns = total["records"][:rows].double().T.contiguous()
        weights = total["counts"][:rows].double().expand_as(columns)
        if self.shared:
            columns, weights = columns.reshape(1, -1), weights.reshape(1, -1)
        values, order = columns.sort(1)
        levels, counts, error = lloyd_max(values, weights.gather(1, order), self.levels)
        return {"levels": narrowest(levels, counts, error)}

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        levels = self._levels(signal, state)
        boundaries = (levels[:, 1:] + levels[:, :-1]) / 2
        columns = x.float().reshape(1, -1) if self.shared else x.flatten(1).float().T.contiguous()
        indices = torch.searchsorted(boundaries, columns, out_int32=True)
        rows = indices if self.shared else indices.T
        return as_symbols(rows, self.alphabet).reshape(x.shape)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        levels = self._levels(signal, state)
        first = torch.arange(0, levels.numel(), self.levels, device=levels.device)
        places = symbols.flatten(1).long() + first  # of each coefficient, in the flattened table
        return levels.flatten()[places].view(-1, *signal.shape)

    def _levels(self, signal: Signal, state: State) -> torch.Tensor:
        """Float32 levels (coefficients, or 1 if shared; levels). Raises CorruptError."""
        tables = 1 if self.shared else signal.size
        return table_of(state, "levels", (tables, self.levels), self.name).float()


def lloyd_max(
    values: torch.Tensor, weights: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Levels (columns, count) for `values` (columns, n), ascending, each seen `weights` times; how
    many values each level stands for, of the same shape; and the sum of the squared errors.

    All are float64. With sums of all that comes before each value, a round costs no more than
    finding the boundaries, whatever n.
    """
    mass = pad(weights.cumsum(1), (1, 0))
    moment = pad((weights * values).cumsum(1), (1, 0))
    power = (weights * values.square()).sum()
    levels = _starting_levels(values, count)
    counts, error = torch.zeros_like(levels), torch.inf
    for _ in range(ROUNDS):
        boundaries = (levels[:, 1:] + levels[:, :-1]) / 2
        ends = pad(torch.searchsorted(values, boundaries, right=True), (1, 0))
        ends = pad(ends, (0, 1), value=values.shape[1])
        counts, sums = mass.gather(1, ends).diff(), moment.gather(1, ends).diff()
        levels = torch.where(counts > 0, sums / counts, levels)
        before, error = error, float(power - (levels * sums).sum())
        if error >= before * (1 - ENOUGH):
            break
    return levels, counts, max(error, 0.0)


def _starting_levels(values: torch.Tensor, count: int) -> torch.Tensor:
    """Quantiles of the distinct values of each row: (columns, n) ascending -> (columns, count).

    Of all values, many levels would start, and stay, at one that is frequent, such as black. Where
    no more than `count` values are distinct, each becomes a level.
    """
    rank = pad(values.diff() > 0, (1, 0)).cumsum(1)
    shares = (torch.arange(count, device=values.device, dtype=torch.float64) + 0.5) / count
    wanted = (shares * (rank[:, -1:] + 1)).long()
    return values.gather(1, torch.searchsorted(rank, wanted))
