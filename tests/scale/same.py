"""What is compared: stores and studies made here and elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fewbytes as fb
from fewbytes.studies.results import Row, read_cell
from fewbytes.types import Dataset
from tests.store.helpers import contents

CODECS = ["dct:{4,8} | uniform:6 | zstd", "projection:16"]

TIMED = ("train_seconds", "compress_seconds")
"""Figures of a row that no two runs share."""


def compressed(data: Dataset, target: Path, **options: Any) -> dict[str, bytes]:
    """The files of a store of many blocks."""
    fb.compress(data, target, codec="dct:6 | uniform:6 | range", **options)
    return contents(target)


def studied(data: Dataset, out: Path, **options: Any) -> list[tuple[Row, dict[str, bytes]]]:
    """Rows without times, in their order, with the arrays of each cell."""
    run = fb.study(data, codecs=CODECS, seeds=2, epochs=1, out=out, **options)
    found = []
    for row in run.rows:
        arrays = read_cell(out, row["cell"])
        plain = {name: value for name, value in row.items() if name not in TIMED}
        found.append((plain, {name: array.tobytes() for name, array in arrays.items()}))
    return found


class When(threading.Thread):
    """Does something once, as soon as a condition holds; `done` tells whether it did."""

    def __init__(self, condition: Callable[[], bool], action: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._condition, self._action, self.done = condition, action, False
        self.start()

    def run(self) -> None:
        while not self._condition():
            time.sleep(0.005)
        self._action()
        self.done = True


def files_in(folder: Path, pattern: str) -> int:
    """How many files of a folder match; none where it is not there."""
    return len(list(folder.glob(pattern))) if folder.is_dir() else 0
