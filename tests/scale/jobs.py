"""A job and tasks for the tests of engines. Functions of a module: workers import them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Folder:
    """A job that knows a folder."""

    path: Path

    def use_threads(self, count: int) -> None:
        pass


def square(job: Folder, number: int) -> int:
    return number * number


def slowest_first(job: Folder, number: int, of: int) -> int:
    """Later tasks end first."""
    time.sleep(0.02 * (of - number))
    return number


def note(job: Folder, number: int) -> None:
    (job.path / f"{number}.txt").write_text(f"{os.getpid()} {torch.get_num_threads()}")


def where(job: Folder) -> str:
    return str(Path.cwd())


def die_once(job: Folder, number: int) -> int:
    """The first time, end as the system ends whoever takes too much memory."""
    mark = job.path / f"died-{number}"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(job: Folder, number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def exhaust(job: Folder) -> None:
    raise MemoryError


def refuse(job: Folder) -> None:
    from fewbytes.errors import OutputError

    raise OutputError("cannot write /there: no room")


def sleep(job: Folder, seconds: float) -> None:
    (job.path / "asleep").touch()
    time.sleep(seconds)
