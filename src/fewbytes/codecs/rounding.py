"""Rounding to symbols, shared by the quantizers."""

from __future__ import annotations

import torch

_SHIFT = float(1 << 23)
"""From here on float32 has steps of one, so adding it rounds, and leaves the number in the lowest
bits of the pattern. This is several times as fast as rounding and converting."""

_PATTERN = 0x4B000000
"""The bits of 2^23 as float32."""


def nearest_symbol(x: torch.Tensor, alphabet: int) -> torch.Tensor:
    """The whole number from 0 to alphabet - 1 nearest to each value, halves to the even one.

    Float32 of any shape in; uint8 out for up to 256 symbols, int32 for up to 65,536.
    """
    pattern = x.clamp(0, alphabet - 1).add_(_SHIFT).view(torch.int32)
    return pattern.to(torch.uint8) if alphabet <= 256 else pattern - _PATTERN
