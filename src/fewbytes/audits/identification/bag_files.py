"""Codes without a header, in a file that nobody vouches for: .npy, .npz, or bytes alone.

Nothing is unpickled, and nothing is allocated before its size is seen to be in the file. An array
says what shape its records have; headerless bytes are cut into records by whoever knows how long
one is.
"""

from __future__ import annotations

import os
import stat
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError, SourceError, first_line

LARGEST_MEMBER = 1 << 28
"""Bytes that an array in an .npz file may unfold to. Others are read record by record."""

LONGEST_HEADER = 10_000
"""Bytes of the header of an .npy file."""

_OTHERS = {
    b"PAR1": "a Parquet file, perhaps of a store: give the store's folder",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it first",
    b"\xfd7zXZ\x00": "compressed with xz: unpack it first",
    b"\x1f\x8b\x08": "compressed with gzip: unpack it first",
    b"PK\x03\x04": "a zip archive; only .npz archives are read",
}
"""How files begin that are no bag of codes."""

_UNREADABLE = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError,
    OSError, RecursionError, RuntimeError, SyntaxError, TypeError, ValueError,
    tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile raise of files that were made to be unreadable."""


@dataclass(frozen=True)
class ArrayBag:
    """Records of an array (n, ...): whole numbers are symbols, others coefficients."""

    where: str
    records: NDArray[Any]

    def __len__(self) -> int:
        return len(self.records)


@dataclass(frozen=True)
class BytesBag:
    """A file of `size` bytes without a header."""

    where: str
    path: Path
    size: int

    def read(self, numbers: NDArray[np.int64], record_bytes: int) -> NDArray[np.uint8]:
        """The records of that many bytes with these numbers: (n, record_bytes)."""
        found = np.empty((len(numbers), record_bytes), np.uint8)
        with _reading(self.path, self.where) as file:
            for row, number in zip(found, numbers.tolist(), strict=True):
                file.seek(number * record_bytes)
                if file.readinto(row.data) != record_bytes:  # type: ignore[attr-defined]
                    raise SourceError(f"{self.where}: it became shorter while it was read")
        return found


Bag = ArrayBag | BytesBag


def open_bag(path: Path) -> Bag:
    """The codes in a file.

    Raises:
        SourceError: no file is there, it cannot be read, or it is damaged.
        InputError: it holds no codes.
    """
    where = printable(path)
    with _reading(path, where) as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise InputError(f"{where}: the file is empty")
        start = file.read(8)
        file.seek(0)
        if path.suffix.lower() == ".npz":
            return as_bag(_from_archive(file, where), where)
        if path.suffix.lower() == ".npy" or start.startswith(b"\x93NUMPY"):
            return as_bag(_mapped(file, path, size, where), where)
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise InputError(f"{where}: {what}")
    return BytesBag(where, path, size)


def as_bag(array: NDArray[Any], where: str) -> ArrayBag:
    """An array of codes (n, ...). Raises InputError where it is none."""
    if array.dtype.kind not in "biuf":
        raise InputError(f"{where}: codes are numbers, not {array.dtype}")
    if array.ndim < 1 or not array.size:
        raise InputError(f"{where}: an array {array.shape} holds no records")
    return ArrayBag(where, array)


def printable(path: Path) -> str:
    """A path in one line of plain text, whatever bytes its name holds."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


@contextmanager
def _reading(path: Path, where: str) -> Iterator[IO[bytes]]:
    """The file, opened so that a pipe without a writer is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        said = getattr(error, "strerror", None) or error
        raise SourceError(f"{where[:200]}: cannot be read: {said}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(f"{where}: no file of codes")
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        try:
            yield raw
        except OSError as error:
            raise SourceError(f"{where}: cannot be read: {error.strerror or error}") from error


def _header(file: IO[bytes], length: int, where: str) -> tuple[tuple[int, ...], np.dtype[Any], str]:
    """Shape, type and order of an .npy file of `length` bytes, at whose start `file` stands, and
    behind whose header it stands then.
    """
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version[0]}.{version[1]} of the format")
        read = np.lib.format.read_array_header_1_0
        if version == (2, 0):
            read = np.lib.format.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that Python 2 wrote
            shape, fortran, dtype = read(_Short(file), max_header_size=LONGEST_HEADER)
    except _UNREADABLE as error:
        raise SourceError(f"{where}: no array in it: {first_line(error)[:200]}") from error
    if dtype.hasobject:
        raise InputError(f"{where}: pickled objects are not read")
    if any(side < 0 for side in shape):
        raise SourceError(f"{where}: an array of shape {shape}")
    wanted, there = prod(shape) * dtype.itemsize, length - file.tell()
    if wanted != there:
        raise SourceError(
            f"{where}: its header declares {dtype} {shape}, {wanted:,} bytes, but {there:,} follow"
        )
    return shape, dtype, "F" if fortran else "C"


class _Short:
    """A file of which no read is longer than a header may be."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= LONGEST_HEADER:
            raise ValueError(f"a header of {size:,} bytes")
        return self._file.read(size)


def _mapped(file: IO[bytes], path: Path, size: int, where: str) -> NDArray[Any]:
    """The array of an .npy file, of which only what is asked for is read."""
    shape, dtype, order = _header(file, size, where)
    if not prod(shape) or not dtype.itemsize:
        return np.empty(0, np.uint8)
    return np.memmap(path, dtype, "r", file.tell(), shape, order)  # type: ignore[call-overload, no-any-return]


def _from_archive(file: IO[bytes], where: str) -> NDArray[Any]:
    """The one array of an .npz file."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.endswith(".npy"):
                raise InputError(f"{where}: {len(members)} arrays; one is wanted, the codes")
            if members[0].file_size > LARGEST_MEMBER:
                raise InputError(
                    f"{where}: it unfolds to {members[0].file_size:,} bytes; at most "
                    f"{LARGEST_MEMBER:,} are read of an archive: save the codes as .npy"
                )
            with archive.open(members[0]) as member:
                shape, dtype, order = _header(member, members[0].file_size, where)
                content = member.read(prod(shape) * dtype.itemsize)
        return np.frombuffer(content, dtype).reshape(shape, order=order)  # type: ignore[call-overload, no-any-return]
    except _UNREADABLE as error:
        raise SourceError(
            f"{where}: not a readable .npz file: {first_line(error)[:200]}"
        ) from error
