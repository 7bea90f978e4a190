"""A Dask cluster: one that runs already, or processes of this machine.

Dask comes with an executor, so that nothing else is needed: https://distributed.dask.org
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fewbytes.errors import EngineError, FewbytesError, MissingExtraError, first_line
from fewbytes.scale import worker
from fewbytes.scale.address import REACH_SECONDS, Greeting, checked
from fewbytes.scale.engine import Engine, Pool, Submitted, Translating
from fewbytes.scale.worker import TRIES, Job, cluster_setup

SCHEMES = {"tcp": True, "tls": False, "ucx": False, "ws": False, "wss": False}

GREETING = Greeting("Dask scheduler", b"", lambda said: b"compression" in said)
"""It begins with what it can do: https://distributed.dask.org/en/stable/protocol.html"""


class Dask(Engine):
    """The workers of a `distributed.Client`."""

    def __init__(self, client: Any, threads: int) -> None:
        self._client, self._threads = client, threads
        self.workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))

    @contextmanager
    def pool(self, job: Job, folder: Path | None = None) -> Iterator[Pool]:
        with cluster_setup(self._threads, folder) as setup:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sending large graph")
                # scattered, it would be lost for good with the last worker that holds it
                known = self._client.submit(_itself, job, pure=False)
            # a task may have been run before, and failed: no result is taken from then
            executor = Translating(self._client.get_executor(pure=False), _translated)
            yield Submitted(executor, (worker.run, setup, known), self.workers)


@contextmanager
def opened(address: str | None, workers: int | None, threads: int) -> Iterator[Dask]:
    """The cluster at an address; without, so many processes of this machine, one a core where
    nobody says how many.

    Raises:
        InputError, EngineError: see `checked`; or the cluster has no worker within REACH_SECONDS.
        MissingExtraError: Dask is not installed.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError("--engine dask", "distributed", "dask") from None
    settings = {
        "distributed.admin.tick.limit": "1h",
        "distributed.scheduler.allowed-failures": TRIES - 1,
    }
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong, we say
    with dask.config.set(settings):
        if address is None:
            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
            )
            with cluster, Client(cluster) as client:
                yield Dask(client, threads)
            return
        checked(address, GREETING, SCHEMES)
        try:
            client = Client(address, timeout=REACH_SECONDS)
        except Exception as error:  # what answers is no scheduler, or one of another version
            raise EngineError(
                f"no Dask scheduler answers at {address}: {first_line(error)}"
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=REACH_SECONDS)
            except TimeoutError as error:
                raise EngineError(f"the Dask cluster at {address} has no worker") from error
            yield Dask(client, threads)


def _itself(job: Job) -> Job:
    """A task that sends the job to whichever worker lacks it."""
    return job


def _translated(error: BaseException) -> BaseException:
    from distributed import KilledWorker

    if isinstance(error, FewbytesError):
        return error
    if isinstance(error, KilledWorker):
        return EngineError(
            f"workers of the Dask cluster died {TRIES} times (out of memory?); the same command "
            "goes on from what is finished"
        )
    if isinstance(error, ModuleNotFoundError):
        return EngineError(f"a worker of the Dask cluster lacks a package: {first_line(error)}")
    return error
