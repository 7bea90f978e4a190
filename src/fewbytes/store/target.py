"""Where a store is put: a folder of this machine (here), or behind a URL (see upload)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

from fewbytes.errors import OutputError
from fewbytes.store import staging
from fewbytes.store.manifest import MANIFEST, Manifest
from fewbytes.store.staging import Staging


class PublishWatcher(Protocol):
    """Is told how a finished store gets to where it is to be."""

    def upload_started(self, files: int, bytes: int) -> None:
        """So many files are to be sent; not told of a store in a folder, which only takes its
        name.
        """

    def file_uploaded(self, bytes: int) -> None:
        """A file has arrived whole."""


class SilentPublish:
    """Watches and says nothing."""

    def upload_started(self, files: int, bytes: int) -> None:
        """Do nothing."""

    def file_uploaded(self, bytes: int) -> None:
        """Do nothing."""


class Target(ABC):
    """Where a store is to be. It is there whole or not at all: readers ask for its manifest first,
    and the manifest comes last.
    """

    where: str
    """What the user called it: a path or a URL."""

    path: Path
    """What the folder is made beside in which the store is made."""

    @abstractmethod
    def check(self, replace: bool) -> None:
        """Look, before the work begins, whether a store can be put there. Raises OutputError where
        it cannot, or something is there that may not be replaced.
        """

    @abstractmethod
    def publish(
        self, staged: Staging, manifest: Manifest, replace: bool, watcher: PublishWatcher
    ) -> None:
        """Put the finished store there, and remove what it was made from. Raises OutputError."""


class FolderTarget(Target):
    """A folder to be, on this machine."""

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)

    def check(self, replace: bool) -> None:
        target = self.path
        try:
            if not target.name or "\0" in target.name or target.is_symlink():
                raise OutputError(
                    f"{target} cannot become a store; give the name of a folder to be"
                )
            if not target.exists() or (target.is_dir() and not any(target.iterdir())):
                return
            is_store = (target / MANIFEST).is_file()
        except OSError as error:
            raise OutputError(f"cannot write {str(target)[:60]}: {error.strerror}") from error
        if is_store and not replace:
            staging.discard(target)
        if not (replace and is_store):
            hint = "overwrite it or choose another name" if is_store else "choose another name"
            raise OutputError(f"{target} exists already; {hint}")

    def publish(
        self, staged: Staging, manifest: Manifest, replace: bool, watcher: PublishWatcher
    ) -> None:
        staging.publish(staged, self.path, replace)
