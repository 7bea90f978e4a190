"""Zstandard, from the standard library or from `backports.zstd`, which is the same module for
Python before 3.14; reading never makes more bytes than are expected.
"""

from __future__ import annotations

import sys

from fewbytes.errors import CorruptError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def compress(plain: bytes, level: int) -> bytes:
    """One frame. `level` is the effort, 1 to 22."""
    packed: bytes = zstd.compress(plain, level)
    return packed


def decompress(packed: bytes, expected: int) -> bytes:
    """The inverse of `compress`, cut off one byte beyond what is expected: that is enough to see
    that there is too much. Raises CorruptError where the bytes are no such frame.
    """
    try:
        plain: bytes = zstd.ZstdDecompressor().decompress(packed, expected + 1)
    except (zstd.ZstdError, EOFError, TypeError) as error:
        raise CorruptError(f"zstd: {error}") from error
    return plain
