"""What kinds of sources ask about files on disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_STORE_MARK = Path("_meta") / "manifest.json"
_UNFINISHED = (".partial", ".replaced", ".exporting")
_OF_THE_MACHINE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}


def is_store(path: Path) -> bool:
    """Whether a folder is a compressed set of ours, whose Parquet files are no pictures."""
    try:
        return (path / _STORE_MARK).is_file()
    except OSError:
        return False


def is_ours(path: str) -> bool:
    """Whether a folder that lies among pictures is no part of them: a compressed set, or what is
    left of one being written, or of an export. To compress into the source changes no class.
    """
    return path.endswith(_UNFINISHED) or is_store(Path(path))


def of_the_machine(error: BaseException) -> bool:
    """Whether an error tells of the machine (no memory, no more open files, a failing disk), and
    nothing of the file: elsewhere, or later, it could be read.
    """
    return isinstance(error, MemoryError) or getattr(error, "errno", None) in _OF_THE_MACHINE


def stamp(path: Path) -> str:
    """The size and the time of a file, as text: what changes when it is written again."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return "gone"
    return f"{status.st_size} {status.st_mtime_ns}"
