"""Where the bytes of a store come from."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from fewbytes.errors import CorruptError, SourceError
from fewbytes.store.manifest import digest

PART_BYTES = 16 << 20
"""Of a file that is hashed as a whole."""


class Files(ABC):
    """The files of one store, by their names relative to it."""

    where: str
    """What the user called it: a path or a URL."""

    @abstractmethod
    def whole(self, name: str) -> bytes:
        """All of a file, unchecked. Raises SourceError where there is none."""

    @abstractmethod
    def size(self, name: str) -> int:
        """Bytes of a file. Raises CorruptError where there is none."""

    @abstractmethod
    def part(self, name: str, start: int, length: int) -> bytes:
        """`length` bytes of a file from `start` on, or fewer where it ends; unchecked.
        Raises CorruptError where there is no such file.
        """

    near: bool = False
    """Whether many small parts cost as little as a large one: a disk, not a network."""

    def fill(self, name: str, start: int, buffers: Sequence[memoryview]) -> int:
        """Read a part of a file into buffers, one after another; how many bytes it had, unchecked.
        Raises CorruptError where there is no such file.
        """
        content = self.part(name, start, sum(map(len, buffers)))
        place = 0
        for buffer in buffers:
            piece = content[place : place + len(buffer)]
            buffer[: len(piece)] = piece
            place += len(piece)
        return place

    def sha256(self, name: str, length: int) -> str:
        """The hash of the first `length` bytes of a file, read a few at a time. Raises
        CorruptError where it is shorter.
        """
        found = hashlib.sha256()
        for start in range(0, length, PART_BYTES):
            wanted = min(PART_BYTES, length - start)
            part = self.part(name, start, wanted)
            if len(part) != wanted:
                raise CorruptError(f"{self.where}: {name} ends after {start + len(part)} bytes")
            found.update(part)
        return found.hexdigest()

    def checked(self, name: str, start: int, length: int, expected: str) -> bytes:
        """`length` bytes of a file, whose SHA-256 begins with the hexadecimal digits `expected`.

        Raises:
            CorruptError: they are missing, or others.
        """
        content = self.part(name, start, length)
        check(content, length, expected, f"{self.where}: {name}", start)
        return content


class LocalFiles(Files):
    """A folder on this machine."""

    near = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.where = folder, str(folder)

    def whole(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise SourceError(
                f"{self.where}: no store here: {name}: {error.strerror}; "
                "`fewbytes compress` makes one"
            ) from error

    def size(self, name: str) -> int:
        try:
            return (self.folder / name).stat().st_size
        except OSError as error:
            raise CorruptError(f"{self.where}: {name}: {error.strerror}") from error

    def part(self, name: str, start: int, length: int) -> bytes:
        try:
            with (self.folder / name).open("rb", buffering=0) as file:
                return _read(file.fileno(), start, length)
        except OSError as error:
            raise CorruptError(f"{self.where}: {name}: {error.strerror}") from error

    def fill(self, name: str, start: int, buffers: Sequence[memoryview]) -> int:
        wanted = sum(map(len, buffers))
        try:
            with (self.folder / name).open("rb", buffering=0) as file:
                count = os.preadv(file.fileno(), buffers, start)
        except OSError as error:
            raise CorruptError(f"{self.where}: {name}: {error.strerror}") from error
        return count if count == wanted else super().fill(name, start, buffers)


def _read(descriptor: int, start: int, length: int) -> bytes:
    """One call does, but for parts larger than the system gives at once. No more is asked for
    than there is: a forged length takes no memory.
    """
    length = min(length, max(0, os.fstat(descriptor).st_size - start))
    if not length:
        return b""
    content = os.pread(descriptor, length, start)
    while len(content) < length:
        more = os.pread(descriptor, length - len(content), start + len(content))
        if not more:
            break
        content += more
    return content


def check(content: bytes | memoryview, length: int, expected: str, where: str, start: int) -> None:
    """Raise CorruptError unless the content has that length and digest."""
    if len(content) != length:
        raise CorruptError(f"{where}: {len(content)} bytes in place of {length} from {start} on")
    if digest(content, len(expected)) != expected:
        raise CorruptError(f"{where}: the {length} bytes from {start} on do not match their hash")
