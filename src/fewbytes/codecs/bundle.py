"""Files of one block as one string of bytes, what they have in common stored once.

Files of one format and size repeat most of their first and last bytes: signatures, tables, boxes.
Of the first HEAD and the last TAIL bytes, those places that hold the same byte in every file are
stored once. A length in the midst of a header, which differs from file to file, costs its own
bytes alone; a common prefix and suffix would end there.

    count u32 | head u16 | tail u16 | shortest u32 | width u8
    a bit for each of the head + tail places, 1 where it is shared; the shared bytes
    by how much each file is longer than the shortest, `width` bits each
    of each file in order: the bytes that are left
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import CorruptError

HEAD = 1024
TAIL = 64

_HEADER = struct.Struct("<IHHIB")


def join(files: Sequence[bytes]) -> bytes:
    """The files as one string of bytes."""
    shortest = min(map(len, files), default=0)
    head, tail, shared = _in_common(files, shortest)
    ends = _ends(files, head, tail)
    longer = np.array([len(file) - shortest for file in files], ">u4")
    width = int(longer.max(initial=0)).bit_length()
    lengths = np.unpackbits(longer.view(np.uint8).reshape(-1, 4), axis=1)[:, 32 - width :]
    parts = [
        _HEADER.pack(len(files), head, tail, shortest, width),
        np.packbits(shared).tobytes(),
        ends[:1, shared].tobytes(),
        np.packbits(lengths).tobytes(),
    ]
    own = ends[:, ~shared]
    for row, file in zip(own, files, strict=True):
        parts += [row.tobytes(), file[head : len(file) - tail]]
    return b"".join(parts)


def split(blob: bytes, count: int) -> list[bytes]:
    """The inverse of `join`.

    Raises:
        CorruptError: the bytes are not so many files.
    """
    if len(blob) < _HEADER.size:
        raise CorruptError(f"{len(blob)} bytes are too few for a bundle of files")
    found, head, tail, shortest, width = _HEADER.unpack_from(blob)
    if found != count:
        raise CorruptError(f"{found} files where {count} are expected")
    if head > HEAD or tail > TAIL or shortest < head + tail or width > 32:
        raise CorruptError("the header of a bundle of files holds impossible numbers")
    reader = _Reader(blob, _HEADER.size)
    shared = np.unpackbits(reader.array((head + tail + 7) // 8), count=head + tail).astype(bool)
    common = reader.array(int(shared.sum()))
    lengths = shortest + _read_lengths(reader, count, width)
    if reader.left != int(lengths.sum()) - count * len(common):
        raise CorruptError(f"{reader.left} bytes are left for {count} files that take others")
    ends = np.empty(head + tail, np.uint8)
    ends[shared] = common
    files = []
    for length in lengths.tolist():
        ends[~shared] = reader.array(head + tail - len(common))
        whole = ends.tobytes()
        files.append(whole[:head] + reader.take(length - head - tail) + whole[head:])
    return files


def _in_common(files: Sequence[bytes], shortest: int) -> tuple[int, int, NDArray[np.bool_]]:
    """How many first and last bytes are looked at, and which of them are the same in all files."""
    head = min(shortest, HEAD)
    tail = min(shortest - head, TAIL)
    ends = _ends(files, head, tail)
    shared: NDArray[np.bool_] = (ends == ends[:1]).all(0)
    if int(shared.sum()) * (len(files) - 1) <= len(shared) // 8:  # the bits would cost more
        return 0, 0, np.zeros(0, np.bool_)
    return head, tail, shared


def _ends(files: Sequence[bytes], head: int, tail: int) -> NDArray[np.uint8]:
    """The first `head` and last `tail` bytes of each file: (files, head + tail)."""
    joined = b"".join(file[:head] + file[len(file) - tail :] for file in files)
    return np.frombuffer(joined, np.uint8).reshape(len(files), head + tail)


def _read_lengths(reader: _Reader, count: int, width: int) -> NDArray[np.int64]:
    planes = np.unpackbits(reader.array((count * width + 7) // 8), count=count * width)
    filled = np.zeros((count, 32), np.uint8)
    filled[:, 32 - width :] = planes.reshape(count, width)
    return np.packbits(filled, axis=1).view(">u4")[:, 0].astype(np.int64)


class _Reader:
    """Takes bytes off the front, never more than there are."""

    def __init__(self, blob: bytes, start: int) -> None:
        self._blob, self._place = blob, start

    @property
    def left(self) -> int:
        return len(self._blob) - self._place

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise CorruptError(f"a bundle of files ends {count - self.left} bytes early")
        self._place += count
        return self._blob[self._place - count : self._place]

    def array(self, count: int) -> NDArray[np.uint8]:
        return np.frombuffer(self.take(count), np.uint8)
