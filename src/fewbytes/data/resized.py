"""A source whose images are brought to another size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import pictures
from fewbytes.data.source import Piece, Source
from fewbytes.errors import InputError
from fewbytes.types import Images

Size: TypeAlias = int | str | Sequence[int] | None
"""Rows and columns: 32, (32, 48), "32x48"; None keeps what is there."""

LONGEST_SIDE = 1 << 14


def parse_size(size: Size) -> tuple[int, int] | None:
    """(rows, columns) of a size as users give it.

    Raises:
        InputError: not one or two whole numbers between 1 and 16,384.
    """
    if size is None:
        return None
    parts: list[object] = [size]
    if isinstance(size, str):
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:[xX×]\s*(\d{1,6})\s*)?", size, re.ASCII)
        parts = [int(part) for part in match.groups() if part] if match else []
    elif isinstance(size, Sequence):
        parts = list(size)
    numbers = [int(n) for n in parts if isinstance(n, int | np.integer) and n is not True]
    if not 1 <= len(numbers) == len(parts) <= 2 or not all(1 <= n <= LONGEST_SIDE for n in numbers):
        raise InputError(
            f"size must be like 32, (32, 48) or '32x48' (rows, columns), "
            f"each from 1 to {LONGEST_SIDE:,}, not {size!r}"
        )
    return numbers[0], numbers[-1]


def resized(source: Source, size: tuple[int, int] | None) -> Source:
    """The source with its images brought to (rows, columns): itself where they have that size."""
    if size is None or source.image_shape[:2] == size:
        return source
    return Resized(source, size)


class Resized(Source):
    """Images of another source, each scaled to cover (rows, columns) and cut to it centrally."""

    def __init__(self, source: Source, size: tuple[int, int]) -> None:
        self.source = source
        self.name = source.name
        self.image_shape = (*size, source.image_shape[2])
        self.sizes = source.sizes
        self.class_names = source.class_names
        self.remarks = source.remarks
        self.costly = True

    def read(self, split: str, start: int, stop: int) -> Piece:
        return self._scaled(self.source.read(split, start, stop))

    def pick(self, split: str, ids: NDArray[np.int64]) -> Piece:
        return self._scaled(self.source.pick(split, ids))

    def record_name(self, split: str, number: int) -> str:
        return self.source.record_name(split, number)

    def use_threads(self, count: int) -> None:
        self.source.use_threads(count)

    def fingerprint(self) -> str:
        rows, columns, _ = self.image_shape
        return f"{self.source.fingerprint()}-{rows}x{columns}"

    def _scaled(self, piece: Piece) -> Piece:
        rows, columns, channels = self.image_shape
        images: Images = np.empty((len(piece), rows, columns, channels), np.uint8)
        for i, image in enumerate(piece.images):
            images[i] = pictures.resize(image, rows, columns)
        return Piece(images, piece.labels, piece.ids, piece.skipped)
