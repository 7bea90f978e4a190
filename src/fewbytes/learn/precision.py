"""Mixed precision, where the processor multiplies bfloat16 itself."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import torch


@cache
def has_bfloat16(device_type: str) -> bool:
    """Whether bfloat16 products run on the device's own instructions. Emulated ones are slower
    than float32, so they do not count.
    """
    if device_type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device_type == "cpu":
        capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
        return any(capabilities.get(flag) for flag in ("avx512_bf16", "amx_bf16"))
    return False


def mixed_precision(device: torch.device) -> AbstractContextManager[Any]:
    """A context in which matrix products and convolutions take bfloat16 where that is faster."""
    if has_bfloat16(device.type):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
