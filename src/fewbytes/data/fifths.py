"""Where nothing is set apart to test on: every fifth record is."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.source import Piece, Source
from fewbytes.errors import SourceError

EVERY = 5
"""One record in so many is a test record: the last of each run of five."""

REMARK = "there is no test split: every fifth record is held out to test on"


def is_test(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the records numbered `ids` are test records."""
    return np.equal(ids % EVERY, EVERY - 1)


def check_enough(records: int, where: object) -> None:
    """Raises SourceError where no record would be left to test on."""
    if records < EVERY:
        raise SourceError(
            f"{where}: {records} images without a test split; it takes {EVERY} to hold one out"
        )


class EveryFifth(Source):
    """A source with no test split, its train split dealt out: four to train, the fifth to test."""

    def __init__(self, whole: Source) -> None:
        count = whole.sizes["train"]
        check_enough(count, whole.name)
        self.whole = whole
        self.name = whole.name
        self.image_shape = whole.image_shape
        self.class_names = whole.class_names
        self.costly = whole.costly
        self.remarks = (*whole.remarks, REMARK)
        rest = {split: n for split, n in whole.sizes.items() if split != "train"}
        test = count // EVERY
        self.sizes = {"train": count - test, "test": test, **rest}

    def read(self, split: str, start: int, stop: int) -> Piece:
        return self.pick(split, self.numbers(split, start, stop))

    def pick(self, split: str, ids: NDArray[np.int64]) -> Piece:
        if split == "test":
            piece = self.whole.pick("train", ids * EVERY + EVERY - 1)
        elif split == "train":
            piece = self.whole.pick("train", ids + ids // (EVERY - 1))
        else:
            return self.whole.pick(split, ids)
        skipped = tuple(
            dataclasses.replace(one, split=split, id=int(_renumbered(split, np.int64(one.id))))
            for one in piece.skipped
        )
        ids = np.asarray(_renumbered(split, piece.ids))
        return Piece(piece.images, piece.labels, ids, skipped)

    def record_name(self, split: str, number: int) -> str:
        if split == "test":
            return self.whole.record_name("train", number * EVERY + EVERY - 1)
        if split == "train":
            return self.whole.record_name("train", number + number // (EVERY - 1))
        return self.whole.record_name(split, number)

    def use_threads(self, count: int) -> None:
        self.whole.use_threads(count)

    def fingerprint(self) -> str:
        return f"{self.whole.fingerprint()}-fifths"


def _renumbered(split: str, ids: NDArray[np.int64] | np.int64) -> NDArray[np.int64] | np.int64:
    """Numbers in the split dealt out, of numbers in the whole."""
    return ids // EVERY if split == "test" else ids - ids // EVERY
