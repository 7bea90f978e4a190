"""A data set in memory as a source, for the kinds that are read whole: MNIST, IDX, CIFAR, .npz."""

from __future__ import annotations

import hashlib

from fewbytes.data.source import Piece, Source, as_piece
from fewbytes.types import Dataset, Labels


class ArraySource(Source):
    """The two splits of a `Dataset`. Nothing is copied: `read` gives views."""

    def __init__(
        self, dataset: Dataset, class_names: tuple[str, ...] = (), remarks: tuple[str, ...] = ()
    ) -> None:
        self.dataset = dataset
        self.name = dataset.name
        self.image_shape = dataset.image_shape
        self.sizes = {split: len(part) for split, part in dataset.splits.items()}
        self.class_names = class_names
        self.remarks = remarks

    def read(self, split: str, start: int, stop: int) -> Piece:
        ids = self.numbers(split, start, stop)
        part = self.dataset.splits[split]
        run = slice(ids[0], ids[-1] + 1) if len(ids) else slice(0)
        return as_piece(part.images[run], part.labels[run], int(ids[0]) if len(ids) else 0)

    def known_labels(self, split: str) -> Labels:
        return self.dataset.splits[split].labels

    def fingerprint(self) -> str:
        """A hash of every byte, shapes included."""
        digest = hashlib.sha256()
        for split, part in self.dataset.splits.items():
            digest.update(f"{split} {part.images.shape}\n".encode())
            for start in range(0, len(part), 4096):  # arrays need not lie in one piece
                digest.update(part.images[start : start + 4096].tobytes())
            digest.update(part.labels.astype("<i8").tobytes())
        return digest.hexdigest()[:32]
