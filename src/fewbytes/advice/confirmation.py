"""Full trainings with paired seeds, as cells of an ordinary study; the test split is left alone.

A cell's store is written and weighed as a study does it, its network is judged on the validation
images of its seed and kept. Once the advice stands, and not before, `read_test` opens the test
split for the codecs that it names, and completes their rows.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch

from fewbytes.advice.budget import Deadline
from fewbytes.advice.paired import Judgement
from fewbytes.advice.trials import model_of
from fewbytes.advice.watch import AdviceWatcher, Timed
from fewbytes.codecs import Codec
from fewbytes.data.source import Source
from fewbytes.durable import write_whole, writing
from fewbytes.errors import FewbytesError, OutputError, StudyError
from fewbytes.learn.kept import kept, restored
from fewbytes.measures import Rate, rate
from fewbytes.store.tasks import BlockDone
from fewbytes.store.write import SilentCompress
from fewbytes.studies.attempt import as_classes, attempt
from fewbytes.studies.config import StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.machine import note_machine
from fewbytes.studies.prepare import Prepared
from fewbytes.studies.results import CONFIG, Row, RunFolder, is_done, read_cell, read_rows
from fewbytes.studies.samples import keep_samples

VIEW = "image"

NETWORKS = "networks"
"""Folder of a run that holds the networks of its cells until the test split is read."""


class TooLongError(FewbytesError):
    """A step that nothing stops would not end in time; others may."""


class Guard(SilentCompress):
    """Stops what goes on when its time is over."""

    deadline: Deadline | None = None

    def check(self) -> None:
        """Raises OutOfTime."""
        if self.deadline is not None:
            self.deadline.check()

    def block_finished(self, done: BlockDone) -> None:
        """Raises OutOfTime; a store that was begun goes on from its finished blocks."""
        self.check()


class Confirmation:
    """The cells of a search, in its run folder."""

    def __init__(
        self, source: Source, folder: RunFolder, config: StudyConfig, watcher: AdviceWatcher,
        stores: Path,
    ) -> None:  # fmt: skip
        self.config, self._source, self._folder = config, source, folder
        self._watcher, self._stores = watcher, stores
        self._guard = Guard()
        self._prepared: dict[str, Prepared] = {}
        self.longest = 0.0
        """Seconds of the longest training by now."""
        self.fitting = 0.0
        """Seconds that fitting a context coder takes, about. Nothing stops it in between, so
        that it is begun only where it can end."""
        found = read_rows(folder.path)
        self.rows: dict[str, Row] = {r["cell"]: r for r in found if is_done(folder.path, r)}
        with writing(folder.path):
            (folder.path / NETWORKS).mkdir(exist_ok=True)

    def begin(self, config: StudyConfig) -> None:
        """From now on, cells are of this study; rows of trainings of other lengths are no part of
        it. Raises OutputError.
        """
        self.config, epochs = config, config.recipe.epochs
        self.rows = {k: r for k, r in self.rows.items() if r.get("epochs", epochs) == epochs}
        write_whole(self._folder.path / CONFIG, config.to_toml())
        note_machine(self._folder.path)

    def named(self, codec: str, seed: int) -> Cell:
        """The cell of a codec and seed."""
        return Cell(self._source.name, codec, VIEW, model_of(self._source.image_shape), seed)

    def weigh(self, codec: str, deadline: Deadline) -> Rate:
        """The bytes of a codec's store, which is written unless they are known already.

        Raises:
            OutOfTime: it is not whole.
            TooLongError: fitting its coder would not end in time.
            FewbytesError: it cannot be written, or the codec does not fit the images.
        """
        row = self.rows.get(self.named(codec, 0).key)
        if row is not None and row["status"] == "ok":
            return rate_of(row)
        self._watcher.step_started(f"storing {codec}")
        prepared = self._stored(codec, 0, deadline)
        found = rate(prepared.store)
        if prepared.codec.coder.name == "context":
            self.fitting = prepared.seconds.get("compress_seconds", self.fitting)
        return found

    def train(self, codec: str, seed: int, deadline: Deadline) -> tuple[Row, float]:
        """The row of a cell, trained now or before, and the seconds it took now.

        Raises:
            OutOfTime: the cell is not done.
            TooLongError: the seed needs a store of its own, whose coder would not be fitted in
                time.
            StudyError: it failed.
            OutputError: its result cannot be written.
        """
        cell, start = self.named(codec, seed), time.perf_counter()
        row = self.rows.get(cell.key)
        if row is None:
            deadline.check()
            self._watcher.step_started(str(cell))
            prepared = self._stored(codec, seed, deadline)
            watcher = Timed(self._watcher, self._guard.check)
            found = attempt(cell, prepared, self.config, watcher, test=False)
            if found.trained is not None:
                write_whole(self._network(cell), kept(found.trained))
            self._folder.append(found.row, cell.key, found.arrays)
            row = self.rows[cell.key] = found.row
            if row["status"] == "ok":
                keep_samples(self._folder, codec, self._source, prepared.store.decoder)
        if row["status"] != "ok":
            raise StudyError(f"{cell}: {row['reason']}")
        self.longest = max(self.longest, row["train_seconds"])
        return row, time.perf_counter() - start

    def judgement(self, codec: str, seed: int) -> Judgement:
        """Which validation images the network of a cell has right."""
        return Judgement.of(read_cell(self._folder.path, self.named(codec, seed).key))

    def read_test(self, codec: str, seeds: int) -> list[float]:
        """Test accuracies of a codec's networks of so many seeds, from the first on; the test split
        is read where it was not.
        """
        return [self._tested(self.named(codec, seed)) for seed in range(seeds)]

    def forget(self, codec: str) -> None:
        """Close a store that is done with; it stays on the disk."""
        self._prepared.pop(codec, None)

    def _tested(self, cell: Cell) -> float:
        row = self.rows[cell.key]
        if row["test_accuracy"] is None:
            prepared = self._of(cell.codec, cell.seed)
            try:
                content = self._network(cell).read_bytes()
            except OSError as error:
                raise OutputError(f"{self._network(cell)}: {error.strerror}") from error
            network = restored(
                content, prepared.store, view=cell.view, model=cell.model,
                recipe=self.config.recipe,
            )  # fmt: skip
            predictions, accuracy = prepared.test(network, cell.view, torch.device("cpu"))
            arrays = read_cell(self._folder.path, cell.key)
            arrays["test_predictions"] = as_classes(predictions, prepared)
            row = {**row, "test_accuracy": accuracy}
            self._folder.append(row, cell.key, arrays)
            self.rows[cell.key] = row
        return float(row["test_accuracy"])

    def _stored(self, codec: str, seed: int, deadline: Deadline) -> Prepared:
        """A codec whose store is written if there is time; where it draws from its seed, that of
        this one.
        """
        self._guard.deadline = deadline
        prepared = self._of(codec, seed)
        fits = prepared.codec.coder.name == "context" and "store" not in vars(prepared)
        if fits and deadline.left < self.fitting:
            raise TooLongError(
                f"fitting its coder takes about {self.fitting:.0f} s, and "
                f"{max(0.0, deadline.left):.0f} s were left"
            )
        return prepared

    def _of(self, codec: str, seed: int) -> Prepared:
        if codec not in self._prepared:
            parsed = Codec.parse(codec)
            self._prepared[codec] = Prepared(parsed, self._source, 0, self._stores, self._guard)
        one = self._prepared[codec]
        if one.seed == seed:
            return one
        return one.for_seed(seed)

    def _network(self, cell: Cell) -> Path:
        return self._folder.path / NETWORKS / f"{cell.key}.safetensors"


def enlarged(config: StudyConfig, codecs: list[str]) -> StudyConfig:
    """The study with these codecs too."""
    return replace(config, codecs=tuple(dict.fromkeys((*config.codecs, *codecs))))


def rate_of(row: Row) -> Rate:
    """The bytes that a cell's row tells."""
    return Rate(row["images"], row["raw_bytes"], row["payload_bytes"], row["side_bytes"])
