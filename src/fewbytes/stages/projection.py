"""projection: random directions, drawn from a seed.

    y = P x,   P (values, d),   E[P'P] = identity

`matrix=gaussian`: entries N(0, 1/values) (Dasgupta and Gupta 2003). `matrix=sparse`: entries 0 with
probability 1 - 1/s, else +-sqrt(s/values), s = sqrt(d) (Li, Hastie and Church 2006, equation 7).
P is a function of its seed, which is all that is stored of it: 8 bytes.

Decoding is the linear minimum-mean-square estimate (Kay 1993, "Estimation Theory", equation 12.6)

    x' = m + D (y - P m),   D = C P' (P C P')^-1,   C = covariance of the training images

Its matrix D (in half precision) and the mean m are the state, and side information.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from fewbytes.codecs import Signal, Transform, argument, option
from fewbytes.codecs.linear import inverse_covariance, product, products
from fewbytes.types import Shape, State

KINDS = ("gaussian", "sparse")


@dataclass(frozen=True)
class Projection(Transform):
    """Keeps `values` random projections: (...) -> (values,)."""

    name = "projection"
    learned = True
    linear = True
    seeded = True

    values: int = argument("projections kept")
    matrix: str = option("gaussian", "how entries are drawn", choices=KINDS)

    def __post_init__(self) -> None:
        self.require(self.values >= 1, f"values must be at least 1, not {self.values}")
        self.require(self.matrix in KINDS, f"matrix is gaussian or sparse, not {self.matrix!r}")

    def output_shape(self, shape: Shape) -> Shape:
        size = Signal(shape).size
        self.require(self.values <= size, f"{self.values} of only {size} values are asked")
        return (self.values,)

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        matrix = self._matrix(int(state["seed"]), signal, x.device)
        return product(x.flatten(1).float(), matrix)

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        flat = x.flatten(1).float()
        y = flat @ self._matrix(seed, signal, x.device)
        return {
            "count": torch.tensor(float(len(x)), dtype=torch.float64),
            "sum": flat.sum(0, dtype=torch.float64),
            "xy": products(flat, y),
            "yy": products(y, y),
        }

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        count, mean = total["count"], total["sum"] / total["count"]
        mean_y = mean @ self._matrix(seed, signal, mean.device).double()
        cross = total["xy"] / count - torch.outer(mean, mean_y)
        inner = total["yy"] / count - torch.outer(mean_y, mean_y)
        decoder = cross @ inverse_covariance(inner)
        return {"seed": torch.tensor(seed), "mean": mean.float(), "decoder": decoder.half()}

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        mean = state["mean"]
        around = y - mean @ self._matrix(int(state["seed"]), signal, y.device)
        return (mean + product(around, state["decoder"].float().T)).view(-1, *signal.shape)

    def _matrix(self, seed: int, signal: Signal, device: torch.device) -> torch.Tensor:
        return directions(signal.size, self.values, self.matrix, seed).to(device)


@lru_cache(maxsize=8)
def directions(size: int, values: int, kind: str, seed: int) -> torch.Tensor:
    """P' of the given seed: (size, values) float32, the same on every machine and for ever.

    The bits come from the counter-based generator Philox (Salmon et al. 2011), whose raw output
    is fixed, and are made normal by Box and Muller's method here, since NumPy may change its own.
    """
    raw = np.random.Philox(key=seed).random_raw(2 * size * values)
    u, v = ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(2, size, values)
    if kind == "gaussian":
        unit = np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
    else:
        sparsity = np.sqrt(size)
        unit = np.where(u < 1 / sparsity, np.where(v < 0.5, -1, 1) * np.sqrt(sparsity), 0)
    return torch.from_numpy((unit / np.sqrt(values)).astype(np.float32))
