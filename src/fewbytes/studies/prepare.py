"""The store of one codec and seed, made once for all cells that train on it."""

from __future__ import annotations

import hashlib
import time
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec
from fewbytes.data.source import Source, gathered
from fewbytes.learn import Recipe, Tested, Watcher, train_on
from fewbytes.measures.distortion.fidelity import squared_error
from fewbytes.store import Store, compress, open_store, trace
from fewbytes.types import Images

FIDELITY_IMAGES = 5000

IMAGE_BYTES = 1 << 26
"""Of images drawn, at most: their codes and what is decoded take as much again, or a few times."""


class Prepared:
    """What all cells of one codec and seed share: a store on disk, whose bytes are what counts.

    Nothing is made before it is asked for. A codec that draws nothing from its seed has one store
    for all seeds.
    """

    def __init__(self, codec: Codec, source: Source, seed: int, folder: Path) -> None:
        self.codec, self.seed = codec, seed
        self._source, self._folder = source, folder
        self.seconds: dict[str, float] = {}

    @cached_property
    def store(self) -> Store:
        """The store, made by this run or by an earlier one that was stopped."""
        seed = self.seed if self.codec.seeded else 0
        name = hashlib.sha256(f"{self.codec}\n{seed}".encode()).hexdigest()[:12]
        path = self._folder / f"{name}.fb"
        if not path.exists():
            start = time.perf_counter()
            compress(self._source, path, self.codec, seed=seed, remarks=False)
            self.seconds["compress_seconds"] = time.perf_counter() - start
        return open_store(path)

    @cached_property
    def squared_error(self) -> float:
        """Mean squared error of decoded training images, grey levels squared, of FIDELITY_IMAGES
        at most, drawn alike for every codec.
        """
        images = drawn_images(self._source, FIDELITY_IMAGES)
        found = squared_error(images, self.store.decoder.reconstruct(images)).value
        assert found is not None
        return found

    def train(
        self,
        view: str,
        model: str,
        recipe: Recipe,
        watcher: Watcher | None = None,
        train_images: int | None = None,
    ) -> Tested:
        """Train a network on one view and test it once; see `fewbytes.learn.train_on`."""
        return train_on(
            self.store,
            view=view,
            model=model,
            recipe=recipe,
            seed=self.seed,
            watcher=watcher,
            train_images=train_images,
            numbers=self._numbers,
        )

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.int64]]:
        """The numbers in the source of the stored records: every codec's networks are validated on
        the same images, and their predictions can be compared image by image.
        """
        whole = ["test"] if self.codec.selection else ["train", "test"]
        return {split: trace(self.store, self._source, split) for split in whole}


def drawn_images(source: Source, count: int) -> Images:
    """Training images, (n, h, w, c), the same at every call: `count` of them, or all there are, or
    as many as IMAGE_BYTES hold.
    """
    count = min(count, max(1, IMAGE_BYTES // prod(source.image_shape)))
    numbers = np.random.default_rng(0).permutation(source.sizes["train"])[:count]
    return gathered(source, "train", np.sort(numbers)).images
