"""Files and folders that are whole under their names, whenever the machine stops."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fewbytes.errors import OutputError

PART = ".part"
"""How the names of files end that are not whole yet."""


@contextmanager
def writing(what: Path) -> Iterator[None]:
    """Turn what the file system refuses while `what` is written into an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {what}: {error.strerror or error}") from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that is either whole under its name or not there. Raises OutputError."""
    content = content.encode() if isinstance(content, str) else content
    with whole(path) as part:
        part.write_bytes(content)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the name `path` once it is closed and on the disk.

    Raises:
        OutputError: the file system refuses; nothing is left behind.
    """
    # containers that share a disk may share process and thread numbers too
    ours = f"{os.getpid()}.{threading.get_ident()}.{secrets.token_hex(4)}"
    part = path.with_name(f"{path.name}.{ours}{PART}")
    try:
        with writing(path):
            yield part
            sync(part)
            part.replace(path)
            sync(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`; False where another process holds it. Raises OutputError."""
    with writing(path):
        file = path.open("wb")
    with file:
        try:
            ours = _taken(file, path)
        except OSError as error:  # of a file system without locks
            raise OutputError(f"cannot lock {path}: {error.strerror or error}") from error
        yield ours


def _taken(file: IO[bytes], path: Path) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # who held it before may have removed the file since it was opened here
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
