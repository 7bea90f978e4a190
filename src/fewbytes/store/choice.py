"""Which training records a codec's selection keeps: found in one pass over all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Selection
from fewbytes.data.source import Skipped, Source, pieces
from fewbytes.errors import SourceError


@dataclass(frozen=True)
class Choice:
    """The numbers of the records kept, (k,), ascending; how many could be read; what could not."""

    kept: NDArray[np.int64]
    readable: int
    skipped: tuple[Skipped, ...]

    @property
    def left_out(self) -> int:
        """Records that could be read and are not kept."""
        return self.readable - len(self.kept)

    def to_json(self) -> str:
        table = {"kept": self.kept.tolist(), "readable": self.readable}
        return json.dumps({**table, "skipped": [asdict(one) for one in self.skipped]})

    @classmethod
    def from_json(cls, text: str) -> Choice:
        table: dict[str, Any] = json.loads(text)
        skipped = tuple(Skipped(**one) for one in table["skipped"])
        return cls(np.array(table["kept"], np.int64), table["readable"], skipped)


def choose(selection: Selection, source: Source, seed: int) -> Choice:
    """Let `selection` choose among the training records of `source` that can be read.

    Raises:
        SourceError: none can.
    """
    size, found, skipped = source.sizes["train"], 0, list[Skipped]()
    labels, ids = np.empty(size, np.int64), np.empty(size, np.int64)
    described = np.empty((0, 0))
    for piece in pieces(source, "train", 0, size):
        rows = slice(found, found + len(piece))
        descriptions = selection.describe(piece.images)
        if not found:
            described = np.empty((size, descriptions.shape[1]), descriptions.dtype)
        described[rows], labels[rows], ids[rows] = descriptions, piece.labels, piece.ids
        found = rows.stop
        skipped += piece.skipped
    if not found:
        reason = f"; {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise SourceError(f"{source.name}: no image of train can be read{reason}")
    places = selection.choose(described[:found], labels[:found], seed)
    return Choice(ids[places], found, tuple(skipped))
