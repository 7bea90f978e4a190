"""The header of a Parquet page, read strictly.

Parquet writes it in Thrift's compact protocol. Whoever copies what follows a header without the
Parquet reader must be as sure as that reader is where the header ends, and of what it says:
anything that Parquet's own writers do not put there is not understood.
"""

from __future__ import annotations

from dataclasses import dataclass

Fields = dict[int, "int | Fields"]
"""A Thrift struct: what its fields hold, by their ids. Binary fields are passed over."""

TRUE, FALSE, I32, I64, BINARY, STRUCT = 1, 2, 5, 6, 8, 12
"""The protocol's types, of which a page's header is made."""

DEEPEST = 3
"""A page's header holds that of a data page, and this its statistics."""

DATA_PAGE, PLAIN = 0, 0
"""PageType and Encoding (parquet.thrift) of values that lie there as they are."""


def is_plain_page(header: bytes, values: int, size: int) -> bool:
    """Whether these bytes are the header of one data page, and no more, that holds so many required
    values, as they are, in `size` bytes.
    """
    try:
        found = _Reader(header).header()
    except (_StrangeError, IndexError):
        return False
    page = found.get(5)
    return (
        (found.get(1), found.get(2), found.get(3)) == (DATA_PAGE, size, size)
        and isinstance(page, dict)
        and (page.get(1), page.get(2)) == (values, PLAIN)
    )


class _StrangeError(Exception):
    """Not as a page's header is written."""


@dataclass
class _Reader:
    content: bytes
    place: int = 0

    def header(self) -> Fields:
        found = self._struct(DEEPEST)
        if self.place != len(self.content):
            raise _StrangeError
        return found

    def _struct(self, deeper: int) -> Fields:
        """Field headers, `delta << 4 | type`, each with its value, up to a zero byte."""
        if not deeper:
            raise _StrangeError
        found: Fields = {}
        number = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            if not delta:  # ids that do not ascend
                raise _StrangeError
            number += delta
            if kind in (I32, I64):
                value = self._varint()
                found[number] = value >> 1 ^ -(value & 1)
            elif kind == BINARY:
                self._pass_over(self._varint())
            elif kind == STRUCT:
                found[number] = self._struct(deeper - 1)
            elif kind not in (TRUE, FALSE):
                raise _StrangeError
        return found

    def _byte(self) -> int:
        self.place += 1
        return self.content[self.place - 1]

    def _varint(self) -> int:
        """Seven bits a byte, lowest first; at most 64 bits."""
        value = 0
        for shift in range(0, 64, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise _StrangeError

    def _pass_over(self, length: int) -> None:
        self.place += length
        if self.place > len(self.content):
            raise _StrangeError
