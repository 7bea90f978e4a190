"""What engines have in common: a pool of workers that know a job, and run its tasks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from fewbytes.scale.worker import Job

Task: TypeAlias = tuple[Any, ...]
"""(function, *arguments): `function(job, *arguments)`, a function of a module, is to be run."""

AHEAD = 4
"""Tasks given out for each worker before the first result is asked for."""


class Pool(ABC):
    """Workers that know one job."""

    @abstractmethod
    def start(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a task; its result is asked for later."""

    @abstractmethod
    def each(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """The results, in the order of the tasks.

        Raises:
            EngineError: workers cannot be had, or keep dying.
        """


class Engine(ABC):
    """Workers, as long as they are needed."""

    workers: int
    """That run tasks at the same time, as far as is known."""

    @abstractmethod
    def pool(self, job: Job, folder: Path | None = None) -> AbstractContextManager[Pool]:
        """A pool whose workers know `job`, which can be pickled. `folder` is where their results
        go: each must see it.

        Raises:
            EngineError: as `each` does.
        """


class Submitted(Pool):
    """Tasks are given to an executor, AHEAD for each worker at most.

    Args:
        called: a function and its first arguments; a worker calls it with a task behind them.
    """

    def __init__(self, executor: Executor, called: Task, workers: int) -> None:
        self._executor, self._called, self._ahead = executor, called, AHEAD * workers

    def start(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._executor.submit(*self._called, function, *arguments)

    def each(self, tasks: Iterable[Task]) -> Iterator[Any]:
        begun = (self.start(*task) for task in tasks)
        running: deque[Future[Any]] = deque(islice(begun, self._ahead))
        try:
            while running:
                yield running.popleft().result()
                running.extend(islice(begun, 1))
        finally:
            for future in running:
                future.cancel()


class Translating(Executor):
    """Another executor, whose errors are told in our words. It does not end that executor."""

    def __init__(
        self, executor: Executor, translated: Callable[[BaseException], BaseException]
    ) -> None:
        self._executor, self._translated = executor, translated

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See `concurrent.futures.Executor`."""
        outer: Future[Any] = Future()
        inner = self._executor.submit(fn, *args, **kwargs)
        inner.add_done_callback(partial(self._done, outer))
        return outer

    def _done(self, outer: Future[Any], inner: Future[Any]) -> None:
        if inner.cancelled() or not outer.set_running_or_notify_cancel():
            outer.cancel()
        elif (error := inner.exception()) is not None:
            outer.set_exception(self._translated(error))
        else:
            outer.set_result(inner.result())
