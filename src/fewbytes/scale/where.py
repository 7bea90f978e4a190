"""Which engine is asked for, and the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fewbytes.errors import InputError
from fewbytes.scale.engine import Engine
from fewbytes.scale.here import Here
from fewbytes.scale.processes import Processes

ENGINES = ("local", "dask", "ray")


@contextmanager
def at_work(
    engine: str | Engine = "local",
    *,
    address: str | None = None,
    workers: int | None = None,
    threads: int = 1,
) -> Iterator[Engine]:
    """An engine, as long as it is needed.

    Args:
        engine: `local`: processes of this machine; `dask` or `ray`; or one that is open already,
            and stays so.
        address: HOST:PORT of a cluster; None: one is started on this machine.
        workers: at work at the same time; None: one here, on a cluster all that it has. One local
            worker is this process, with all its threads.
        threads: of each worker.

    Raises:
        InputError: an unknown engine, an address that is none, or fewer than one worker.
        EngineError: the cluster cannot be reached, or has no workers.
        MissingExtraError: the engine's package is not installed.
    """
    if isinstance(engine, Engine):
        yield engine
        return
    if engine not in ENGINES:
        raise InputError(f"an engine is {', '.join(ENGINES[:-1])} or {ENGINES[-1]}, not {engine!r}")
    if workers is not None and workers < 1:
        raise InputError(f"workers must be at least 1, not {workers}")
    if threads < 1:
        raise InputError(f"threads must be at least 1, not {threads}")
    if engine == "local":
        if address is not None:
            raise InputError("an address is of a cluster: give --engine dask or --engine ray too")
        yield Here() if (workers or 1) == 1 else Processes(workers or 1, threads)
        return
    if engine == "dask":
        from fewbytes.scale import dask as cluster
    else:
        from fewbytes.scale import ray as cluster  # type: ignore[no-redef]
    with cluster.opened(address, workers, threads) as found:
        yield found
