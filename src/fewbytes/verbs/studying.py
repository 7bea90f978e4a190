"""`study`: what codecs cost and keep, compared by training on each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fewbytes.durable import write_whole
from fewbytes.learn import Recipe, Silent
from fewbytes.report.drawing import plots_available
from fewbytes.report.study import plots, tables
from fewbytes.report.study.final_info import final_info
from fewbytes.report.study.rate_differences import rate_differences
from fewbytes.scale import Engine, at_work
from fewbytes.studies import runner
from fewbytes.studies.config import DEFAULT_CODECS, StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.results import Row, read_cell, read_rows, read_spectrum
from fewbytes.studies.runner import StudyWatcher
from fewbytes.studies.summary import Line, summarise
from fewbytes.types import Dataset


class SilentStudy(Silent):
    """Watches a study and says nothing."""

    def study_started(self, todo: Sequence[Cell], done: int) -> None:
        """Do nothing."""

    def cell_started(self, cell: Cell) -> None:
        """Do nothing."""

    def cell_finished(self, row: Row) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Run:
    """A study's folder and what is in it."""

    path: Path
    rows: list[Row]
    """One a cell, as in results.jsonl."""
    lines: list[Line]
    """One a codec, view and model: means over seeds."""

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row["status"] != "ok"]


def study(
    source: str | os.PathLike[str] | Dataset = "mnist",
    *,
    codecs: Sequence[str] = DEFAULT_CODECS,
    views: Sequence[str] = ("auto",),
    models: Sequence[str] = ("auto",),
    seeds: int = 3,
    epochs: int | None = None,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    engine: str | Engine = "local",
    address: str | None = None,
    watcher: StudyWatcher | None = None,
) -> Run:
    """Train on a data set under every codec and say what each costs and keeps.

    The raw images are always among the codecs. A study that was cut off goes on where it stopped
    when it is called again with the same `out` (default `runs/NAME`).

    Args:
        workers: that train at the same time, each with one thread; None: this process, with all its
            threads, or all that a cluster has. More than one local one only from a script whose
            main part is guarded by `if __name__ == "__main__"`.
        engine: `local`, `dask` or `ray`, or an engine that is open: see `fewbytes.scale`.
        address: HOST:PORT of a cluster, whose machines must all see the source and `out`; None: one
            is started on this machine.

    Raises:
        FewbytesError: bad input, or results that cannot be written; the message says which.
    """
    dataset = source if isinstance(source, Dataset) else None
    recipe = Recipe() if epochs is None else Recipe(epochs=epochs)
    config = StudyConfig(
        dataset.name if dataset else os.fspath(source),  # type: ignore[arg-type]
        tuple(codecs),
        tuple(views),
        tuple(models),
        seeds,
        recipe=recipe,
    )
    return run_study(config, out, watcher, dataset, workers=workers, engine=engine, address=address)


def run_study(
    config: StudyConfig,
    out: str | os.PathLike[str] | None = None,
    watcher: StudyWatcher | None = None,
    dataset: Dataset | None = None,
    retry_failed: bool = False,
    *,
    workers: int | None = None,
    engine: str | Engine = "local",
    address: str | None = None,
) -> Run:
    """`study`, from a configuration."""
    path = Path(out) if out is not None else default_folder(config)
    with at_work(engine, address=address, workers=workers) as found:
        runner.run(config, path, watcher or SilentStudy(), dataset, retry_failed, found)
    return write_reports(path)


def default_folder(config: StudyConfig) -> Path:
    """Where a study goes that is not told where: `runs/NAME`, apart for a part of the set."""
    part = "" if config.train_images is None else "-quick"
    return Path("runs") / f"{Path(config.source).stem or 'study'}{part}"


def write_reports(path: Path) -> Run:
    """Write tables and plots from the results in a run folder. Plots are left out where
    matplotlib is missing.
    """
    rows = read_rows(path)
    run = Run(path, rows, summarise(rows))
    dataset = rows[0]["dataset"] if rows else "study"
    said = tables.notes(run.lines) + rate_differences(run.lines)
    write_whole(path / "table.md", tables.markdown(run.lines, run.failed, said))
    write_whole(path / "table.csv", tables.csv_table(run.lines))
    write_whole(path / "final_info.json", final_info(run.lines, dataset))
    if run.lines and plots_available():
        cells = {key: read_cell(path, key) for line in run.lines for key in line.keys}
        for name, content in plots.draw(
            run.lines, cells, Path(dataset).name, read_spectrum(path)
        ).items():
            write_whole(path / name, content)
    return run
