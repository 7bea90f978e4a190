"""A codec fitted for one seed: the codes of a data set under it, and a network trained on them."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data import holdout
from fewbytes.learn import Feed, Recipe, Trained, Watcher, train
from fewbytes.measures import Rate, rate
from fewbytes.store.parts import CodedSplit
from fewbytes.types import Dataset


class Prepared:
    """What all cells of one codec and seed share. Nothing is computed before it is asked for: test
    images are not encoded before a training is over.
    """

    def __init__(self, codec: Codec, dataset: Dataset, seed: int) -> None:
        self.codec, self.dataset, self.seed = codec, dataset, seed
        self.seconds: dict[str, float] = {}

    @cached_property
    def fitted(self) -> FittedCodec:
        """The codec, fitted on the training images (labels unseen)."""
        start = time.perf_counter()
        fitted = self.codec.fit(self.dataset.train.images, seed=self.seed)
        self.seconds["fit_seconds"] = time.perf_counter() - start
        return fitted

    @cached_property
    def train_codes(self) -> NDArray[Any]:
        fitted, start = self.fitted, time.perf_counter()
        codes = fitted.encode(self.dataset.train.images)
        self.seconds["encode_seconds"] = time.perf_counter() - start
        return codes

    @cached_property
    def test_codes(self) -> NDArray[Any]:
        return self.fitted.encode(self.dataset.test.images)

    @cached_property
    def rate(self) -> Rate:
        """Bytes of the whole set, both splits."""
        return rate(
            self.fitted,
            {
                "train": CodedSplit(self.train_codes, self.dataset.train.labels),
                "test": CodedSplit(self.test_codes, self.dataset.test.labels),
            },
        )

    def train(
        self,
        view: str,
        model: str,
        recipe: Recipe,
        watcher: Watcher | None = None,
        train_images: int | None = None,
    ) -> tuple[Trained, NDArray[np.int64]]:
        """Train a network on one view, validation held out by the seed; then read the test split,
        once: the trained network and its predictions on the test images.
        """
        labels = self.dataset.train.labels
        training, validation = holdout(labels, self.seed)
        if train_images is not None:
            order = np.random.default_rng(self.seed).permutation(len(training))
            training = training[order[:train_images]]
        picture = view == "image" or self.codec.spatial
        fed = self._view(self.train_codes, view)
        trained = train(
            Feed(fed[training], labels[training], picture),
            Feed(fed[validation], labels[validation], picture),
            classes=self.dataset.classes,
            model=model,
            recipe=recipe,
            seed=self.seed,
            watcher=watcher,
        )
        test = Feed(self._view(self.test_codes, view), self.dataset.test.labels, picture)
        return trained, trained.predict(test)

    def _view(self, codes: NDArray[Any], view: str) -> NDArray[Any]:
        """What a network is fed of `codes`: float32 coefficients, or uint8 images."""
        return self.fitted.decode(codes) if view == "image" else self.fitted.dequantize(codes)
