"""What is measured of a store: records drawn from it, and the images that they were made of.

Nothing here grows with the store: so many records are drawn that they fit SAMPLE_BYTES, and blocks
are read one after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import lgamma, log, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Coder, LabelCoder
from fewbytes.data.source import Source, gathered
from fewbytes.errors import InputError
from fewbytes.measures.information.code_entropy import FEWEST_BLOCKS, blocks_error
from fewbytes.store import Store, StoredSplit, trace
from fewbytes.types import Images, Labels

SAMPLE_BYTES = 1 << 28
"""Bytes, at most, of each array that is drawn."""

LEAST_EQUAL = 0.99
"""Share of symbols that originals must give again: sums round otherwise on another machine."""

LEAST_NEARER = 0.9
"""Share of records that must be nearer to their original than to another image of their class,
where the coder is lossy, so that codes cannot be compared."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Material:
    """Records of one split, drawn by the seed: `chosen` (n,) are their places in it, rising."""

    store: Store
    split: StoredSplit
    chosen: NDArray[np.int64]
    source: Source | None
    """Where the originals are; None where nobody said."""

    @classmethod
    def of(
        cls, store: Store, split: str, *, records: int, seed: int, source: Source | None = None
    ) -> Material:
        """Draw at most `records` records of a split, fewer where they are large.

        Raises:
            InputError: no such split, no record in it, or originals of another shape.
        """
        if split not in store.splits:
            there = ", ".join(store.splits)
            raise InputError(f"{store.files.where} has no {split} split; it has {there}")
        if not (n := len(store[split])):
            raise InputError(f"the {split} split of {store.files.where} holds no record")
        _check_source(store, split, source)
        largest = 4 * max(store.codec.values_per_image, prod(store.manifest.image_shape))
        count = min(n, records, max(1, SAMPLE_BYTES // largest))
        chosen = np.sort(np.random.default_rng(seed).permutation(n)[:count])
        return cls(store, store[split], chosen, source)

    def __len__(self) -> int:
        return len(self.chosen)

    @cached_property
    def labels(self) -> Labels:
        return self.split.labels[self.chosen]

    @property
    def classes(self) -> int:
        return self.store.manifest.classes

    @property
    def alphabet(self) -> int | None:
        """How many symbols there are; None where codes are real numbers."""
        return self.store.codec.symbols.alphabet

    @property
    def spatial(self) -> bool:
        """Whether a code is a picture."""
        return self.store.codec.codec.spatial

    @property
    def alone(self) -> bool:
        """Whether a code depends on nothing but its image."""
        return coded_alone(self.store.codec.codec.coder)

    @cached_property
    def codes(self) -> NDArray[Any]:
        """The codes of the records, (n, *code_shape)."""
        return np.concatenate(list(self._drawn()))

    @cached_property
    def all_codes(self) -> NDArray[Any]:
        """The codes of all records of the split, or where they are too large, of those drawn."""
        symbols = self.store.codec.symbols
        fits = len(self.split) * symbols.size * symbols.dtype.itemsize <= SAMPLE_BYTES
        return self.split.codes() if fits else self.codes

    @cached_property
    def values(self) -> Floats:
        """Their coefficients, (n, *coefficient_shape)."""
        return self.store.decoder.dequantize(self.codes)

    @cached_property
    def pictures(self) -> Images:
        """The records decoded, (n, h, w, c)."""
        return self.store.decoder.decode(self.codes)

    @property
    def unpaired(self) -> str | None:
        """Why there are no originals; None where there are."""
        if self.source is None:
            return "needs the original images (originals=..., --originals SOURCE)"
        if self.split.name == "train" and self.store.codec.codec.selection is not None:
            return "a selection chose the training records, and which they were is not kept"
        return None

    @cached_property
    def originals(self) -> Images:
        """The images that the records were made of, (n, h, w, c).

        Raises:
            InputError: they were not given, are not those of this store, or cannot be paired.
        """
        if reason := self.unpaired:
            raise InputError(reason)
        assert self.source is not None
        numbers = trace(self.store, self.source, self.split.name)[self.chosen]
        order = np.argsort(numbers)
        found = gathered(self.source, self.split.name, numbers[order])
        if len(found) != len(numbers):
            raise InputError(f"{self.source.name}: some of its images can no longer be read")
        back = np.argsort(order)
        images = found.images[back]
        self._check_same(images, found.labels[back])
        return images

    @cached_property
    def coded_bits(self) -> float:
        """Bits a record of this split that the coder needed, all else that decoding needs counted:
        no less than H(Z), whatever the coder, but for the sampling error of its length.

        A coder that sorts records has not coded their order, which is worth log2(m!) bits of a
        block of m; a coder that knows the labels may have left out what they say. Both are added.
        """
        fitted, n, nbytes = self.store.codec, len(self.split), self.split.nbytes
        bits = 8.0 * (nbytes.payload + fitted.coder_state_bytes)
        if isinstance(fitted.codec.coder, LabelCoder):
            bits += 8.0 * nbytes.side
        if not fitted.keeps_order:
            blocks = np.diff(self.split.block_starts).tolist()
            bits += sum(lgamma(m + 1) for m in blocks) / log(2)
        return bits / n

    @cached_property
    def coded_error(self) -> float | None:
        """Standard error of `coded_bits`, bits a record, from how the blocks' lengths differ; None
        where they are too few.
        """
        blocks = [one for _, e in self.store.manifest.shards(self.split.name) for one in e.blocks]
        if len(blocks) < FEWEST_BLOCKS:
            return None
        bits = np.array([8.0 * block.code_bytes for block in blocks])
        return blocks_error(bits, np.array([block.records for block in blocks]))

    def _drawn(self) -> Iterator[NDArray[Any]]:
        """The codes of the records drawn, a block at a time."""
        for start, stop in pairwise(self.split.block_starts.tolist()):
            first, last = np.searchsorted(self.chosen, (start, stop))
            if first < last:
                yield self.split.codes(start, stop)[self.chosen[first:last] - start]

    def _nearer(self, images: Images) -> float:
        """The share of decoded records that are no farther from their own image, of (n, h, w, c),
        than from the next one of their class.
        """
        order = np.argsort(self.labels, kind="stable")
        own, other = order[:-1], order[1:]
        alike = self.labels[own] == self.labels[other]
        own, other = own[alike], other[alike]
        far = [_distances(images[rows], self.pictures[own]) for rows in (own, other)]
        return float(np.mean(far[0] <= far[1])) if len(own) else 1.0

    def _check_same(self, images: Images, labels: Labels) -> None:
        """Raise InputError unless these are the images, (n, h, w, c), that the records hold."""
        assert self.source is not None
        same = np.array_equal(labels, self.labels)
        if same and self.store.codec.codec.coder.lossy:
            same = self._nearer(images) >= LEAST_NEARER
        elif same:
            again = self.store.codec.encode(images)
            same = float(np.mean(np.isclose(again, self.codes, rtol=1e-4))) >= LEAST_EQUAL
        if not same:
            raise InputError(
                f"{self.source.name} does not hold the images that {self.store.files.where} was "
                "made of"
            )


def coded_alone(coder: Coder) -> bool:
    """Whether each image has a code of its own: in a mosaic that is coded with loss, a code may
    depend on the neighbours in the sheet.
    """
    return not coder.lossy or getattr(coder, "layout", None) == "image"


def _distances(a: Images, b: Images) -> NDArray[np.float64]:
    """Mean squared difference of each pair of images, (n,)."""
    parts = np.array_split(np.arange(len(a)), max(1, a.size >> 24))
    return np.concatenate(
        [((a[rows].astype(np.float32) - b[rows]) ** 2).mean((1, 2, 3)) for rows in parts]
    )


def _check_source(store: Store, split: str, source: Source | None) -> None:
    if source is None:
        return
    there, here = tuple(source.image_shape), tuple(store.manifest.image_shape)
    if there != here:
        raise InputError(
            f"{source.name} holds images of {_by(there)}, but {store.files.where} was made of "
            f"images of {_by(here)}"
        )
    if split not in source.sizes:
        raise InputError(f"{source.name} has no {split} split; it has {', '.join(source.sizes)}")
    made_of = len(store[split]) + (store.manifest.left_out if split == "train" else 0)
    if not made_of <= source.sizes[split] <= made_of + store.manifest.skipped:
        raise InputError(
            f"{source.name} has {source.sizes[split]:,} images in {split}, but "
            f"{store.files.where} was made of {made_of:,}"
        )


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
