"""Rounding to symbols, shared by the quantizers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from fewbytes.errors import CorruptError
from fewbytes.types import Shape, State

_SHIFT = float(1 << 23)
"""From here on float32 has steps of one, so adding it rounds, and leaves the number in the lowest
bits of the pattern. This is several times as fast as rounding and converting."""

_PATTERN = 0x4B000000
"""The bits of 2^23 as float32."""

_MARGIN = 1e-3
"""How far bounded values stay from the outer ends of the outer levels, as a share of the range."""

_HARM = 0.01
"""The share by which shorter numbers in a table may raise the squared error."""

NARROW = (torch.uint8, torch.float16, torch.float32)
"""The types that `narrowest` chooses from."""

_finite = WeakTensorKeyDictionary()
"""Tables that were seen to be finite: each is looked through once, not with every batch."""


def nearest_symbol(x: torch.Tensor, alphabet: int) -> torch.Tensor:
    """The whole number from 0 to alphabet - 1 nearest to each value, halves to the even one.

    Float32 of any shape in; uint8 out for up to 256 symbols, int32 for up to 65,536.
    """
    pattern = x.clamp(0, alphabet - 1).add_(_SHIFT).view(torch.int32)
    return as_symbols(pattern if alphabet <= 256 else pattern - _PATTERN, alphabet)


def as_symbols(indices: torch.Tensor, alphabet: int) -> torch.Tensor:
    """Whole numbers of any shape as symbols: their lowest byte up to 256 symbols, else int32."""
    return indices.to(torch.uint8 if alphabet <= 256 else torch.int32)


def bounded(x: torch.Tensor, levels: int) -> torch.Tensor:
    """Any value squeezed into what rounds to one of `levels` whole numbers, -(levels // 2) and up.

    Shape unchanged. Mentzer et al. 2023, "Finite Scalar Quantization: VQ-VAE Made Simple",
    appendix A.1, `bound`: h tanh(x + tan(o / h)) - o, where h is half the range of the levels, less
    a margin, and o is 0 for odd and 1/2 for even `levels`, whose middle lies between two of them.
    """
    half = (levels - 1) * (1 - _MARGIN) / 2
    offset = 0.0 if levels % 2 else 0.5
    return torch.tanh(x + math.tan(offset / half)) * half - offset


def narrowest(values: torch.Tensor, weights: torch.Tensor, error: float) -> torch.Tensor:
    """`values` in the shortest of uint8, float16 and float32 that does next to no harm: it adds
    less than a hundredth to the squared error.

    Args:
        values: what a table holds, of any shape.
        weights: how many records each value stands for; broadcasts to `values`.
        error: the sum of the squared errors of all records as long as the values are exact.
    """
    exact = values.double()
    for kind, low, high in ((torch.uint8, 0.0, 255.0), (torch.float16, -65504.0, 65504.0)):
        short = (exact.round() if kind is torch.uint8 else exact).clamp(low, high).to(kind)
        harm = (weights * (short.double() - exact).square()).sum()
        if float(harm) <= _HARM * error:
            return short
    return values.float()


def table_of(
    state: State, key: str, shape: Shape, who: str, kinds: Sequence[torch.dtype] = NARROW
) -> torch.Tensor:
    """The table `key` of what the stage `who` learned, once it is seen to be one.

    Raises:
        CorruptError: it is missing, of another shape or type, or holds NaN or infinite values.
    """
    if key not in state:
        raise CorruptError(f"{who}: the table {key!r} is missing")
    table = state[key]
    if table.shape != shape:
        raise CorruptError(f"{who}: the table {key!r} is {tuple(table.shape)}, not {shape}")
    if table.dtype not in kinds:
        raise CorruptError(f"{who}: the table {key!r} is of {table.dtype}")
    if table.dtype.is_floating_point and table not in _finite:
        if not torch.isfinite(table).all():
            raise CorruptError(f"{who}: the table {key!r} holds NaN or infinite values")
        _finite[table] = True
    return table
