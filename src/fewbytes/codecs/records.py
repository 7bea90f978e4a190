"""Coders that give every record the same number of bytes, so that any record can be reached."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import bits
from fewbytes.codecs.stage import Coder, Symbols


class RecordCoder(Coder):
    """A coder of fixed-size records. Where it compresses them as well, it does so in a general
    way that containers have too, so that a container may do it in its place.
    """

    compression: ClassVar[str | None] = None
    """The general compression over the records, by the name that containers know it by."""

    @property
    def compression_level(self) -> int | None:
        """Effort of that compression; None where there is none."""
        return None

    @abstractmethod
    def tight(self, symbols: Symbols) -> bool:
        """Whether symbols stand side by side bit by bit, rather than in whole bytes."""

    def record_bytes(self, symbols: Symbols) -> int:
        """Bytes of one record before any compression."""
        return record_bytes(symbols, self.tight(symbols))

    def to_records(self, codes: NDArray[Any], symbols: Symbols) -> NDArray[np.uint8]:
        """Codes (n, *shape) to (n, record_bytes)."""
        return to_records(codes, symbols, self.tight(symbols))

    def from_records(self, records: NDArray[np.uint8], symbols: Symbols) -> NDArray[Any]:
        """The inverse of `to_records`. What fills whole bytes is not copied."""
        return from_records(records, symbols, self.tight(symbols))


def fills_bytes(symbols: Symbols) -> bool:
    """Whether a whole number of symbols fills a byte, with less than a byte each. Side by side they
    are then smaller, and what compresses bytes still finds a pattern where there was one.
    """
    return symbols.bits in (1, 2, 4)


def record_bytes(symbols: Symbols, tight: bool) -> int:
    """Bytes of a record of `symbols`, packed tightly or in whole bytes."""
    return bits.packed_bytes(symbols) if tight else symbols.size * symbols.dtype.itemsize


def to_records(codes: NDArray[Any], symbols: Symbols, tight: bool) -> NDArray[np.uint8]:
    """Codes (n, *shape) to (n, record_bytes)."""
    if tight:
        return bits.pack(codes, symbols)
    flat = np.ascontiguousarray(codes.reshape(len(codes), symbols.size), symbols.dtype)
    return flat.view(np.uint8)


def from_records(records: NDArray[np.uint8], symbols: Symbols, tight: bool) -> NDArray[Any]:
    """The inverse of `to_records`."""
    if tight:
        return bits.unpack(records, symbols)
    return np.ascontiguousarray(records).view(symbols.dtype).reshape(-1, *symbols.shape)
