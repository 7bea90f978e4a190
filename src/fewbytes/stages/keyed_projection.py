"""keyed_projection: random directions, drawn from a secret key.

    y = P x,   P (values, d),   entries N(0, 1/values)

P is a function of the key and its own shape, and nothing of it is stored: its bits are a keyed
stream (`fewbytes.keys.stream`), made normal by Box and Muller's method. All sets coded with one key
to as many values share one P.

What is stored are statistics of the training set, as public as the axes of `pca`: the mean m, and
of the covariance C its leading directions F (d, values), in half precision, and the variances r of
what they leave of each value,

    C ~ F F' + diag(r).

With the key, decoding is the linear minimum-mean-square estimate (Kay 1993, "Estimation Theory",
equation 12.6)

    x' = m + C P' (P C P')^-1 (y - P m)

Without it, codes still keep distances and angles of images, and pairs of images and codes tell P:
it is no encryption. A quantizer that follows stores the range of each value, one figure of each row
of P.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from fewbytes import keys
from fewbytes.codecs import Signal, Transform, argument, option
from fewbytes.codecs.keyed import CHECK, checked_key, new_check
from fewbytes.codecs.linear import inverse_covariance, product
from fewbytes.codecs.moments import LARGEST, moments, principal_axes
from fewbytes.types import Shape, State

PURPOSE = "fewbytes keyed_projection matrix"


@dataclass(frozen=True)
class KeyedProjection(Transform):
    """Keeps `values` random projections that only a secret key tells: (...) -> (values,)."""

    name = "keyed_projection"
    learned = True
    linear = True
    keyed = True

    values: int = argument("projections kept")
    key: str = option(keys.DEFAULT, "name of the secret key")

    def __post_init__(self) -> None:
        self.require(self.values >= 1, f"values must be at least 1, not {self.values}")
        self.require(keys.is_name(self.key), "key is a name: 1 to 32 letters, digits, _ and -")

    def output_shape(self, shape: Shape) -> Shape:
        size = Signal(shape).size
        self.require(self.values <= size, f"{self.values} of only {size} values are asked")
        self.require(size <= LARGEST, f"{size} values an image are too many; downsample first")
        return (self.values,)

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        matrix = self._matrix(signal, state)
        return product(x.flatten(1).float(), matrix.to(x.device))

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        keys.find(self.key)  # raises before a pass over all images, not after it
        return moments(x)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        axes = principal_axes(total, self.values)
        factor = (axes.vectors * axes.variances.sqrt()).half()
        rest = axes.covariance.diagonal() - factor.double().square().sum(1)
        return {
            "mean": axes.mean.float(),
            "factor": factor,
            "rest": rest.clamp(min=0).float(),
            CHECK: new_check(self.key, self.name, total),
        }

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        matrix, mean = self._matrix(signal, state), state["mean"]
        decoder = _decoder(_Problem.of(matrix, state["factor"].cpu(), state["rest"].cpu()))
        around = y - mean @ matrix.to(y.device)
        return (mean + product(around, decoder.T.to(y.device))).view(-1, *signal.shape)

    def _matrix(self, signal: Signal, state: State) -> torch.Tensor:
        key = checked_key(self.key, self.name, state)
        return secret_directions(keys.derived(key, PURPOSE), signal.size, self.values)


@lru_cache(maxsize=8)
def secret_directions(key: bytes, size: int, values: int) -> torch.Tensor:
    """P' of a derived key: (size, values) float32, the same on every machine and for ever."""
    drawn = keys.stream(key, PURPOSE, (size, values), 16 * size * values)
    raw = np.frombuffer(drawn, "<u8").reshape(2, size, values)
    u, v = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
    unit = np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
    return torch.from_numpy((unit / np.sqrt(values)).astype(np.float32))


@dataclass(frozen=True)
class _Problem:
    """What a decoder is computed of: P' (d, values), F (d, values), r (d,). Equal where the digest
    of them is.
    """

    digest: bytes
    matrix: torch.Tensor = field(compare=False, repr=False)
    factor: torch.Tensor = field(compare=False, repr=False)
    rest: torch.Tensor = field(compare=False, repr=False)

    @classmethod
    def of(cls, *parts: torch.Tensor) -> _Problem:
        about = hashlib.sha256(str([part.shape for part in parts]).encode())
        for part in parts:
            about.update(part.contiguous().numpy().data)
        return cls(about.digest(), *parts)


@lru_cache(maxsize=4)
def _decoder(problem: _Problem) -> torch.Tensor:
    """C P' (P C P')^-1: (d, values) float32."""
    matrix, factor = problem.matrix.double(), problem.factor.double()
    cross = factor @ (factor.T @ matrix) + problem.rest.double()[:, None] * matrix
    return (cross @ inverse_covariance(matrix.T @ cross)).float()
