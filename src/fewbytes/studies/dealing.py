"""The cells of a study on an engine: a codec's store first, then the cells that train on it.

A worker keeps a cell's result in the run folder: its arrays, and its row in a file of its own. So a
study that was stopped goes on from what its workers had finished, whether or not it was told of it.
Rows enter results.jsonl in the order of the study, whichever worker was first.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fewbytes.codecs import Codec
from fewbytes.data.source import Source
from fewbytes.durable import write_whole
from fewbytes.errors import OutputError
from fewbytes.learn import Silent
from fewbytes.scale import Pool
from fewbytes.studies.attempt import attempt
from fewbytes.studies.config import StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.prepare import Prepared
from fewbytes.studies.results import CELLS, STORES, Row, write_arrays

QUEUED = 2
"""Tasks given out for each worker: few, so that cells whose store is there are not behind stores
that nobody waits for yet."""

Seconds = Mapping[str, float]


@dataclass(frozen=True)
class Job:
    """What all tasks of a study need to know; it can be pickled."""

    source: Source
    """Where codecs get their images from."""
    config: StudyConfig
    out: Path

    def use_threads(self, count: int) -> None:
        """Decode images by so many threads from now on."""
        self.source.use_threads(count)

    def prepared(self, codec: str, seed: int) -> Prepared:
        """The store of a codec and seed."""
        return Prepared(Codec.parse(codec), self.source, seed, self.out / STORES)


def store(job: Job, codec: str, seed: int) -> Seconds:
    """Task: make a store; the seconds that it took. What is wrong with the codec, its cells say."""
    prepared = job.prepared(codec, seed)
    try:
        prepared.store  # noqa: B018 (made when it is asked for)
    except OutputError:
        raise
    except Exception:  # whatever a plug-in raises is the result of its cells
        return {}
    return prepared.seconds


def train(job: Job, cell: Cell, seconds: Seconds) -> Row:
    """Task: train a cell on its store, keep its arrays and its row; the row."""
    prepared = job.prepared(cell.codec, cell.seed)
    prepared.seconds.update(seconds)
    found = attempt(cell, prepared, job.config, Silent())
    if found.arrays:
        write_arrays(job.out / CELLS / f"{cell.key}.npz", found.arrays)
    write_whole(row_path(job.out, cell), json.dumps(found.row))
    return found.row


def row_path(out: Path, cell: Cell) -> Path:
    """Where a worker keeps the row of a cell, until it is one of results.jsonl."""
    return out / CELLS / f"{cell.key}.json"


def kept_row(out: Path, cell: Cell, retry_failed: bool) -> Row | None:
    """The row that a worker had kept when the study was stopped; None where there is none, or one
    of a failure that is to be tried again.
    """
    try:
        row: Row = json.loads(row_path(out, cell).read_bytes())
    except (OSError, ValueError):
        return None
    return None if retry_failed and row["status"] != "ok" else row


@dataclass
class Dealer:
    """Gives the tasks of a study to a pool, a few at a time."""

    pool: Pool
    workers: int
    started: Callable[[Cell], None]
    """Told of each cell that is given out."""
    _stores: deque[tuple[str, int]] = field(default_factory=deque)
    _cells: dict[tuple[str, int], list[Cell]] = field(default_factory=dict)
    _ready: deque[tuple[Cell, Seconds]] = field(default_factory=deque)
    _running: dict[Future[Any], Cell | tuple[str, int]] = field(default_factory=dict)

    def rows(self, todo: Sequence[Cell]) -> Iterator[tuple[Cell, Row]]:
        """The row of every cell, as they are finished.

        Raises:
            EngineError: workers cannot be had, or keep dying.
            OutputError: a result cannot be written.
        """
        for cell in todo:
            key = (cell.codec, cell.seed if Codec.parse(cell.codec).seeded else 0)
            if key not in self._cells:
                self._stores.append(key)
            self._cells.setdefault(key, []).append(cell)
        while self._ready or self._stores or self._running:
            self._give()
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                what, result = self._running.pop(future), future.result()
                if isinstance(what, Cell):
                    yield what, result
                else:
                    first, *others = self._cells[what]
                    self._ready += [(first, result), *((cell, {}) for cell in others)]

    def _give(self) -> None:
        while len(self._running) < QUEUED * self.workers and (self._ready or self._stores):
            if self._ready:
                cell, seconds = self._ready.popleft()
                self.started(cell)
                self._running[self.pool.start(train, cell, seconds)] = cell
            else:
                key = self._stores.popleft()
                self._running[self.pool.start(store, *key)] = key


def in_order(
    todo: Sequence[Cell], found: Iterator[tuple[Cell, Row]], known: Mapping[Cell, Row]
) -> Iterator[tuple[Cell, Row]]:
    """Cells and rows in the order of the study; some are `known` before any is found."""
    rows = dict(known)
    for cell in todo:
        while cell not in rows:
            other, row = next(found)
            rows[other] = row
        yield cell, rows.pop(cell)


def forget(out: Path, cell: Cell) -> None:
    """Remove the file of a row that is in results.jsonl now."""
    with suppress(OSError):
        row_path(out, cell).unlink()
