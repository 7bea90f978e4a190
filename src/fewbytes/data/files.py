"""What kinds of sources ask about files on disk."""

from __future__ import annotations

import os
from pathlib import Path

_STORE_MARK = Path("_meta") / "manifest.json"


def is_store(path: Path) -> bool:
    """Whether a folder is a compressed set of ours, whose Parquet files are no pictures."""
    try:
        return (path / _STORE_MARK).is_file()
    except OSError:
        return False


def stamp(path: Path) -> str:
    """The size and the time of a file, as text: what changes when it is written again."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return "gone"
    return f"{status.st_size} {status.st_mtime_ns}"
