"""Runs the cells of a study that are not done yet, one after another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from fewbytes.codecs import Codec
from fewbytes.data import holdout, load
from fewbytes.errors import FewbytesError, OutputError, StudyError
from fewbytes.learn import Recipe, Watcher
from fewbytes.studies.config import StudyConfig
from fewbytes.studies.grid import Cell, cells
from fewbytes.studies.prepare import Prepared
from fewbytes.studies.results import CONFIG, Arrays, Row, RunFolder, is_done, read_rows
from fewbytes.types import Dataset


class StudyWatcher(Watcher, Protocol):
    """Is told how a study goes on, as well as how its trainings do."""

    def study_started(self, todo: Sequence[Cell], done: int) -> None: ...

    def cell_started(self, cell: Cell) -> None: ...

    def cell_finished(self, row: Row) -> None: ...


def run(
    config: StudyConfig,
    out: Path,
    watcher: StudyWatcher,
    dataset: Dataset | None = None,
    retry_failed: bool = False,
) -> list[Row]:
    """Run or go on with a study in the folder `out`; every row that the folder holds.

    Cells that failed count as done unless `retry_failed`.

    Raises:
        SourceError, InputError, CodecError: the study cannot start, and nothing is written.
        StudyError: `out` holds a study of another source or recipe, or is in use.
        OutputError: a result cannot be written; what was written before stays and is resumed.
    """
    dataset = dataset or load(config.source)
    config = replace(config, fingerprint=fingerprint(dataset))
    grid = cells(config, dataset.name, dataset.image_shape)
    holdout(dataset.train.labels, seed=0)
    _check_resumable(config, out)
    with RunFolder.open(out, config.to_toml()) as folder:
        done = {
            row["cell"]
            for row in read_rows(out)
            if is_done(out, row) and not (retry_failed and row["status"] != "ok")
        }
        todo = [cell for cell in grid if cell.key not in done]
        watcher.study_started(todo, len(grid) - len(todo))
        prepared: Prepared | None = None
        for cell in todo:
            watcher.cell_started(cell)
            if prepared is None or (str(prepared.codec), prepared.seed) != (cell.codec, cell.seed):
                prepared = Prepared(Codec.parse(cell.codec), dataset, cell.seed)
            row, arrays = _attempt(cell, prepared, config, watcher)
            folder.append(row, cell.key, arrays)
            watcher.cell_finished(row)
        return read_rows(out)


def _attempt(
    cell: Cell, prepared: Prepared, config: StudyConfig, watcher: StudyWatcher
) -> tuple[Row, Arrays]:
    """The cell's row and arrays; where it fails, a row that says why."""
    row: Row = {
        "dataset": cell.dataset,
        "codec": cell.codec,
        "view": cell.view,
        "model": cell.model,
        "seed": cell.seed,
        "cell": cell.key,
    }
    try:
        found, arrays = _run(cell, prepared, config, watcher)
    except OutputError:
        raise
    except Exception as error:  # whatever a plug-in or a model raises is this cell's result
        said = next(iter(str(error).splitlines()), "")
        if not said or not isinstance(error, FewbytesError):
            said = f"{type(error).__name__}: {said}"
        return {**row, "status": "failed", "reason": said}, {}
    return {**row, "status": "ok", "reason": "", **found}, arrays


def _run(
    cell: Cell, prepared: Prepared, config: StudyConfig, watcher: StudyWatcher
) -> tuple[Row, Arrays]:
    trained, predictions = prepared.train(
        cell.view, cell.model, config.recipe, watcher, config.train_images
    )
    labels = prepared.dataset.test.labels
    history, rate = trained.history, prepared.rate
    found: Row = {
        "val_accuracy": history.val_accuracy[-1],
        "best_val_accuracy": max(history.val_accuracy),
        "test_accuracy": float(np.mean(predictions == labels)),
        "values_per_image": prepared.fitted.values_per_image,
        "payload_bytes": rate.payload_bytes,
        "side_bytes": dict(rate.side_bytes),
        "total_bytes": rate.total_bytes,
        "images": rate.images,
        "raw_bytes": rate.raw_bytes,
        "ratio": rate.ratio,
        "train_seconds": trained.seconds,
        **prepared.seconds,
        "parameters": trained.parameters,
        "epochs": config.recipe.epochs,
        "train_images": trained.inputs,
        "lossy": prepared.codec.lossy,
        "supervised": prepared.codec.supervised,
    }
    arrays: Arrays = {
        "train_loss": np.asarray(history.train_loss, np.float32),
        "val_loss": np.asarray(history.val_loss, np.float32),
        "val_accuracy": np.asarray(history.val_accuracy, np.float32),
        "test_predictions": predictions.astype(np.min_scalar_type(prepared.dataset.classes)),
    }
    return found, arrays


def fingerprint(dataset: Dataset) -> str:
    """A short hash of every image and label, so that a folder holds results of one set alone."""
    found = hashlib.sha256(repr(dataset.image_shape).encode())
    for split in dataset.splits.values():
        found.update(np.ascontiguousarray(split.images).data)
        found.update(split.labels.tobytes())
    return found.hexdigest()[:16]


def _check_resumable(config: StudyConfig, out: Path) -> None:
    """A folder may gain codecs and seeds, but rows under another recipe would not compare."""
    if not (out / CONFIG).exists():
        return
    earlier = StudyConfig.from_toml(out / CONFIG)
    for name in ("source", "train_images", "fingerprint", *Recipe.field_names()):
        then, now = (getattr(c if hasattr(c, name) else c.recipe, name) for c in (earlier, config))
        if then != now:
            raise StudyError(
                f"{out} holds a study with {name} = {then}, not {now}; "
                "choose another --out, or delete that folder"
            )
