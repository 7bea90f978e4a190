"""NumPy archives with the arrays of both splits, or of one to be dealt out."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fewbytes.data import fifths
from fewbytes.data.arrays import ArraySource
from fewbytes.data.resized import resized
from fewbytes.data.source import Source
from fewbytes.errors import SourceError
from fewbytes.types import Dataset, Split

_TRAIN = [("train_images", "train_labels"), ("x_train", "y_train")]
_TEST = [("test_images", "test_labels"), ("x_test", "y_test")]
_WHOLE = [("images", "labels"), ("x", "y")]


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
    `test_labels`, or `x_train`, `y_train`, `x_test` and `y_test`. Of a file without test arrays,
    whose arrays may also be called `images` and `labels`, or `x` and `y`, every fifth record is
    held out to test on. Raises SourceError.
    """
    return _load(path, name)[0]


def _load(path: Path, name: str) -> tuple[Dataset, tuple[str, ...]]:
    with opened(path) as archive:
        held = set(archive.files)
        if any(name in held for pair in _TEST for name in pair):
            train, test = _split(archive, _TRAIN, path), _split(archive, _TEST, path)
            return Dataset(name, train, test), ()
        whole = _split(archive, _TRAIN + _WHOLE, path)
    fifths.check_enough(len(whole), path)
    apart = fifths.is_test(np.arange(len(whole)))
    train, test = whole.take(np.flatnonzero(~apart)), whole.take(np.flatnonzero(apart))
    return Dataset(name, train, test), (fifths.REMARK,)


def _split(archive: np.lib.npyio.NpzFile, names: list[tuple[str, str]], path: Path) -> Split:
    for images, labels in names:
        if images in archive and labels in archive:
            flat = archive[labels]
            return Split(archive[images], flat.reshape(-1) if flat.shape[1:] == (1,) else flat)
    raise SourceError(
        f"{path}: no {names[0][0]} and {names[0][1]}; it holds "
        f"{', '.join(archive.files) or 'nothing'}"
    )


class NpzKind:
    """Files named `.npz`."""

    def recognises(self, path: Path) -> bool:
        return path.suffix.lower() == ".npz" and path.is_file()

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        dataset, remarks = _load(path, name)
        return resized(ArraySource(dataset, remarks=remarks), size)


KIND = NpzKind()
