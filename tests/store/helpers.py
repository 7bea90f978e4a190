"""Small data sets, sources and places of files for the tests of stores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.data.source import Piece, Skipped, Source
from fewbytes.errors import CorruptError, SourceError
from fewbytes.store import Store, compress, open_store
from fewbytes.store.files import Files
from fewbytes.types import Dataset, Split

RECORDS_SPECS = [
    "identity",
    "otsu | downsample:4 | threshold",
    "dct:4 | uniform:3 | zstd",
    "dct:4",
    "projection:6 | uniform:12",
    "pca:5 | uniform:12 | raw",
]
SECRET, OTHER = "0123456789abcdef" * 4, "f0" * 32
"""Two secret keys."""

BLOCKS_SPECS = ["dct:4 | uniform:8 | xz", "otsu | threshold | xz", "projection:6 | float32 | xz"]


def made(train: int, test: int, shape: tuple[int, ...] = (8, 8, 1), classes: int = 10) -> Dataset:
    """A set of images that a coder finds something to save in, no two of them the same."""
    rng = np.random.default_rng([train, test, *shape])

    def split(n: int) -> Split:
        labels = rng.integers(0, classes, n)
        labels[-1] = classes - 1
        shade = rng.integers(0, 200, (n, 1, 1, 1))
        images = shade + rng.integers(0, 40, (n, *shape)) * (rng.random((n, *shape)) < 0.4)
        return Split(images.astype(np.uint8), labels)

    return Dataset("made", split(train), split(test))


class Gappy(Source):
    """A source some of whose records cannot be read."""

    def __init__(self, dataset: Dataset, unreadable: Mapping[str, set[int]]) -> None:
        self.dataset, self.unreadable = dataset, unreadable
        self.name, self.image_shape = "gappy", dataset.image_shape
        self.sizes = {split: len(part) for split, part in dataset.splits.items()}
        self.remarks = ("one of many",)

    def read(self, split: str, start: int, stop: int) -> Piece:
        ids = self.numbers(split, start, stop)
        bad = self.unreadable.get(split, set())
        good = ids[[i not in bad for i in ids.tolist()]] if len(ids) else ids
        part = self.dataset.splits[split]
        skipped = tuple(
            Skipped(split, i, self.record_name(split, i), "not a picture")
            for i in ids.tolist()
            if i in bad
        )
        return Piece(part.images[good], part.labels[good], good, skipped)

    def record_name(self, split: str, number: int) -> str:
        return f"{split}/{number}.png"

    def fingerprint(self) -> str:
        return repr(sorted((name, sorted(bad)) for name, bad in self.unreadable.items()))


def stored(target: Path, data: Dataset | Source, spec: str, **options: Any) -> Store:
    """`data` compressed under the name `target`, and opened."""
    source = data if isinstance(data, Source) else ArraySource(data)
    compress(source, target, Codec.parse(spec), **options)
    return open_store(target)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name there."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class MemoryFiles(Files):
    """The files of a store, held in memory, so that damage costs nothing."""

    def __init__(self, files: Mapping[str, bytes], near: bool = True) -> None:
        self.files, self.where, self.near = dict(files), "memory", near

    def whole(self, name: str) -> bytes:
        if name not in self.files:
            raise SourceError(f"there is no {name}")
        return self.files[name]

    def size(self, name: str) -> int:
        return len(self._found(name))

    def part(self, name: str, start: int, length: int) -> bytes:
        return self._found(name)[start : start + length]

    def _found(self, name: str) -> bytes:
        if name not in self.files:
            raise CorruptError(f"there is no {name}")
        return self.files[name]


def opened(files: Mapping[str, bytes], near: bool = True) -> Store:
    """The store of these files, as `open_store` opens one of this machine."""
    store = Store(MemoryFiles(files, near))
    store.check_lengths()
    return store


def read_everything(store: Store) -> dict[str, Any]:
    """All that can be read of a store, by every way there is."""
    found: dict[str, Any] = {"remarks": store.remarks(), "nbytes": store.nbytes}
    for name, split in store.splits.items():
        found[f"{name}.labels"] = split.labels
        found[f"{name}.ids"] = split.ids
        for number in range(len(split.block_starts) - 1):
            split.block(number)
        codes = split.codes(0, len(split))
        rows = split.resident()
        if not np.array_equal(store.layout.to_codes(rows), codes, equal_nan=codes.dtype == "f4"):
            raise AssertionError("two ways to read the codes do not agree")
        found[f"{name}.codes"] = codes
        found[f"{name}.images"] = split.images(0, min(8, len(split)))
    return found
