"""Where a store lies, or is to be: a folder or a URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fewbytes.data.download import cache as downloads
from fewbytes.errors import InputError, OutputError, SourceError
from fewbytes.store.connection import Connection
from fewbytes.store.files import Files, LocalFiles
from fewbytes.store.remote import CachedFiles, RemoteFiles
from fewbytes.store.store import Store
from fewbytes.store.target import FolderTarget, Target
from fewbytes.store.url_target import UrlTarget


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


def target_at(
    location: str | os.PathLike[str] | Target, *, staging: str | os.PathLike[str] | None = None
) -> Target:
    """The place of a store to be: a folder, or one behind a URL that fsspec understands.

    Args:
        staging: the folder in which a store is made that goes behind a URL; by default, one where
            downloads are kept.

    Raises:
        OutputError: no store can be put behind such a URL.
        MissingExtraError: the package for such URLs is not installed.
        InputError: `staging` is given for a folder of this machine.
    """
    if isinstance(location, Target):
        return location
    word = os.fspath(location)
    folder, connection = Path(word), None
    if "://" in word:
        try:
            connection = Connection(word)
        except SourceError as error:
            raise OutputError(str(error)) from error
        folder = Path(connection.folder)
    if connection is not None and "file" not in connection.protocols:
        made_in = downloads() / "stores" if staging is None else Path(staging).expanduser()
        return UrlTarget(connection, made_in)
    if staging is not None:
        raise InputError(f"{word} is a folder, which is made beside itself: it takes no staging")
    return FolderTarget(folder)
