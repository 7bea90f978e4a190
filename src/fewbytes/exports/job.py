"""What every format is given: the records of a store, a bounded number of bytes at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fewbytes.data.source import Piece, records_at_once
from fewbytes.errors import CorruptError
from fewbytes.store import Store
from fewbytes.types import Images

ENCODERS = 4
"""Threads that encode PNG files: a few, since small pictures keep Python itself busy."""

MOST_ENCODED = 64
"""Images of one call in such a thread, at most: a call for each small image would cost more."""

KEY_DIGITS = 6
"""Digits of a record's number in names, at least, so that names sort as numbers do."""


class ExportWatcher(Protocol):
    """Is told how exporting goes on."""

    def export_started(self, images: int) -> None:
        """So many images there are, of all splits."""

    def export_advanced(self, images: int) -> None:
        """So many more are written."""


class SilentExport:
    """Watches and says nothing."""

    def export_started(self, images: int) -> None:
        """Do nothing."""

    def export_advanced(self, images: int) -> None:
        """Do nothing."""


class Picture(NamedTuple):
    """A record as a PNG file; `key` is its number in its source, with zeros before it."""

    key: str
    label: int
    content: bytes


class Job:
    """A store that is being exported. `pool` runs the encoding."""

    def __init__(self, store: Store, pool: ThreadPoolExecutor, watcher: ExportWatcher) -> None:
        self.store, self.pool, self.watcher = store, pool, watcher
        self.splits = tuple(store.manifest.splits)

    def pieces(self, split: str) -> Iterator[Piece]:
        """All records of a split in their order: images (k, h, w, c), labels (k,), ids (k,).
        The watcher is told of a piece when the next one is asked for.

        Raises:
            CorruptError: the store is damaged.
        """
        stored, ids = self.store[split], self._ids(split)
        step = records_at_once(self.store.manifest.image_shape)
        for start in range(0, len(stored), step):
            stop = min(start + step, len(stored))
            images = stored.images(start, stop)
            yield Piece(images, stored.labels[start:stop], ids[start:stop])
            self.watcher.export_advanced(stop - start)

    def pictures(self, split: str) -> Iterator[Picture]:
        """The same records as PNG files, one by one, for 1 or 3 channels. Raises CorruptError."""
        digits = max(KEY_DIGITS, len(str(self._ids(split).max(initial=0))))
        for piece in self.pieces(split):
            labels, ids = piece.labels.tolist(), piece.ids.tolist()
            for label, number, content in zip(labels, ids, self._encoded(piece), strict=True):
                yield Picture(f"{number:0{digits}d}", label, content)

    def _encoded(self, piece: Piece) -> Iterator[bytes]:
        """The images of a piece as PNG files, in their order."""
        size = max(1, min(MOST_ENCODED, len(piece) // (4 * ENCODERS)))
        parts = (piece.images[start : start + size] for start in range(0, len(piece), size))
        return chain.from_iterable(self.pool.map(_pngs, parts))

    def _ids(self, split: str) -> NDArray[np.int64]:
        """The numbers of the records (n,); they become names, so each must be there once."""
        stored = self.store[split]
        ids = stored.ids
        if len(ids) != len(stored) or (np.diff(ids, prepend=-1) <= 0).any():
            raise CorruptError(f"{self.store.files.where}: the numbers of {split} do not rise")
        return ids


def _pngs(images: Images) -> list[bytes]:
    """Images (k, h, w, 1 or 3) as PNG files."""
    contents = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "PNG")
        contents.append(buffer.getvalue())
    return contents
