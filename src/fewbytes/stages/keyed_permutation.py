"""keyed_permutation: the same values in another order, drawn from a secret key.

    y[i] = x[order[i]]

The order depends on the key and the number of values alone: it sorts 64-bit numbers of a keyed
stream (`fewbytes.keys.stream`). Nothing of it is stored.

Each value is still there, and each position keeps its own distribution: who has similar images
tells positions apart by their statistics, and finds most of the order without the key and without
any pair (`fewbytes.audits.keys.permutation_alone`); who knows pairs of images and codes finds it,
too. It hides nothing from anybody who cares to look, and is no encryption.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from fewbytes import keys
from fewbytes.codecs import Signal, Transform, option
from fewbytes.codecs.keyed import CHECK, checked_key, new_check
from fewbytes.types import Shape, State

PURPOSE = "fewbytes keyed_permutation order"


@dataclass(frozen=True)
class KeyedPermutation(Transform):
    """Puts values in an order that only a secret key tells: (...) -> (...)."""

    name = "keyed_permutation"
    lossy = False
    learned = True
    linear = True
    keyed = True
    produces = None

    key: str = option(keys.DEFAULT, "name of the secret key")

    def __post_init__(self) -> None:
        self.require(keys.is_name(self.key), "key is a name: 1 to 32 letters, digits, _ and -")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return x.flatten(1)[:, self._order(signal, state, x.device)].view(x.shape)

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        back = self._order(signal, state, y.device).argsort()
        return y.flatten(1)[:, back].view(y.shape)

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        keys.find(self.key)  # raises before a pass over all images, not after it
        return {
            "count": torch.tensor(float(len(x)), dtype=torch.float64),
            "sum": x.flatten(1).sum(0, dtype=torch.float64),
        }

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        return {CHECK: new_check(self.key, self.name, total)}

    def _order(self, signal: Signal, state: State, device: torch.device) -> torch.Tensor:
        key = keys.derived(checked_key(self.key, self.name, state), PURPOSE)
        return permutation(key, signal.size).to(device)


@lru_cache(maxsize=8)
def permutation(key: bytes, size: int) -> torch.Tensor:
    """The order (size,) int64 of a derived key, the same on every machine and for ever."""
    drawn = keys.stream(key, PURPOSE, (size,), 8 * size)
    return torch.from_numpy(np.argsort(np.frombuffer(drawn, "<u8"), kind="stable"))
