"""The layers of the autoencoder, and how encoder and decoder run through them.

Pictures are cut into patches of `patch` x `patch` pixels, and everything happens on the grid of the
patches, so that a weight is used as often as the code has places: that is what makes training take
minutes. Convolutions are products with each place's 3x3 neighbourhood, channels last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, pad

from fewbytes.codecs.linear import product
from fewbytes.types import Shape

SLOPE = 0.1
"""Of a unit below 0."""

Layer = tuple[Tensor, Tensor]
"""Matrix (inputs, outputs), where a neighbourhood's inputs are 9 times the channels, and bias."""


@dataclass(frozen=True)
class Plan:
    """Sizes of everything: pictures of `shape` (h, w, c) become codes of `code_shape`."""

    shape: Shape
    patch: int
    channels: int
    width: int

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches; the last ones may hang over the edge."""
        height, width = self.shape[:2]
        return -(-height // self.patch), -(-width // self.patch)

    @property
    def code_shape(self) -> Shape:
        return (*self.grid, self.channels)

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of each layer, three of the encoder and three of the decoder."""
        values, width = self.patch**2 * self.shape[2], self.width
        encoder = (9 * values, width), (9 * width, width), (width, self.channels)
        return (*encoder, (9 * self.channels, width), (9 * width, width), (9 * width, values))

    @property
    def weights(self) -> int:
        return sum(inputs * outputs for inputs, outputs in self.layers)

    @property
    def units(self) -> int:
        """Outputs of all layers."""
        return sum(outputs for _, outputs in self.layers)


def encode(x: Tensor, layers: list[Layer], plan: Plan) -> Tensor:
    """Pictures (n, h, w, c) float32 -> coefficients (n, *code_shape), not bounded."""
    y = _unit(neighbourhoods(patches(x, plan)), layers[0])
    y = y + _unit(neighbourhoods(y), layers[1])
    return _affine(y, layers[2])


def decode(y: Tensor, layers: list[Layer], plan: Plan) -> Tensor:
    """Values from -1 to 1 (n, *code_shape) -> pictures (n, h, w, c)."""
    x = _unit(neighbourhoods(y), layers[3])
    x = x + _unit(neighbourhoods(x), layers[4])
    return joined(_affine(neighbourhoods(x), layers[5]), plan)


def patches(x: Tensor, plan: Plan) -> Tensor:
    """(n, h, w, c) -> (n, rows, columns, patch patch c), the edge repeated where it must be."""
    n, height, width, c = x.shape
    (rows, columns), p = plan.grid, plan.patch
    down = torch.arange(rows * p, device=x.device).clamp_(max=height - 1)
    right = torch.arange(columns * p, device=x.device).clamp_(max=width - 1)
    if (rows * p, columns * p) != (height, width):
        x = x[:, down][:, :, right]
    return x.reshape(n, rows, p, columns, p, c).transpose(2, 3).reshape(n, rows, columns, -1)


def joined(x: Tensor, plan: Plan) -> Tensor:
    """The inverse of `patches`; what hangs over the edge is cut off."""
    (rows, columns), p, (height, width, c) = plan.grid, plan.patch, plan.shape
    x = x.reshape(len(x), rows, columns, p, p, c).transpose(2, 3)
    return x.reshape(len(x), rows * p, columns * p, c)[:, :height, :width]


class _Neighbourhoods(torch.autograd.Function):
    """Nine shifted copies beside each other. Autograd's own way back is several times slower."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        _, rows, columns, _ = x.shape
        wide = pad(x, (0, 0, 1, 1, 1, 1))
        return torch.cat(
            [wide[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)], -1
        )

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        n, rows, columns, many = gradient.shape
        wide = gradient.new_zeros(n, rows + 2, columns + 2, many // 9)
        for place, part in enumerate(gradient.chunk(9, -1)):
            i, j = divmod(place, 3)
            wide[:, i : i + rows, j : j + columns] += part
        return wide[:, 1:-1, 1:-1]


def neighbourhoods(x: Tensor) -> Tensor:
    """(n, rows, columns, c) -> (n, rows, columns, 9 c): each place with its 8 neighbours, zeros
    outside.
    """
    found: Tensor = _Neighbourhoods.apply(x)  # type: ignore[no-untyped-call]
    return found


def _affine(x: Tensor, layer: Layer) -> Tensor:
    return product(x, layer[0]) + layer[1]


def _unit(x: Tensor, layer: Layer) -> Tensor:
    return leaky_relu(_affine(x, layer), SLOPE)
