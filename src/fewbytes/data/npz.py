"""NumPy archives with the arrays of both splits."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fewbytes.errors import SourceError
from fewbytes.types import Dataset, Split

_NAMES = {
    "train": [("train_images", "train_labels"), ("x_train", "y_train")],
    "test": [("test_images", "test_labels"), ("x_test", "y_test")],
}


@contextmanager
def opened(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The arrays of an `.npz` file, read when they are asked for; nothing is ever unpickled.

    Raises:
        SourceError: not such a file, or one that is damaged.
    """
    try:
        # np.load leaves a file open that it opened itself and cannot read
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            yield archive
    except (
        OSError, EOFError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise SourceError(f"{path}: not a readable .npz file: {error}") from error


def load(path: Path, name: str) -> Dataset:
    """A data set from an `.npz` file with `train_images`, `train_labels`, `test_images` and
    `test_labels`, or `x_train`, `y_train`, `x_test` and `y_test`. Raises SourceError.
    """
    with opened(path) as archive:
        splits = {split: _split(archive, split, path) for split in _NAMES}
    return Dataset(name, splits["train"], splits["test"])


def _split(archive: np.lib.npyio.NpzFile, split: str, path: Path) -> Split:
    for images, labels in _NAMES[split]:
        if images in archive and labels in archive:
            return Split(archive[images], archive[labels].squeeze())
    raise SourceError(
        f"{path}: no {_NAMES[split][0][0]} and {_NAMES[split][0][1]}; it holds "
        f"{', '.join(archive.files) or 'nothing'}"
    )
