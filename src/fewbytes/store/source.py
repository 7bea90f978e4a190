"""A store as a source: its images, decoded, to be compressed or measured anew."""

from __future__ import annotations

from pathlib import Path

from fewbytes.data.source import Piece, Source
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
        stored, ids = self._store[split], self.numbers(split, start, stop)
        first, last = (int(ids[0]), int(ids[-1]) + 1) if len(ids) else (0, 0)
        return Piece(stored.images(first, last), stored.labels[first:last], ids)

    def fingerprint(self) -> str:
        return repr(sorted(f.sha256 for f in self._store.manifest.files.values()))


class StoreKind:
    """Folders with a manifest. Their images have a size; who asks for another scales them."""

    def recognises(self, path: Path) -> bool:
        return (path / MANIFEST).is_file()

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        return StoreSource(open_store(path))


KIND = StoreKind()
