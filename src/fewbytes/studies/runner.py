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
from fewbytes.errors import StudyError
from fewbytes.learn import Recipe, Watcher
from fewbytes.measures.distortion.gaussian_rate import LARGEST, spectrum
from fewbytes.scale import Engine
from fewbytes.scale.here import Here
from fewbytes.store.source import StoreSource
from fewbytes.studies.attempt import attempt
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.dealing import Dealer, Job, forget, in_order, kept_row
from fewbytes.studies.grid import Cell, cells
from fewbytes.studies.machine import note_machine
from fewbytes.studies.prepare import Prepared, drawn_images
from fewbytes.studies.results import CONFIG, STORES, Row, RunFolder, is_done, read_rows
from fewbytes.studies.samples import keep_samples
from fewbytes.types import Dataset

SPECTRUM_IMAGES = 20_000


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
    engine: Engine | None = None,
) -> list[Row]:
    """Run or go on with a study in the folder `out`; every row that the folder holds.

    Cells that failed count as done unless `retry_failed`. Every cell is trained from a store in
    `out/stores`, and its bytes are that store's; the stores are removed when all is done.

    Cells run in this process, with all its threads, or on an engine, whose workers take one thread
    each where they were not given more. What a network learns may depend on the number of threads,
    in the last bits; on the engine it does not.

    Raises:
        SourceError, InputError, CodecError: the study cannot start, and nothing is written.
        StudyError: `out` holds a study of another source or recipe, or is in use.
        EngineError: workers cannot be had, or keep dying; what they finished stays.
        OutputError: a result cannot be written; what was written before stays and is resumed.
    """
    source = open_source(dataset or config.source)
    config = replace(config, fingerprint=fingerprint(source))
    if "test" not in source.sizes:
        source = EveryFifth(source)
    if (labels := source.known_labels("train")) is not None:
        holdout(labels, 0, source.class_names)
    grid = cells(config, source.name, source.image_shape)
    check_resumable(config, out)
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
        pixels = pixels_of(source, raw) if todo else source
        folder.keep_spectrum(partial(_spectrum, pixels))
        if todo:
            note_machine(out)
        job = Job(pixels, config, out.absolute())
        if engine is None or isinstance(engine, Here):
            _here(job, todo, raw, folder, watcher)
        else:
            _elsewhere(job, todo, folder, engine, watcher, retry_failed)
        rmtree(stores, ignore_errors=True)
        return read_rows(out)


def _here(
    job: Job, todo: Sequence[Cell], prepared: Prepared, folder: RunFolder, watcher: StudyWatcher
) -> None:
    """One cell after another, watched step by step."""
    for cell in todo:
        watcher.cell_started(cell)
        if (str(prepared.codec), prepared.seed) != (cell.codec, cell.seed):
            prepared = job.prepared(cell.codec, cell.seed)
        found = attempt(cell, prepared, job.config, watcher)
        folder.append(found.row, cell.key, found.arrays)
        if found.row["status"] == "ok":
            keep_samples(folder, cell.codec, job.source, prepared.store.decoder)
        watcher.cell_finished(found.row)


def _elsewhere(
    job: Job,
    todo: Sequence[Cell],
    folder: RunFolder,
    engine: Engine,
    watcher: StudyWatcher,
    retry_failed: bool,
) -> None:
    """Cells as tasks of an engine; rows are told of and kept in the order of the study."""
    kept = {cell: kept_row(job.out, cell, retry_failed) for cell in todo}
    known = {cell: row for cell, row in kept.items() if row is not None}
    with engine.pool(job, job.out) as pool:
        found = Dealer(pool, engine.workers, watcher.cell_started)
        for cell, row in in_order(todo, found.rows([c for c in todo if c not in known]), known):
            folder.append(row, cell.key, {})
            forget(job.out, cell)
            if row["status"] == "ok":
                prepared = job.prepared(cell.codec, cell.seed)
                keep_samples(folder, cell.codec, job.source, prepared.store.decoder)
            watcher.cell_finished(row)


def _spectrum(source: Source) -> NDArray[np.float64] | None:
    """Variances of the training images along their principal axes; None where images are so large
    that they cannot be had.
    """
    if prod(source.image_shape) > LARGEST:
        return None
    return spectrum(drawn_images(source, SPECTRUM_IMAGES))


def pixels_of(source: Source, raw: Prepared) -> Source:
    """Where codecs get their images from: the source, or where decoding costs, the store of the
    raw images, which is made first. Raises InputError where they cannot be trained on.
    """
    holdout(raw.store["train"].labels, 0, source.class_names)
    return StoreSource(raw.store) if source.costly else source


def fingerprint(source: Source) -> str:
    """A short text of the source's contents, so that a folder holds results of one set alone."""
    found = f"{source.image_shape} {source.fingerprint()}"
    return hashlib.sha256(found.encode()).hexdigest()[:16]


def check_resumable(config: StudyConfig, out: Path) -> None:
    """A folder may gain codecs and seeds, but rows under another recipe would not compare."""
    if not (out / CONFIG).exists():
        return
    earlier = StudyConfig.from_toml(out / CONFIG)
    for name in (
        "source",
        "train_images",
        "validation_share",
        "fingerprint",
        *Recipe.field_names(),
    ):
        then, now = (getattr(c if hasattr(c, name) else c.recipe, name) for c in (earlier, config))
        if then != now:
            raise StudyError(
                f"{out} holds a study with {name} = {then}, not {now}; "
                "choose another --out, or delete that folder"
            )
