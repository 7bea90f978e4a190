"""Stores behind a URL: any that fsspec opens, read in exact ranges, tried again when they fail."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fewbytes.durable import write_whole, writing
from fewbytes.errors import CorruptError, FewbytesError, MissingExtraError, SourceError, first_line
from fewbytes.store.files import Files, check
from fewbytes.store.manifest import MANIFEST, Manifest

PACKAGES = ("aiohttp", "s3fs")
"""What the extra `remote` brings. Whoever has another kind of URL is told fsspec's own advice."""

TRIES = 5
FIRST_WAIT_SECONDS = 0.2
"""Before the second try; each later wait is twice as long, give or take a half."""

DENIED = (401, 403)
"""HTTP's words for it: trying again changes nothing."""

LEFT_BEHIND: list[Any] = []
"""File systems of the process that this one was forked from. They are not used here, but never let
go either: closing their connections would tear those of the other process.
"""

Result = TypeVar("Result")


class RemoteFiles(Files):
    """A folder behind an fsspec URL, such as `s3://bucket/mnist.fb` or `https://host/mnist.fb`.

    Only the ranges that are asked for travel, each in one request. What fails, comes short or does
    not match its hash is asked for again, TRIES times in all. It may be pickled, and used in a
    forked process: each makes a file system of its own.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """`options` go to the file system, such as `anon=True` for a public S3 bucket.

        Raises:
            SourceError: no file system for such URLs, or one of a package that is not installed.
            MissingExtraError: an extra brings that package.
        """
        self.where, self._options = url, options
        self._connect()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), self.where, **self._options), ()

    def _connect(self, **also: Any) -> None:
        """Make the file system. Raises what `__init__` does."""
        import fsspec

        url = self.where
        try:
            self._made, self._folder = fsspec.core.url_to_fs(url, **self._options | also)
            self._process = os.getpid()
        except ImportError as error:
            missing = next((word for word in PACKAGES if word in str(error)), None)
            if missing is None:
                raise SourceError(f"{url}: {error}") from error
            raise MissingExtraError(url, missing, "remote") from error
        except ValueError as error:
            raise SourceError(f"{url}: {error}") from error

    @property
    def _system(self) -> Any:
        """The file system, made anew in a forked process: fsspec's are of one process alone."""
        if self._process != os.getpid():
            LEFT_BEHIND.append(self._made)
            self._connect(skip_instance_cache=True)
        return self._made

    def whole(self, name: str) -> bytes:
        """All of a file. The manifest is checked here, as it has its hash within, and handed out as
        it came last where all tries bring a damaged one: whoever reads it says what is wrong.
        """
        content = b""

        def fetch() -> bytes:
            nonlocal content
            content = bytes(self._system.cat_file(self._path(name)))
            if name == MANIFEST:
                Manifest.from_bytes(content, f"{self.where}: {name}")
            return content

        try:
            return self._tried(fetch, name, also=CorruptError)
        except CorruptError:
            return content

    def size(self, name: str) -> int:
        size = self._tried(lambda: self._system.size(self._path(name)), name)
        if size is None:
            raise SourceError(f"{self.where}: the server does not tell the size of {name}")
        return int(size)

    def part(self, name: str, start: int, length: int) -> bytes:
        def fetch() -> bytes:
            path = self._path(name)  # of the rest, s3fs has another order
            content: bytes = self._system.cat_file(path, start=start, end=start + length)
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

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    def _tried(
        self, fetch: Callable[[], Result], name: str, also: type[Exception] = OSError
    ) -> Result:
        """The result of `fetch`, after some tries if need be. Raises SourceError."""
        for attempt in range(1, TRIES + 1):
            try:
                return fetch()
            except FileNotFoundError as error:
                raise SourceError(f"{self.where}: there is no {name}") from error
            except PermissionError as error:
                raise SourceError(f"{self.where}: access to {name} is denied") from error
            except FewbytesError as error:
                if attempt == TRIES or not isinstance(error, also):
                    raise
            except Exception as error:  # file systems raise what their libraries raise
                if getattr(error, "status", None) in DENIED:
                    raise SourceError(f"{self.where}: access to {name} is denied") from error
                if attempt == TRIES:
                    said = first_line(error) or type(error).__name__
                    raise SourceError(
                        f"{self.where}: {name} cannot be read, after {TRIES} tries: {said}"
                    ) from error
            wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
            time.sleep(wait * random.uniform(0.5, 1.5))
        raise AssertionError


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
