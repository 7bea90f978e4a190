"""Worker processes of this machine, forked from a server that has imported what they need, so that
they share its memory. They end when this process does, however it ends.

Where one is killed, Python's executor gives up all that it was told. The tasks that were not done
are begun again in new processes, TRIES times at most.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from fewbytes.errors import EngineError
from fewbytes.scale import worker
from fewbytes.scale.engine import Engine, Pool, Submitted
from fewbytes.scale.worker import TRIES, Job, Setup


class Processes(Engine):
    """So many processes, each with `threads` of its own."""

    def __init__(self, workers: int, threads: int = 1) -> None:
        self.workers, self._threads = workers, threads

    @contextmanager
    def pool(self, job: Job, folder: Path | None = None) -> Iterator[Pool]:
        executor = Lasting(self.workers, Setup({}, threads=self._threads), job)
        try:
            yield Submitted(executor, (_run,), self.workers)
        except BaseException:
            executor.kill()  # a task leaves nothing half done, and may take minutes
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


class Lasting(Executor):
    """Processes that know a job, replaced when they are killed."""

    def __init__(self, workers: int, setup: Setup, job: Job) -> None:
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([__name__, type(job).__module__])
        self._workers, self._told = workers, (setup, job)
        self._lock, self._ended = Lock(), False
        self._processes = self._new()
        self._again = ThreadPoolExecutor(1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See `concurrent.futures.Executor`. The future fails with EngineError where the process
        that runs the task is killed TRIES times.
        """
        outer: Future[Any] = Future()
        self._give(outer, partial(fn, *args, **kwargs), 1)
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See `concurrent.futures.Executor`."""
        with self._lock:
            self._ended = True
        self._again.shutdown(wait=wait, cancel_futures=cancel_futures)
        self._processes.shutdown(wait=wait, cancel_futures=cancel_futures)

    def kill(self) -> None:
        """End all processes now, whatever they do."""
        with self._lock:
            self._ended = True
        for process in list((self._processes._processes or {}).values()):
            process.kill()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers, mp_context=self._context, initializer=_begin, initargs=self._told
        )

    def _give(self, outer: Future[Any], task: partial[Any], attempt: int) -> None:
        with self._lock:
            if self._ended:
                outer.cancel()
                return
            try:
                inner = _submitted(self._processes, task)
            except BrokenProcessPool:
                self._processes = self._new()
                inner = _submitted(self._processes, task)
        inner.add_done_callback(partial(self._done, outer, task, attempt))

    def _done(
        self, outer: Future[Any], task: partial[Any], attempt: int, inner: Future[Any]
    ) -> None:
        if inner.cancelled():
            outer.cancel()
            return
        error = inner.exception()
        if isinstance(error, BrokenProcessPool) and attempt < TRIES:
            with suppress(RuntimeError):  # not from here: the broken pool holds its locks
                self._again.submit(self._give, outer, task, attempt + 1)
            return
        if not outer.set_running_or_notify_cancel():
            return
        if isinstance(error, BrokenProcessPool):
            outer.set_exception(EngineError(
                f"worker processes were killed {TRIES} times (out of memory?); the same command "
                "goes on from what is finished, with fewer workers if need be"
            ))  # fmt: skip
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(inner.result())


def _submitted(executor: Executor, task: Callable[[], Any]) -> Future[Any]:
    """Give a task to the executor, which may start a process for it. Meanwhile an interrupt waits,
    else a worker might be sent half a job. Processes inherit that: while they import what they need
    they would print a traceback each.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.submit(task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_told: tuple[Setup, Job]
"""A worker process: what it was started for."""


def _begin(setup: Setup, job: Job) -> None:
    """Make a worker: no interrupts of its own, no life beyond its parent's."""
    global _told
    _told = setup, job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker.begin(setup)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(function: Callable[..., Any], *arguments: Any) -> Any:
    return worker.run(*_told, function, *arguments)
