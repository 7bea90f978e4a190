"""fewbytes: a store of the same codes, `batches(512, view="symbols", shuffle=True)`.

The codes are given as images of one row that the codec leaves as they are, so that what lies on the
disk and what comes out are the same bytes as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from fewbytes.codecs import Codec
from fewbytes.data.source import Piece, Source, as_piece
from fewbytes.store import compress, open_store

from .common import BATCH, Array, Batch, Epoch, Way, main


class Codes(Source):
    """Codes (n, record_bytes) as images (n, 1, record_bytes, 1)."""

    name = "codes"

    def __init__(self, codes: Array, labels: Array) -> None:
        self._images, self._labels = codes[:, None, :, None], labels
        self.image_shape = self._images.shape[1:]
        self.sizes = {"train": len(codes)}

    def read(self, split: str, start: int, stop: int) -> Piece:
        return as_piece(self._images[start:stop], self._labels[start:stop], start)

    def fingerprint(self) -> str:
        return str(self._images.shape)


def write(folder: Path, codes: Array, labels: Array) -> None:
    """A store."""
    compress(Codes(codes, labels), folder / "codes.fb", Codec.parse("identity | uint8 | raw"))


def opener(memory: int) -> Callable[[Path], Epoch]:
    """Opens it, with so many bytes for rows."""

    def open_it(folder: Path) -> Epoch:
        split = open_store(folder / "codes.fb")["train"]
        batches = split.batches(BATCH, view="symbols", shuffle=True, seed=0, memory=memory)

        def epoch(number: int) -> Iterator[Batch]:
            batches.set_epoch(number)
            return ((x.flatten(1), y) for x, y in batches)

        return epoch

    return open_it


WAYS = {
    "memory": Way("batches(512, view='symbols', shuffle=True)", write, opener(1 << 40)),
    "stream": Way("the same, through windows: memory=0", write, opener(0)),
}

if __name__ == "__main__":
    main("fewbytes", "fewbytes", WAYS, __doc__)
