"""A Ray cluster: one that runs already, or one started on this machine for as long as it is needed.

Single tasks are Ray tasks. Many go through Ray Data, whose `map_batches` keeps workers that know
the job, as many as the cluster has room for, and feeds them: https://docs.ray.io/en/latest/data
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fewbytes.errors import EngineError, FewbytesError, InputError, MissingExtraError, first_line
from fewbytes.scale import worker
from fewbytes.scale.address import Greeting, checked
from fewbytes.scale.engine import Engine, Submitted, Task, Translating
from fewbytes.scale.worker import TRIES, Job, Setup, cluster_setup

SETTINGS = 4
GREETING = Greeting(
    "head of a Ray cluster",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]),
    lambda said: said[3:4] == bytes([SETTINGS]),
)
"""It speaks gRPC, which is HTTP/2: both sides begin with a frame of settings (RFC 9113, 3.4)."""

FIND = "auto"
"""In place of an address: the cluster that runs on this machine."""

MOST_PARTS = 10_000
"""Of a row of tasks: a part is given to a worker whole."""

QUIET = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DEDUP_LOGS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}


class Ray(Engine):
    """The workers of the cluster that this process is connected to."""

    def __init__(self, workers: int, threads: int, gpus: float) -> None:
        self.workers, self._threads, self._gpus = workers, threads, gpus

    @contextmanager
    def pool(self, job: Job, folder: Path | None = None) -> Iterator[RayPool]:
        with cluster_setup(self._threads, folder) as setup:
            yield RayPool(setup, job, self.workers, self._gpus)


class RayPool(Submitted):
    """Tasks with resources of their own: `threads` processors, and a share of a GPU."""

    def __init__(self, setup: Setup, job: Job, workers: int, gpus: float) -> None:
        import ray

        self._setup, self._job, self._workers = setup, ray.put(job), workers
        self._resources = {"num_cpus": setup.threads, "num_gpus": gpus}
        executor = Translating(_Tasks(self._resources), _translated)
        super().__init__(executor, (worker.run, setup, self._job), workers)

    def each(self, tasks: Iterable[Task]) -> Iterator[Any]:
        import ray

        rows = [{"task": pickle.dumps(task)} for task in tasks]
        if not rows:
            return
        _prefer()
        data = ray.data.from_items(rows, override_num_blocks=min(len(rows), MOST_PARTS))
        done = data.map_batches(
            Encoder, fn_constructor_args=(self._setup, [self._job]), batch_size=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=self._workers),
            **self._resources,
        )  # fmt: skip
        for blob in _results(done):
            result, error = pickle.loads(blob)  # noqa: S301 - written by our own worker
            if error is not None:
                raise error
            yield result


class Encoder:
    """A worker that knows a job, and keeps what the job holds ready between tasks."""

    def __init__(self, setup: Setup, job: list[Any]) -> None:
        """`job` holds a reference: so a worker that is begun anew asks for it again."""
        import ray

        self._told = setup, ray.get(job[0])

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The results of a batch of tasks, each with the error in its place or None: those that
        are raised, Ray Data would wrap in words of its own.
        """
        results = np.empty(len(batch["task"]), object)
        for i, task in enumerate(batch["task"]):
            function, *arguments = pickle.loads(task)  # noqa: S301 - written by our own process
            try:
                results[i] = pickle.dumps((worker.run(*self._told, function, *arguments), None))
            except Exception as error:  # whatever a plug-in raises
                results[i] = pickle.dumps((None, error))
        return {"result": results}


class _Tasks(Executor):
    """Ray tasks, as futures."""

    def __init__(self, resources: dict[str, Any]) -> None:
        self._resources = resources
        self._known: dict[Callable[..., Any], Any] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See `concurrent.futures.Executor`."""
        import ray

        if fn not in self._known:
            self._known[fn] = ray.remote(**self._resources, max_retries=TRIES - 1)(fn)
        future: Future[Any] = self._known[fn].remote(*args, **kwargs).future()
        return future


@contextmanager
def opened(
    address: str | None, workers: int | None, threads: int, gpus: float = 0.0
) -> Iterator[Ray]:
    """The cluster at an address, `auto` for the one that runs on this machine; without, one is
    started here, with so many processors, or all.

    Raises:
        InputError, EngineError: see `checked`; or the cluster has no room for a single worker.
        MissingExtraError: Ray is not installed.
    """
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtraError("--engine ray", "ray", "ray") from None
    if address is not None and address.startswith("ray://"):
        raise InputError(
            "an address is HOST:PORT of the cluster's head, from one of its machines; Ray Data "
            "does not go through ray://"
        )
    if address not in (None, FIND):
        checked(address, GREETING, {})
    try:
        if address is None:
            ray.init(
                address="local", num_cpus=None if workers is None else workers * threads,
                include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR,
            )  # fmt: skip
        else:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # Ray raises many kinds where it cannot connect
        where = "be started here" if address is None else f"be reached at {address}"
        raise EngineError(f"Ray cannot {where}: {first_line(error)}") from error
    try:
        yield Ray(_room(workers, threads, gpus), threads, gpus)
    finally:
        ray.shutdown()


def _room(workers: int | None, threads: int, gpus: float) -> int:
    """Workers that there is room for at the same time. Raises EngineError."""
    import ray

    there = ray.cluster_resources()
    room = int(there.get("CPU", 0) // threads)
    if gpus:
        room = min(room, int(there.get("GPU", 0) / gpus))
    if room < 1:
        wanted = f"{threads} processors" + (f" and {gpus:g} GPUs" if gpus else "")
        raise EngineError(
            f"the Ray cluster has no room for a worker of {wanted}: it has "
            f"{there.get('CPU', 0):g} processors and {there.get('GPU', 0):g} GPUs"
        )
    return min(room, workers or room)


def _results(done: Any) -> Iterator[bytes]:
    """What the encoders gave, in order. Raises EngineError where they keep dying."""
    try:
        for row in done.iter_rows():
            yield row["result"]
    except Exception as error:  # Ray raises many kinds
        raise _translated(error) from error


def _prefer() -> None:
    """Results in the order of the tasks, and no word but ours."""
    import ray

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.raise_original_map_exception = True
    logging.getLogger("ray.data").setLevel(logging.ERROR)


def _translated(error: BaseException) -> BaseException:
    from ray import exceptions

    said = f"{error}"
    if isinstance(error, exceptions.RayTaskError):
        error = getattr(error, "cause", None) or error
    if isinstance(error, FewbytesError):
        return error
    if "No module named" in said:
        line = next(one for one in said.splitlines() if "No module named" in one)
        return EngineError(f"a worker of the Ray cluster lacks a package: {line.strip()}")
    if isinstance(error, exceptions.RayError):
        return EngineError(
            f"the Ray cluster lost a worker for good ({type(error).__name__}: "
            f"{first_line(error)}); the same command goes on from what is finished"
        )
    return error
