"""The store of one codec and seed, made once for all cells that train on it."""

from __future__ import annotations

import hashlib
import time
from copy import copy
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fewbytes.codecs import Codec
from fewbytes.data.source import Source, gathered
from fewbytes.learn import Judged, Recipe, Watcher, judge_on, read_test
from fewbytes.measures.distortion.fidelity import squared_error
from fewbytes.store import Store, compress, open_store, trace
from fewbytes.store.write import CompressWatcher
from fewbytes.types import Images

FIDELITY_IMAGES = 5000

IMAGE_BYTES = 1 << 26
"""Of images drawn, at most: their codes and what is decoded take as much again, or a few times."""


class Prepared:
    """What all cells of one codec and seed share: a store on disk, whose bytes are what counts.

    Nothing is made before it is asked for. A codec that draws nothing from its seed has one store
    for all seeds.
    """

    def __init__(
        self,
        codec: Codec,
        source: Source,
        seed: int,
        folder: Path,
        watcher: CompressWatcher | None = None,
    ) -> None:
        self.codec, self.seed = codec, seed
        self._source, self._folder, self._watcher = source, folder, watcher
        self.seconds: dict[str, float] = {}
        self._numbers: dict[str, NDArray[np.int64]] = {}

    def for_seed(self, seed: int) -> Prepared:
        """The same for another seed; where the codec draws nothing, of the same open store."""
        if self.codec.seeded:
            return Prepared(self.codec, self._source, seed, self._folder, self._watcher)
        other = copy(self)
        other.seed, other.seconds = seed, {}
        return other

    @cached_property
    def store(self) -> Store:
        """The store, made by this run or by an earlier one that was stopped."""
        seed = self.seed if self.codec.seeded else 0
        name = hashlib.sha256(f"{self.codec}\n{seed}".encode()).hexdigest()[:12]
        path = self._folder / f"{name}.fb"
        if not path.exists():
            start = time.perf_counter()
            compress(
                self._source, path, self.codec, seed=seed, remarks=False, watcher=self._watcher
            )
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

    def judge(
        self,
        view: str,
        model: str,
        recipe: Recipe,
        watcher: Watcher | None = None,
        train_images: int | None = None,
        validation_share: float | None = None,
    ) -> Judged:
        """Train a network on one view and judge it on validation images; see
        `fewbytes.learn.judge_on`.
        """
        return judge_on(
            self.store,
            view=view,
            model=model,
            recipe=recipe,
            seed=self.seed,
            watcher=watcher,
            train_images=train_images,
            validation_share=validation_share,
            numbers=self.numbers("train"),
        )

    def test(
        self, network: nn.Module, view: str, device: torch.device
    ) -> tuple[NDArray[np.int64], float]:
        """Read the test split; see `fewbytes.learn.read_test`."""
        return read_test(
            self.store, network, view=view, device=device, numbers=self.numbers("test")
        )

    def numbers(self, split: str) -> NDArray[np.int64] | None:
        """The numbers in the source of the stored records, (n,): every codec's networks are
        validated on the same images, and their predictions can be compared image by image. None of
        training records that a selection chose.
        """
        if split == "train" and self.codec.selection:
            return None
        if split not in self._numbers:
            self._numbers[split] = trace(self.store, self._source, split)
        return self._numbers[split]


def drawn_images(source: Source, count: int) -> Images:
    """Training images, (n, h, w, c), the same at every call: `count` of them, or all there are, or
    as many as IMAGE_BYTES hold.
    """
    count = min(count, max(1, IMAGE_BYTES // prod(source.image_shape)))
    numbers = np.random.default_rng(0).permutation(source.sizes["train"])[:count]
    return gathered(source, "train", np.sort(numbers)).images
