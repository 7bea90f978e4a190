"""Runs the cells of a study that are not done yet, one after another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec
from fewbytes.data import holdout, open_source
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.source import Source
from fewbytes.errors import FewbytesError, InputError, OutputError, StudyError, first_line
from fewbytes.learn import Recipe, Tested, Watcher
from fewbytes.measures import rate
from fewbytes.measures.distortion.gaussian_rate import LARGEST, spectrum
from fewbytes.measures.information.label_information import label_entropy
from fewbytes.measures.information.network_information import network_information
from fewbytes.measures.measurement import Measurement
from fewbytes.store.source import StoreSource
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.grid import Cell, cells
from fewbytes.studies.machine import note_machine
from fewbytes.studies.prepare import Prepared, drawn_images
from fewbytes.studies.results import CONFIG, Arrays, Row, RunFolder, is_done, read_rows
from fewbytes.studies.samples import keep_samples
from fewbytes.types import Dataset

SPECTRUM_IMAGES = 20_000

STORES = "stores"
"""Folder of a run that holds the stores of its codecs while it goes on."""


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

    Cells that failed count as done unless `retry_failed`. Every cell is trained from a store in
    `out/stores`, and its bytes are that store's; the stores are removed when all is done.

    Raises:
        SourceError, InputError, CodecError: the study cannot start, and nothing is written.
        StudyError: `out` holds a study of another source or recipe, or is in use.
        OutputError: a result cannot be written; what was written before stays and is resumed.
    """
    source = open_source(dataset or config.source)
    config = replace(config, fingerprint=fingerprint(source))
    if "test" not in source.sizes:
        source = EveryFifth(source)
    if (labels := source.known_labels("train")) is not None:
        holdout(labels, seed=0)
    grid = cells(config, source.name, source.image_shape)
    _check_resumable(config, out)
    with RunFolder.open(out, config.to_toml()) as folder:
        done = {
            row["cell"]
            for row in read_rows(out)
            if is_done(out, row) and not (retry_failed and row["status"] != "ok")
        }
        todo = [cell for cell in grid if cell.key not in done]
        watcher.study_started(todo, len(grid) - len(todo))
        stores = out / STORES
        raw = Prepared(Codec.parse(RAW), source, 0, stores)
        pixels = _pixels(source, raw) if todo else source
        folder.keep_spectrum(partial(_spectrum, pixels))
        if todo:
            note_machine(out)
        prepared = raw
        for cell in todo:
            watcher.cell_started(cell)
            if (str(prepared.codec), prepared.seed) != (cell.codec, cell.seed):
                prepared = Prepared(Codec.parse(cell.codec), pixels, cell.seed, stores)
            row, arrays = _attempt(cell, prepared, config, watcher)
            folder.append(row, cell.key, arrays)
            if row["status"] == "ok":
                keep_samples(folder, cell.codec, pixels, prepared.store.decoder)
            watcher.cell_finished(row)
        rmtree(stores, ignore_errors=True)
        return read_rows(out)


def _spectrum(source: Source) -> NDArray[np.float64] | None:
    """Variances of the training images along their principal axes; None where images are so large
    that they cannot be had.
    """
    if prod(source.image_shape) > LARGEST:
        return None
    return spectrum(drawn_images(source, SPECTRUM_IMAGES))


def _pixels(source: Source, raw: Prepared) -> Source:
    """Where codecs get their images from: the source, or where decoding costs, the store of the
    raw images, which is made first. Raises InputError where they cannot be trained on.
    """
    holdout(raw.store["train"].labels, seed=0)
    return StoreSource(raw.store) if source.costly else source


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
        said = first_line(error)
        if not said or not isinstance(error, FewbytesError):
            said = f"{type(error).__name__}: {said}"
        return {**row, "status": "failed", "reason": said}, {}
    return {**row, "status": "ok", "reason": "", **found}, arrays


def _run(
    cell: Cell, prepared: Prepared, config: StudyConfig, watcher: StudyWatcher
) -> tuple[Row, Arrays]:
    tested = prepared.train(cell.view, cell.model, config.recipe, watcher, config.train_images)
    trained, history, counted = tested.trained, tested.trained.history, rate(prepared.store)
    classes = prepared.store.manifest.classes
    # a codec that saw the labels of the validation images proves nothing by reading them
    known = None if prepared.codec.supervised else _label_information(tested, classes)
    found: Row = {
        "val_accuracy": history.val_accuracy[-1],
        "best_val_accuracy": max(history.val_accuracy),
        "test_accuracy": tested.test_accuracy,
        "values_per_image": prepared.store.codec.values_per_image,
        "payload_bytes": counted.payload_bytes,
        "side_bytes": dict(counted.side_bytes),
        "total_bytes": counted.total_bytes,
        "images": counted.images,
        "raw_bytes": counted.raw_bytes,
        "ratio": counted.ratio,
        "train_seconds": trained.seconds,
        **prepared.seconds,
        "parameters": trained.parameters,
        "epochs": config.recipe.epochs,
        "train_images": trained.inputs,
        "lossy": prepared.codec.lossy,
        "supervised": prepared.codec.supervised,
        "classes": classes,
        "label_bits": known and known.low,
        "label_entropy": known and label_entropy(tested.val_labels, classes=classes).value,
        "mse": prepared.squared_error,
    }
    arrays: Arrays = {
        "train_loss": np.asarray(history.train_loss, np.float32),
        "val_loss": np.asarray(history.val_loss, np.float32),
        "val_accuracy": np.asarray(history.val_accuracy, np.float32),
        "test_predictions": tested.predictions.astype(np.min_scalar_type(classes)),
    }
    return found, arrays


def _label_information(tested: Tested, classes: int) -> Measurement | None:
    """What the network proves that its inputs say of the label, from the validation images; None
    where they are too few.
    """
    try:
        return network_information(tested.trained.val_logits, tested.val_labels, classes=classes)
    except InputError:
        return None


def fingerprint(source: Source) -> str:
    """A short text of the source's contents, so that a folder holds results of one set alone."""
    found = f"{source.image_shape} {source.fingerprint()}"
    return hashlib.sha256(found.encode()).hexdigest()[:16]


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
