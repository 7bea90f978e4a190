"""A place that is whole under its name or not there.

DEST.exporting/       beside DEST, for one process at a time
  .lock
  DEST                what is being written; it takes its final name when it is whole

Nothing of a stopped run is of use to the next one: it begins anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from fewbytes.durable import locked, sync, writing
from fewbytes.errors import OutputError

SUFFIX = ".exporting"

FEW_FILES = 1000
"""So many are brought to the disk one by one; of more, by all that the system has in memory."""


@contextmanager
def place(dest: Path, *, is_file: bool) -> Iterator[Path]:
    """A path, not there yet, for the file or folder that takes the name `dest` at the end.

    Raises:
        OutputError: `dest` exists (an empty folder may, where a folder is to be), another process
            writes it, or the file system refuses. Nothing is left behind then.
    """
    with writing(dest):
        _check_free(dest, is_file)
        final = dest.resolve()
        folder = final.with_name(final.name + SUFFIX)
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock") as ours:
        if not ours:
            raise OutputError(f"{dest} is being written by another process; wait for it")
        part = folder / final.name
        try:
            with writing(dest):
                _remove(part)  # of a run that was killed
                yield part
                _sync(part)
                _check_free(dest, is_file)
                part.rename(final)
                sync(final.parent)
        finally:
            with suppress(OSError):
                _remove(part)
                (folder / ".lock").unlink()
                folder.rmdir()


def _check_free(dest: Path, is_file: bool) -> None:
    if not os.path.lexists(dest):
        return
    if is_file or not dest.is_dir() or any(dest.iterdir()):
        raise OutputError(f"{dest} exists already; choose another name")


def _sync(part: Path) -> None:
    """Make a file, or a folder with all in it, outlast a power cut."""
    paths = [part, *islice(part.rglob("*"), FEW_FILES)]
    if len(paths) > FEW_FILES:
        os.sync()
        return
    for path in paths:
        sync(path)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
