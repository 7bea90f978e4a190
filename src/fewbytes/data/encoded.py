"""Sources of pictures that must be decoded: class folders, Parquet, Hugging Face data sets."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import pictures
from fewbytes.data.pictures import UnreadableImageError
from fewbytes.data.source import Piece, Skipped, Source
from fewbytes.types import MOST_CLASSES, Images

_AT_ONCE = 256
"""Records handed to the threads together: what bounds the encoded bytes in memory."""

_A_TASK = 8

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Encoded:
    """A record before decoding: its picture (bytes, or the file that holds them), or why not."""

    name: str
    label: int | None
    content: bytes | Path | None
    reason: str = ""


class EncodedSource(Source):
    """A source of pictures, decoded by a few threads. Subclasses say where they are."""

    costly = True
    threads: int = 0
    """How many threads decode; 0 is one a processor core that this process may use."""
    unit: str = "record"
    """What a record is called in remarks."""

    def use_threads(self, count: int) -> None:
        self.threads = count

    @abstractmethod
    def records(self, split: str, ids: NDArray[np.int64]) -> Iterator[Encoded]:
        """The records with these numbers, which rise, one for each. Raises SourceError."""

    def sample(self, split: str, most: int) -> NDArray[np.int64]:
        """At most so many numbers of a split, evenly spread: always the same ones."""
        count = self.sizes[split]
        return np.arange(0, count, max(1, -(-count // most)), dtype=np.int64)

    def read(self, split: str, start: int, stop: int) -> Piece:
        return self.pick(split, self.numbers(split, start, stop))

    def pick(self, split: str, ids: NDArray[np.int64]) -> Piece:
        images: Images = np.empty((len(ids), *self.image_shape), np.uint8)
        labels = np.zeros(len(ids), np.int64)
        kept = np.zeros(len(ids), np.bool_)
        skipped = []
        with pictures.quiet():
            decoded = in_threads(self._decoded, self.records(split, ids), self.threads)
            for i, (record, outcome) in enumerate(decoded):
                if isinstance(outcome, str):
                    skipped.append(Skipped(split, int(ids[i]), record.name, outcome))
                else:
                    images[i], labels[i], kept[i] = outcome, record.label or 0, True
        if skipped:
            images, labels, ids = images[kept], labels[kept], ids[kept]
        return Piece(images, labels, ids, tuple(skipped))

    def _decoded(self, record: Encoded) -> tuple[Encoded, Images | str]:
        reason = record.reason or self._wrong_label(record.label)
        if reason or record.content is None:
            return record, reason or "no image"
        try:
            return record, pictures.decode(record.content, self.image_shape)
        except UnreadableImageError as error:
            return record, str(error)

    def _wrong_label(self, label: int | None) -> str:
        if label is None:
            return "no label"
        limit = len(self.class_names) or MOST_CLASSES
        return "" if 0 <= label < limit else f"its label is {label}, not one from 0 to {limit - 1}"


def in_threads(
    function: Callable[[_In], _Out], items: Iterable[_In], threads: int = 0
) -> Iterator[_Out]:
    """`map` by a few threads, in order. Takes only a few hundred items ahead of what it gives."""
    threads = threads or cores()
    if threads == 1:
        yield from map(function, items)
        return
    remaining = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="fewbytes-decode") as pool:
        while batch := list(islice(remaining, _AT_ONCE)):
            # a small picture decodes faster than a task is handed over: a run of them a task
            runs = [batch[start : start + _A_TASK] for start in range(0, len(batch), _A_TASK)]
            for done in pool.map(lambda run: [function(item) for item in run], runs):
                yield from done


def cores() -> int:
    """The processor cores that this process may use: fewer than there are in a container."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
