"""What makes a process a worker of ours, wherever it runs, and runs a task there."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import torch

from fewbytes import keys
from fewbytes.durable import writing
from fewbytes.errors import EngineError
from fewbytes.versions import versions

TRIES = 3
"""How often a task is begun whose worker dies; then it is taken to be what kills workers."""

ATTEMPTS = ".attempts-"
"""What the names of folders begin with that hold marks of tasks that were begun."""


@dataclass(frozen=True)
class Setup:
    """What a worker is told before its first task."""

    packages: dict[str, str]
    """Versions that the worker must have, too: else its bytes would be others."""
    secrets: dict[str, str] = field(default_factory=keys.variables, repr=False)
    threads: int = 1
    """Of a task. What is learned may depend on them, so that every engine has as many."""
    folder: str | None = None
    """Where relative paths begin."""
    attempts: Path | None = None
    """A folder in that of the results: a file a task that was begun and has not ended."""


@contextmanager
def cluster_setup(threads: int, folder: Path | None) -> Iterator[Setup]:
    """For workers on other machines: as here, and with `folder` in sight. Raises OutputError."""
    here = str(Path.cwd())
    if folder is None:
        yield Setup(told_apart(), threads=threads, folder=here)
        return
    for left in folder.glob(f"{ATTEMPTS}*"):  # by whoever was killed; one at a time has the folder
        shutil.rmtree(left, ignore_errors=True)
    attempts = folder.absolute() / f"{ATTEMPTS}{secrets.token_hex(8)}"
    with writing(attempts):
        attempts.mkdir(parents=True)
    try:
        yield Setup(told_apart(), threads=threads, folder=here, attempts=attempts)
    finally:
        shutil.rmtree(attempts, ignore_errors=True)


@cache
def told_apart() -> dict[str, str]:
    """The versions of packages, of Python, and of the code of fewbytes: what is being worked on
    has the same version as what was installed yesterday.
    """
    code = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    found = {"Python": ".".join(platform.python_version_tuple()[:2]), **versions()}
    return found | {"fewbytes": f"{found['fewbytes']} ({code.hexdigest()[:8]})"}


_begun = threading.local()
"""`setup`: what this thread was told last. The number of torch's threads is one of each thread."""


class Job(Protocol):
    """What all tasks of a pool need to know; it can be pickled."""

    def use_threads(self, count: int) -> None:
        """Take so many threads for a task from now on."""
        ...


def run(setup: Setup, job: Job, function: Callable[..., Any], *arguments: Any) -> Any:
    """A task, in a worker that is made one by its first.

    Raises:
        EngineError: the worker is not fit for it, or ran out of memory.
    """
    begin(setup)
    job.use_threads(setup.threads)
    try:
        with _attempt(setup.attempts, function, arguments):
            return function(job, *arguments)
    except MemoryError as error:
        raise EngineError(
            f"a worker on {socket.gethostname()} ran out of memory; the same command goes on from "
            "what is finished, with fewer workers on a machine if need be"
        ) from error


@contextmanager
def _attempt(folder: Path | None, function: Callable[..., Any], arguments: Any) -> Iterator[None]:
    """Clusters begin a task again whose worker died, some of them for ever: not so what kills
    every worker. Raises EngineError.
    """
    if folder is None:
        yield
        return
    task = hashlib.sha256(repr((function.__qualname__, arguments)).encode()).hexdigest()[:24]
    before = [folder / f"{task}.{number}" for number in range(TRIES)]
    for mark in before:
        with suppress(FileExistsError):
            mark.touch(exist_ok=False)
            break
    else:
        raise EngineError(
            f"workers died {TRIES} times at the same task (out of memory?); the same command goes "
            "on from what is finished, with fewer workers on a machine if need be"
        )
    try:
        yield
    finally:
        for mark in before:
            mark.unlink(missing_ok=True)


def begin(setup: Setup) -> None:
    """Make this process a worker. Raises EngineError."""
    if setup == getattr(_begun, "setup", None):
        return
    host = socket.gethostname()
    for name, wanted in setup.packages.items():
        if (there := told_apart().get(name)) != wanted:
            raise EngineError(
                f"a worker on {host} has {name} {there}, not {wanted} as here: its bytes could be "
                "others; install the same on all machines"
            )
    if setup.attempts is not None and not setup.attempts.is_dir():
        raise EngineError(
            f"a worker on {host} does not see {setup.attempts.parent}: give a folder that all "
            "machines share"
        )
    if setup.folder is not None:
        with suppress(OSError):  # whoever needs it says what is missing
            os.chdir(setup.folder)
    keys.adopt(setup.secrets)
    torch.set_num_threads(setup.threads)
    _begun.setup = setup
