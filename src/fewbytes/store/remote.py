"""Stores behind a URL: any that fsspec opens, read in exact ranges, tried again when they fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fewbytes.durable import write_whole, writing
from fewbytes.errors import CorruptError, SourceError
from fewbytes.store.connection import Connection
from fewbytes.store.files import Files, check
from fewbytes.store.manifest import MANIFEST, Manifest
from fewbytes.store.retry import GivenUpError, tried

Result = TypeVar("Result")


class RemoteFiles(Files):
    """A folder behind an fsspec URL, such as `s3://bucket/mnist.fb` or `https://host/mnist.fb`.

    Only the ranges that are asked for travel, each in one request. What fails, comes short or does
    not match its hash is asked for again: see `fewbytes.store.retry`. It may be pickled, and used
    in a forked process.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """`options` go to the file system, such as `anon=True` for a public S3 bucket. Raises as
        `Connection` does.
        """
        self.where, self.connection = url, Connection(url, **options)

    def whole(self, name: str) -> bytes:
        """All of a file. The manifest is checked here, as it has its hash within, and handed out as
        it came last where all tries bring a damaged one: whoever reads it says what is wrong.
        """
        content = b""

        def fetch() -> bytes:
            nonlocal content
            content = bytes(self.connection.system.cat_file(self.connection.path(name)))
            if name == MANIFEST:
                Manifest.from_bytes(content, f"{self.where}: {name}")
            return content

        try:
            return self._tried(fetch, name, also=CorruptError)
        except CorruptError:
            return content

    def size(self, name: str) -> int:
        def ask() -> int | None:
            size: int | None = self.connection.system.size(self.connection.path(name))
            return size

        size = self._tried(ask, name)
        if size is None:
            raise SourceError(f"{self.where}: the server does not tell the size of {name}")
        return int(size)

    def part(self, name: str, start: int, length: int) -> bytes:
        def fetch() -> bytes:
            system, path = self.connection.system, self.connection.path(name)
            # by name: of the two, s3fs has another order
            content: bytes = system.cat_file(path, start=start, end=start + length)
            if len(content) > length:  # a server that knows no ranges sends all of the file
                content = content[start : start + length]
            if len(content) != length:
                raise OSError(f"{len(content)} of {length} bytes came")
            return content

        return self._tried(fetch, name) if length else b""

    def checked(self, name: str, start: int, length: int, expected: str) -> bytes:
        def fetch() -> bytes:
            content = self.part(name, start, length)
            check(content, length, expected, f"{self.where}: {name}", start)
            return content

        return self._tried(fetch, name, also=CorruptError)

    def _tried(
        self, fetch: Callable[[], Result], name: str, also: type[Exception] = OSError
    ) -> Result:
        """The result of `fetch`, after some tries if need be. Raises SourceError."""
        try:
            return tried(fetch, also)
        except FileNotFoundError as error:
            raise SourceError(f"{self.where}: there is no {name}") from error
        except PermissionError as error:
            raise SourceError(f"{self.where}: access to {name} is denied") from error
        except GivenUpError as error:
            raise SourceError(f"{self.where}: {name} cannot be read{error}") from error


class CachedFiles(Files):
    """Files whose checked parts are kept in a folder, under their hashes, and come from there the
    next time. What is damaged there is fetched again. Raises OutputError where the folder cannot be
    written.
    """

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder, self.where = files, folder, files.where

    def whole(self, name: str) -> bytes:
        return self._files.whole(name)

    def size(self, name: str) -> int:
        return self._files.size(name)

    def part(self, name: str, start: int, length: int) -> bytes:
        return self._files.part(name, start, length)

    def checked(self, name: str, start: int, length: int, expected: str) -> bytes:
        path = self._folder / expected[:2] / expected
        try:
            content = path.read_bytes()
            check(content, length, expected, str(path), 0)
        except (OSError, CorruptError):
            content = self._files.checked(name, start, length, expected)
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        return content
