"""This process: a task runs when it is begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fewbytes.scale.engine import Engine, Pool, Task
from fewbytes.scale.worker import Job


class Here(Engine):
    """No other process, and all threads for one task."""

    workers = 1

    @contextmanager
    def pool(self, job: Job, folder: Path | None = None) -> Iterator[Pool]:
        yield _Here(job)


class _Here(Pool):
    def __init__(self, job: Job) -> None:
        self._job = job

    def start(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(self._job, *arguments))
        return done

    def each(self, tasks: Iterable[Task]) -> Iterator[Any]:
        return (function(self._job, *arguments) for function, *arguments in tasks)
