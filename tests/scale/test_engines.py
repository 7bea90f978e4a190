"""What every engine does: order, errors, workers that die."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewbytes.errors import EngineError, OutputError
from fewbytes.scale import Engine, at_work
from tests.scale import jobs
from tests.scale.jobs import Folder

ENGINES = [
    pytest.param("here"),
    pytest.param("processes"),
    pytest.param("dask", marks=[pytest.mark.slow, pytest.mark.xdist_group("dask")]),
    pytest.param("ray", marks=[pytest.mark.slow, pytest.mark.xdist_group("ray")]),
]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name = request.param
    if name in ("dask", "ray"):
        pytest.importorskip({"dask": "distributed", "ray": "ray"}[name])
    workers = 1 if name == "here" else 2
    kind = "local" if name in ("here", "processes") else name
    with at_work(kind, workers=workers) as found:
        yield found


def in_process(engine: Engine) -> bool:
    return type(engine).__name__ == "Here"


def test_results_come_in_the_order_of_the_tasks(engine: Engine, tmp_path: Path) -> None:
    with engine.pool(Folder(tmp_path), tmp_path) as pool:
        tasks = [(jobs.slowest_first, n, 12) for n in range(12)]
        assert list(pool.each(tasks)) == list(range(12))
        assert list(pool.each([])) == []
        assert pool.start(jobs.square, 7).result() == 49


def test_workers_see_the_folder_and_begin_where_we_are(engine: Engine, tmp_path: Path) -> None:
    with engine.pool(Folder(tmp_path), tmp_path) as pool:
        list(pool.each((jobs.note, n) for n in range(4)))
        assert pool.start(jobs.where).result() == str(Path.cwd())
    found = [path.read_text().split() for path in sorted(tmp_path.glob("*.txt"))]
    assert len(found) == 4
    if not in_process(engine):
        assert {threads for _, threads in found} == {"1"}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_errors_of_ours_come_through(engine: Engine, tmp_path: Path) -> None:
    with engine.pool(Folder(tmp_path), tmp_path) as pool:
        with pytest.raises(OutputError, match="no room"):
            list(pool.each([(jobs.refuse,)]))
        if not in_process(engine):
            with pytest.raises(OutputError, match="no room"):
                pool.start(jobs.refuse).result()
            with pytest.raises(EngineError, match="out of memory"):
                pool.start(jobs.exhaust).result()


def test_a_worker_that_dies_costs_what_it_did(engine: Engine, tmp_path: Path) -> None:
    if in_process(engine):
        pytest.skip("it would be this process")
    with engine.pool(Folder(tmp_path), tmp_path) as pool:
        assert list(pool.each((jobs.die_once, n) for n in range(8))) == list(range(8))
    assert (tmp_path / "died-3").exists()


def test_what_kills_every_worker_is_an_error(engine: Engine, tmp_path: Path) -> None:
    if in_process(engine):
        pytest.skip("it would be this process")
    with (
        engine.pool(Folder(tmp_path), tmp_path) as pool,
        pytest.raises(EngineError, match=r"3 times .*out of memory\?.*goes on"),
    ):
        list(pool.each((jobs.die, n) for n in range(8)))


def test_an_interrupt_does_not_wait_for_tasks(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from fewbytes.scale import at_work\n"
        "from tests.scale import jobs\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "with at_work(workers=2) as engine, engine.pool(jobs.Folder(folder)) as pool:\n"
        "    list(pool.each([(jobs.sleep, 600.0)]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while not (tmp_path / "asleep").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(2)
    _, said = process.communicate(timeout=100)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1
