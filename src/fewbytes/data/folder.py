"""Folders of class folders, with or without `train/` and `test/` above them.

    photos/cat/001.jpg                     every fifth file of each class is held out to test on
    photos/train/cat/001.jpg, photos/test/cat/002.jpg
    photos/train/..., photos/val/...       `val` is tested on where there is no `test`

A class is named as its folder, and numbered in the order of those names. Everything below a class
folder is a record of it, except hidden files and what file managers leave behind; what turns out
to be no picture, or a damaged one, keeps its number and is named by `read` with the reason.
Links are followed as long as they stay inside the source.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import cifar, idx, layout, parquet
from fewbytes.data.encoded import Encoded, EncodedSource
from fewbytes.data.files import is_store, stamp
from fewbytes.data.source import Source
from fewbytes.data.survey import common_shape
from fewbytes.data.walk import is_hidden
from fewbytes.data.wording import shown


class FolderSource(EncodedSource):
    """The pictures in a folder of class folders."""

    unit = "file"

    def __init__(self, path: Path, name: str, size: tuple[int, int] | None = None) -> None:
        found = layout.find(path)
        self.root = found.root
        self.name = name
        self.listings = found.listings
        self.class_names = found.class_names
        self.sizes = {split: len(listing) for split, listing in found.listings.items()}
        self.image_shape, remarks = common_shape(self, size)
        self.remarks = (*found.remarks, *remarks)

    def records(self, split: str, ids: NDArray[np.int64]) -> Iterator[Encoded]:
        listing = self.listings[split]
        for number in ids:
            name, label, wrong = listing.file(int(number))
            yield Encoded(shown(name), label, None if wrong else self.root / name, wrong)

    def record_name(self, split: str, number: int) -> str:
        """The path of its file below the folder."""
        return shown(self.listings[split].file(number)[0])

    def fingerprint(self) -> str:
        """A hash of the names, sizes and times of all files, in the order of their numbers."""
        digest = hashlib.sha256(repr((self.image_shape, self.class_names)).encode())
        for split, listing in self.listings.items():
            digest.update(f"{split} {len(listing)}\n".encode())
            for number in range(len(listing)):
                name, label, _ = listing.file(number)
                digest.update(name.encode("utf-8", "surrogateescape"))
                digest.update(f"\0{label} {stamp(self.root / name)}\n".encode())
        return digest.hexdigest()[:32]


class FolderKind:
    """Folders with folders in them that no other kind claims."""

    def recognises(self, path: Path) -> bool:
        try:
            if not path.is_dir() or is_store(path) or idx.looks_like(path):
                return False
            with os.scandir(path) as entries:
                nested = any(e.is_dir() and not is_hidden(e.name) for e in entries)
        except OSError:
            return False
        others = (cifar.KIND, parquet.KIND)
        return nested and not any(kind.recognises(path) for kind in others)

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        return FolderSource(path, name, size)


KIND = FolderKind()
