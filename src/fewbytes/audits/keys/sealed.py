"""A codec whose key the attacker does not have: the form of its codes is all that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import torch

from fewbytes.codecs import Codec, FittedCodec, Signal, Transform, argument, option
from fewbytes.errors import CodecError
from fewbytes.stages.float32 import Float32
from fewbytes.stages.raw import Raw
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class Sealed(Transform):
    """An image to `values` numbers, in a way that only the holder of the key can go."""

    name = "sealed"
    keyed = True

    values: int = argument("numbers a code")
    key: str = option("sealed", "name of the secret key, which nobody here has")

    def output_shape(self, shape: Shape) -> Shape:
        return (self.values,)

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        self._refuse()

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise CodecError(f"{self.name}: only the holder of the key can encode or decode")


def sealed(image_shape: Shape, values: int) -> FittedCodec:
    """Images of a shape to so many real numbers, of which only the key's holder knows how."""
    return Codec([Sealed(values), Float32(), Raw()]).bind(image_shape)
