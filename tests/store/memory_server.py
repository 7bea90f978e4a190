"""A place in memory that stores are sent to, which notes what is done, and fails when told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

from fewbytes.store.manifest import MANIFEST, STATE
from tests.store.helpers import made

URL = "memory://sets/a.fb"
CODEC = "dct:4 | uniform:8 | xz"
SHARDS = [f"data/train-{number:05}-of-00004.parquet" for number in range(4)]
DATA = made(700, 130)
FILES = {*SHARDS, "data/test-00000-of-00001.parquet", STATE, MANIFEST}
"""Of DATA in blocks of 64, three a shard."""


class Server(MemoryFileSystem):  # type: ignore[misc]
    """All `memory://` URLs, in tests that use the fixture `memory_server`."""

    cachable = False
    log: list[str]
    """Names of files, in the order they were sent; after a minus, those that were removed."""
    fault: Callable[[str], Any] = lambda name: None
    """Called before each file is written; what it returns, if anything, is written in its place."""

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        name = self._strip_protocol(rpath).split(".fb/", 1)[1]
        Server.log.append(name)
        if (other := Server.fault(name)) is None:
            super().put_file(lpath, rpath, **options)
        else:
            self.pipe_file(rpath, other)

    def rm_file(self, path: str) -> None:
        Server.log.append(f"-{path.split('.fb/', 1)[1]}")
        super().rm_file(path)


def there(url: str = URL) -> dict[str, bytes]:
    """Every file behind a URL, by its name there."""
    system, folder = fsspec.core.url_to_fs(url)
    return {path[len(folder) + 1 :]: system.cat_file(path) for path in system.find(folder)}


def failing(name: str, error: Exception) -> Callable[[str], None]:
    """A fault that is raised whenever the file of that name is written."""

    def fault(sent: str) -> None:
        if sent == name:
            raise error

    return fault
