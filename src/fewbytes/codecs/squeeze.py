"""Tables of a state as bytes that were compressed with zstd: side information counts, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.codecs.zstandard import compress, decompress
from fewbytes.errors import CorruptError
from fewbytes.types import Shape

_LEVEL = 19


def squeeze(table: NDArray[Any]) -> torch.Tensor:
    """A table as compressed bytes, uint8 (bytes,)."""
    plain = np.ascontiguousarray(table).astype(table.dtype.newbyteorder("<"), copy=False)
    return torch.frombuffer(bytearray(compress(plain.tobytes(), _LEVEL)), dtype=torch.uint8)


def unsqueeze(squeezed: torch.Tensor, shape: Shape, kind: str) -> NDArray[Any]:
    """The inverse of `squeeze`, for a table of a known shape and little-endian type.

    Raises:
        CorruptError: the bytes hold no such table.
    """
    dtype = np.dtype(kind).newbyteorder("<")
    expected = int(np.prod(shape)) * dtype.itemsize
    try:
        plain = decompress(squeezed.numpy().tobytes(), expected)
    except CorruptError as error:
        raise CorruptError(f"a table of the state does not unpack: {error}") from error
    if len(plain) != expected:
        raise CorruptError(f"a table of the state should take {expected} bytes, not {len(plain)}")
    return np.frombuffer(plain, dtype).reshape(shape)
