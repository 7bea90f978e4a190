"""Opening a store wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fewbytes.store.files import Files, LocalFiles
from fewbytes.store.remote import CachedFiles, RemoteFiles
from fewbytes.store.store import Store


def open_store(
    location: str | os.PathLike[str], *, cache: str | os.PathLike[str] | None = None, **options: Any
) -> Store:
    """The store in a folder or behind a URL that fsspec understands (s3://, https://, ...).

    Args:
        cache: a folder that keeps what was fetched of a remote store.
        options: for the remote file system, such as `anon=True` for a public S3 bucket.

    Raises:
        SourceError: there is no store, or it cannot be reached.
        CorruptError: it is damaged.

    An encrypted store opens without its key: what is read of it raises SecretKeyError then.
    """
    files = files_at(location, cache=cache, **options)
    store = Store(files)
    if isinstance(files, LocalFiles):  # elsewhere each length is a request; reading checks it too
        store.check_lengths()
    return store


def files_at(
    location: str | os.PathLike[str], *, cache: str | os.PathLike[str] | None = None, **options: Any
) -> Files:
    """The files of the store at `location`; see `open_store`."""
    word = os.fspath(location)
    if "://" not in word:
        return LocalFiles(Path(word))
    remote = RemoteFiles(word, **options)
    return remote if cache is None else CachedFiles(remote, Path(cache).expanduser())
