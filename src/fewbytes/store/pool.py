"""Where the tasks of compressing run: in this process, or in worker processes."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

import torch

from fewbytes import keys
from fewbytes.errors import FewbytesError
from fewbytes.store.tasks import Job

AHEAD = 8
"""Tasks given to an executor before their results are asked for."""


class Pool:
    """Runs tasks `(function, *arguments)` as `function(job, *arguments)`, on an executor whose
    workers know the job already, or here.
    """

    def __init__(self, job: Job, executor: Executor | None) -> None:
        self._job, self._executor = job, executor

    def start(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a task; its result is asked for later."""
        if self._executor is not None:
            return _submit(self._executor, function, *arguments)
        done: Future[Any] = Future()
        done.set_result(function(self._job, *arguments))
        return done

    def each(self, tasks: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        """The results, in the order of the tasks; a few tasks ahead at most."""
        if self._executor is None:
            yield from (function(self._job, *arguments) for function, *arguments in tasks)
            return
        begun = (_submit(self._executor, *task) for task in tasks)
        running: deque[Future[Any]] = deque(islice(begun, AHEAD))
        while running:
            yield running.popleft().result()
            running.extend(islice(begun, 1))


def _submit(executor: Executor, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Give a task to the executor, which may start a process for it. Meanwhile an interrupt waits,
    else a worker might be sent half a job. Processes inherit that: while they import what they need
    they would print a traceback each.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.submit(_run, function, *arguments)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def at_work(job: Job, workers: int) -> Iterator[Pool]:
    """A pool of so many processes; 1 is this one. They are forked from a server that has imported
    what they need, so that they share its memory, and end when this process does, however it ends.
    """
    if workers == 1:
        yield Pool(job, None)
        return
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(job, keys.variables())
    ) as executor:
        try:
            yield Pool(job, executor)
        except BrokenProcessPool as error:
            raise FewbytesError(
                "a worker process was killed (out of memory?); the same command goes on from what "
                "is finished, with fewer workers if need be"
            ) from error
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


_job: Job | None = None
"""Of a worker process: the job it was started for."""


def _begin(job: Job, secrets: dict[str, str]) -> None:
    """Make a worker: one thread, no interrupts of its own, no life beyond its parent's."""
    global _job
    _job = job
    keys.adopt(secrets)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job.source.use_threads(1)
    torch.set_num_threads(1)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(_job, *arguments)
