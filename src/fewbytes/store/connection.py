"""The folder behind an fsspec URL, and the file system that it is reached with."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from fewbytes.errors import MissingExtraError, SourceError

PACKAGES = ("aiohttp", "s3fs")
"""What the extra `remote` brings. Whoever has another kind of URL is told fsspec's own advice."""

LEFT_BEHIND: list[Any] = []
"""File systems of the process that this one was forked from. They are not used here, but never let
go either: closing their connections would tear those of the other process.
"""


class Connection:
    """A folder such as `s3://bucket/mnist.fb`. It may be pickled, and used in a forked process:
    each makes a file system of its own.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """`options` go to the file system, such as `anon=True` for a public S3 bucket.

        Raises:
            SourceError: no file system for such URLs, or one of a package that is not installed.
            MissingExtraError: an extra brings that package.
        """
        self.url, self._options = url, options
        self._connect()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), self.url, **self._options), ()

    def _connect(self, **also: Any) -> None:
        """Make the file system. Raises what `__init__` does."""
        import fsspec

        url = self.url
        try:
            self._made, folder = fsspec.core.url_to_fs(url, **self._options | also)
            self._process = os.getpid()
        except ImportError as error:
            missing = next((word for word in PACKAGES if word in str(error)), None)
            if missing is None:
                raise SourceError(f"{url}: {error}") from error
            raise MissingExtraError(url, missing, "remote") from error
        except ValueError as error:
            raise SourceError(f"{url}: {error}") from error
        self.folder: str = folder.rstrip("/")

    @property
    def system(self) -> Any:
        """The file system, made anew in a forked process: fsspec's are of one process alone."""
        if self._process != os.getpid():
            LEFT_BEHIND.append(self._made)
            self._connect(skip_instance_cache=True)
        return self._made

    @property
    def protocols(self) -> set[str]:
        """What URLs of this kind begin with."""
        protocol = self._made.protocol
        return {protocol} if isinstance(protocol, str) else set(protocol)

    def path(self, name: str) -> str:
        """What the file system calls a file of the folder."""
        return f"{self.folder}/{name}"
