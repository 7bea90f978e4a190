"""What codes may be of: a data set and a codec; and the images that are drawn of a data set."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import coded
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data.source import Source, gathered
from fewbytes.errors import InputError, SourceError
from fewbytes.measures.material import SAMPLE_BYTES
from fewbytes.types import Images

LEAST = 40
"""Images of a data set below which nothing is compared with it."""

Points = NDArray[np.float32]


@dataclass
class Draws:
    """Images drawn of a data set by the seed, each split once: a quarter of `records` to learn
    from, three quarters to compare with.
    """

    source: Source
    records: int
    seed: int
    _kept: dict[str, Images] = field(default_factory=dict, repr=False)

    @property
    def learned(self) -> Images:
        """Training images to learn from."""
        images = self._of("train")
        return images[: len(images) // 4]

    def rest(self, split: str) -> Images:
        """Images of a split, none of them among those learned from."""
        images = self._of(split)
        return images[len(images) // 4 :]

    def _of(self, split: str) -> Images:
        if split not in self._kept:
            size = self.source.sizes[split]
            fit = max(LEAST, SAMPLE_BYTES // (4 * prod(self.source.image_shape)))
            rng = np.random.default_rng([self.seed, *split.encode()])
            ids = rng.permutation(size)[: min(self.records, fit)]
            images = gathered(self.source, split, np.sort(ids)).images
            if len(images) < LEAST:
                raise SourceError(
                    f"{self.source.name}: {len(images)} images of {split} can be read; a "
                    f"comparison takes {LEAST}"
                )
            self._kept[split] = rng.permutation(images)
        return self._kept[split]


@dataclass
class Candidate:
    """A data set and a codec that codes may be of."""

    name: str
    """Of the data set, as people know it."""
    draws: Draws
    codec: Codec
    fitted: FittedCodec | None = None
    """None until it is wanted, and where a key is secret."""

    @property
    def source(self) -> Source:
        return self.draws.source

    def coded(self, images: Images) -> NDArray[Any]:
        """What is seen of images (n, h, w, c) in the candidate's codec, (n, *code_shape)."""
        assert self.fitted is not None
        return coded(self.fitted, images)


def as_points(values: NDArray[Any]) -> Points:
    """Coefficients of any shape (n, ...) as (n, d) float32."""
    return values.reshape(len(values), -1).astype(np.float32, copy=False)


def named(sources: list[Source], words: list[str]) -> list[str]:
    """A name for each data set that no other has: its own, and where others have it too, what the
    user called it, or its place.

    Raises:
        InputError: one is there twice, or there is none.
    """
    if not sources:
        raise InputError("name the data sets that the codes may be of (among=[...], --among)")
    prints: dict[str, str] = {}
    for source, word in zip(sources, words, strict=True):
        found = source.fingerprint()
        if found in prints:
            raise InputError(f"{prints[found]} and {word} are the same images; name them once")
        prints[found] = word
    names = [source.name for source in sources]
    alike = [name for name in names if names.count(name) > 1]
    told = len({*words}) == len(words)
    return [
        f"{name} ({word if told else place})" if name in alike else name
        for place, (name, word) in enumerate(zip(names, words, strict=True), 1)
    ]
