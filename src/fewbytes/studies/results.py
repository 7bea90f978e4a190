"""The run folder: what a study has found so far, safe against being cut off at any moment.

    study.toml       the resolved configuration
    results.jsonl    one row a finished cell, appended and synced
    cells/KEY.npz    its curves and its predictions on the test images
    cells/KEY.json   its row, where a worker has finished it that could not tell yet
    spectrum.npz     variances of the training images along their principal axes
    samples/*.npz    a few images before and after each codec
    machine.json     what the study ran on

A row is appended only after its cell's file is in place, so a row stands for a whole cell; half a
row, left by a power cut, is dropped when the study goes on.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import npz
from fewbytes.durable import locked, write_whole, writing
from fewbytes.errors import OutputError, SourceError, StudyError

Row: TypeAlias = dict[str, Any]
"""One line of results.jsonl; docs/results.md names its fields."""

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

CONFIG, RESULTS, CELLS, LOCK = "study.toml", "results.jsonl", "cells", ".lock"
SPECTRUM = "spectrum.npz"

STORES = "stores"
"""Folder of a run that holds the stores of its codecs while it goes on."""


class RunFolder:
    """A run folder, open for one process at a time."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file

    @classmethod
    @contextmanager
    def open(cls, path: Path, config: str) -> Iterator[RunFolder]:
        """Open or create the folder of the study that `config` describes.

        Raises:
            OutputError: the folder cannot be written.
            StudyError: it belongs to another process now, or to a study of another recipe.
        """
        with writing(path):
            (path / CELLS).mkdir(parents=True, exist_ok=True)
            file = (path / RESULTS).open("a+b", buffering=0)
        with file, locked(path / LOCK) as ours:
            if not ours:
                raise StudyError(f"{path} is in use by another study; wait for it")
            _drop_half_row(file)
            write_whole(path / CONFIG, config)
            yield cls(path, file)

    def append(self, row: Row, key: str, arrays: Arrays) -> None:
        """Add a finished cell. Raises OutputError, and then leaves the rows as they were."""
        if arrays:
            self.write_arrays(f"{CELLS}/{key}.npz", arrays)
        end = self._file.seek(0, os.SEEK_END)
        try:
            line = memoryview(json.dumps(row).encode() + b"\n")
            while line:  # an unbuffered file may take less than the whole at a time
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)
            raise OutputError(
                f"cannot write {self.path / RESULTS}: {error.strerror or error}"
            ) from error

    def keep_spectrum(self, variances: Callable[[], NDArray[np.float64] | None]) -> None:
        """Write the images' spectrum, (pixels,), where it is not there yet and can be had."""
        if (self.path / SPECTRUM).exists() or (found := variances()) is None:
            return
        self.write_arrays(SPECTRUM, {"variances": found})

    def write_arrays(self, name: str, arrays: Arrays) -> None:
        """Write an .npz file of the folder whole, or not at all. Raises OutputError."""
        write_arrays(self.path / name, arrays)


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write an .npz file whole, or not at all. Raises OutputError."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    with writing(path):
        path.parent.mkdir(exist_ok=True)
    write_whole(path, content.getvalue())


def read_spectrum(path: Path) -> NDArray[np.float64] | None:
    """Variances of a study's images along their principal axes, (pixels,); None where the study
    kept none. Raises StudyError.
    """
    if not (path / SPECTRUM).exists():
        return None
    return read_arrays(path / SPECTRUM)["variances"]


def read_rows(path: Path) -> list[Row]:
    """The rows of a run folder in the order they were finished; of a cell that was tried again,
    the last one.

    Raises:
        StudyError: a row is not JSON or not a cell's, or the folder holds none.
    """
    try:
        rows = [json.loads(line) for line in (path / RESULTS).read_bytes().split(b"\n")[:-1]]
    except OSError as error:
        raise StudyError(f"{path}: no study here: {error.strerror}") from error
    except ValueError as error:
        raise StudyError(f"{path / RESULTS}: a row is damaged: {error}") from error
    for row in rows:
        if not isinstance(row, dict) or "cell" not in row or "status" not in row:
            raise StudyError(f"{path / RESULTS}: a row is not a cell's: {str(row)[:60]}")
    return list({row["cell"]: row for row in rows}.values())


def is_done(path: Path, row: Row) -> bool:
    """Whether the row stands for a whole cell: it failed, or its file is there too."""
    return row["status"] != "ok" or (path / CELLS / f"{row['cell']}.npz").is_file()


def read_cell(path: Path, key: str) -> dict[str, NDArray[Any]]:
    """Curves and predictions of a cell: train_loss (steps,), val_loss and val_accuracy (epochs,),
    test_predictions (test images,). Raises StudyError.
    """
    return read_arrays(path / CELLS / f"{key}.npz")


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file. Raises StudyError."""
    try:
        with npz.opened(path) as arrays:
            return dict(arrays)
    except SourceError as error:
        raise StudyError(str(error)) from error


def _drop_half_row(file: IO[bytes]) -> None:
    file.seek(0)
    content = file.read()
    if content and not content.endswith(b"\n"):
        file.truncate(content.rfind(b"\n") + 1)
