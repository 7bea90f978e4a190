"""Tables of a state as bytes that were compressed with zstd: side information counts, too."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.errors import CorruptError
from fewbytes.types import Shape

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 19


def squeeze(table: NDArray[Any]) -> torch.Tensor:
    """A table as compressed bytes, uint8 (bytes,)."""
    plain = np.ascontiguousarray(table).astype(table.dtype.newbyteorder("<"), copy=False)
    return torch.frombuffer(bytearray(zstd.compress(plain.tobytes(), _LEVEL)), dtype=torch.uint8)


def unsqueeze(squeezed: torch.Tensor, shape: Shape, kind: str) -> NDArray[Any]:
    """The inverse of `squeeze`, for a table of a known shape and little-endian type.

    Raises:
        CorruptError: the bytes hold no such table.
    """
    dtype = np.dtype(kind).newbyteorder("<")
    expected = int(np.prod(shape)) * dtype.itemsize
    try:
        # one byte beyond what is expected is enough to see that there is too much
        plain = zstd.ZstdDecompressor().decompress(squeezed.numpy().tobytes(), expected + 1)
    except (zstd.ZstdError, EOFError, TypeError) as error:
        raise CorruptError(f"a table of the state does not unpack: {error}") from error
    if len(plain) != expected:
        raise CorruptError(f"a table of the state should take {expected} bytes, not {len(plain)}")
    return np.frombuffer(plain, dtype).reshape(shape)
