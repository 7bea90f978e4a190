"""A store as a source: its images, decoded, to be compressed or measured anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fewbytes.data.source import Piece, Source
from fewbytes.errors import SourceError
from fewbytes.store.manifest import MANIFEST
from fewbytes.store.opening import open_store
from fewbytes.store.store import Store


class StoreSource(Source):
    """The decoded images of a store. What its codec lost stays lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        manifest = store.manifest
        self.name = manifest.source
        self.image_shape = manifest.image_shape
        self.sizes = {name: len(split) for name, split in store.splits.items()}
        self.class_names = manifest.class_names

    def read(self, split: str, start: int, stop: int) -> Piece:
        stored = self._store[split]
        ids = np.arange(start, stop, dtype=np.int64)
        return Piece(stored.images(start, stop), stored.labels[start:stop], ids)

    def fingerprint(self) -> str:
        return repr(sorted(f.sha256 for f in self._store.manifest.files.values()))


class StoreKind:
    """Folders with a manifest."""

    def recognises(self, path: Path) -> bool:
        return (path / MANIFEST).is_file()

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        if size is not None:
            raise SourceError(f"{path}: the images of a store have their size already")
        return StoreSource(open_store(path))


KIND = StoreKind()
