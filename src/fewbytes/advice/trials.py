"""A codec weighed, and tried by a short training: cheap, and enough to prune by.

Both look at a part of the training images, drawn by a seed that no confirmation uses: the images
to weigh and to judge on first, the images to train on behind them, so that a longer trial trains on
more images and is judged on the same. The coder is left out of a training where it loses nothing.

The best of many codecs is in part the one that was lucky on the images it was judged on. Were it
confirmed on the same ones, that luck would count as evidence; so trials are judged on images that
no seed of the confirmation validates on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fewbytes.advice import ladder
from fewbytes.advice.budget import Budget, Deadline
from fewbytes.advice.watch import Timed
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data import holdout
from fewbytes.data.source import Piece, Source, gathered
from fewbytes.learn import ArrayFeed, Recipe, Trained, Watcher, train
from fewbytes.learn.models import default_model
from fewbytes.stages.xz import XZ
from fewbytes.studies.config import RAW
from fewbytes.types import Labels, Shape

DRAWN_BY = 0x5EED
"""The seed of the trials."""

JUDGED, JUDGED_SHARE = 6000, 0.2
"""Images that trials are judged on: so many, and at most such a share of the training images."""

WEIGHED, FITTED = 2000, 6000
"""Images that are coded to weigh a codec, and that it is fitted on before."""

CONTEXT_OVER_XZ = 0.6
"""Bytes of the context coder over those of xz on the same codes, about: fitting it would take as
long as a trial. On MNIST and Fashion-MNIST at 3 to 64 levels it is 0.51 to 0.80
(`benchmarks/advice_constants.py`)."""

MOST_BYTES = 1 << 29
"""Of the images of a part."""


@dataclass(frozen=True)
class Effort:
    """How long a trial trains: on so many images, for so many epochs."""

    images: int
    epochs: int

    @property
    def passes(self) -> int:
        """Images that it sees, those of every epoch counted."""
        return self.images * self.epochs


PROBES, PROBE_SECONDS = (3000, 3000, 24_000), 8.0
"""Show the speed of the machine: trainings of an epoch on so many images. The first does not count,
and few images are trained on in small batches, which takes longer for each; so the last is tried
where it should end in time."""

PROBE_STEPS, PROBE_CODED = 20, 500
"""Steps of fitting a context coder, and images coded by it."""


@dataclass(frozen=True)
class CoderSpeed:
    """Seconds that a context coder takes, about: for a step of fitting, and to code a symbol."""

    step: float = 0.0
    symbol: float = 0.0


@dataclass(frozen=True)
class Trial:
    """What a short training showed."""

    codec: str
    effort: Effort
    judged: int
    missed: frozenset[int]
    """Which of the images judged the network has wrong."""

    @property
    def error(self) -> float:
        """Share of the images judged."""
        return len(self.missed) / self.judged

    def loss(self, raw: Trial) -> float:
        """Accuracy lost against the raw images, a fraction."""
        return (len(self.missed) - len(raw.missed)) / self.judged

    def loss_error(self, raw: Trial) -> float:
        """Standard error of `loss` by the images judged (McNemar's counts)."""
        one_right = len(self.missed ^ raw.missed) / self.judged
        return sqrt(max(0.0, one_right - self.loss(raw) ** 2) / self.judged)


@dataclass(frozen=True)
class Reference:
    """Trials of the raw images by one seed or several: the luck of a single one would move every
    comparison the same way.
    """

    trials: tuple[Trial, ...]

    @property
    def error(self) -> float:
        """Share of the images judged; the mean over trials."""
        return sum(one.error for one in self.trials) / len(self.trials)

    def loss_of(self, one: Trial) -> float:
        """Accuracy lost against the mean of these, a fraction."""
        return sum(one.loss(raw) for raw in self.trials) / len(self.trials)

    def loss_error_of(self, one: Trial) -> float:
        """Standard error of the loss by the images judged, which are the same in all trials."""
        return sum(one.loss_error(raw) for raw in self.trials) / len(self.trials)


class Bench(Protocol):
    """What weighs and tries codecs."""

    def weigh(self, codec: str) -> float:
        """About how many bytes an image the codec takes, all counted."""
        ...

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        """A short training; the seed draws its first weights and its batches. Raises OutOfTime."""
        ...

    def epoch_seconds(self) -> float:
        """Of a full training on the raw images, about, on this machine."""
        ...

    def coder_speed(self) -> CoderSpeed:
        """Of a context coder on this machine; zeros where none is tried."""
        ...


class Trials:
    """Weighs and tries on the training images of a source, whose `labels`, (n,), are known; the
    confirmation will draw its validation images by `seeds`, 0 and up.
    """

    def __init__(
        self, source: Source, labels: Labels, classes: int, seeds: int, recipe: Recipe,
        watcher: Watcher, validation_share: float | None = None,
    ) -> None:  # fmt: skip
        self._source, self._classes = source, classes
        self._labels, self._seeds = labels, seeds
        self._recipe, self._watcher = recipe, watcher
        self._validation_share = validation_share
        self._part: tuple[int, Piece] | None = None

    def weigh(self, codec: str) -> float:
        """The codes of images that it was not fitted on, the labels at their entropy, and what was
        learned, spread over all images.
        """
        parsed = Codec.parse(codec)
        stages = [*parsed.transforms, parsed.quantizer]
        stands_in = parsed.coder.name == "context"
        whole = Codec([*stages, XZ() if stands_in else parsed.coder])
        known = self._training(FITTED)
        fitted = whole.fit(known.images, seed=0, labels=known.labels)
        images, labels = self._judged.images[:WEIGHED], self._judged.labels[:WEIGHED]
        blob, _ = fitted.pack_block(np.asarray(fitted.encode(images)), labels)
        shares = np.bincount(labels) / len(labels)
        label_bits = -float(np.sum(shares * np.log2(np.maximum(shares, 1e-300))))
        codes = len(blob) / len(labels) * (CONTEXT_OVER_XZ if stands_in else 1.0)
        records = codes + label_bits / 8
        total = sum(self._source.sizes.values())
        kept = total
        if parsed.selection is not None:
            kept -= round((1 - parsed.selection.fraction) * self._source.sizes["train"])  # type: ignore[attr-defined]
        return (records * kept + len(fitted.save_state())) / total

    def epoch_seconds(self) -> float:
        """By very short trainings, of which the last counts."""
        everything = Budget(None).deadline(1.0)
        each = 0.0
        for images in PROBES:
            if each * images > PROBE_SECONDS:
                break
            trained = self._trained_on(RAW, Effort(images, 1), everything, 0)
            each = trained.seconds / trained.inputs
        return each * self._source.sizes["train"]

    def coder_speed(self) -> CoderSpeed:
        """By PROBE_STEPS of fitting, after a first fit that does not count, and PROBE_CODED images;
        a step costs the same on few images and on many.
        """
        rungs = [
            [family.rungs(self._source.image_shape, steps) for steps in (1, 1, 1 + PROBE_STEPS)]
            for family in ladder.FAMILIES
        ]
        fitted = [texts for texts in rungs if texts[0] and "context" in texts[0][0]]
        if not fitted:
            return CoderSpeed()
        known, took, coders = self._training(PROBES[0]), [], []
        codecs = [Codec.parse(texts[len(texts) // 2]) for texts in fitted[0]]
        for codec in codecs:
            start = time.perf_counter()
            coders.append(codec.fit(known.images, seed=0, labels=known.labels))
            took.append(time.perf_counter() - start)
        codes = np.asarray(coders[0].encode(known.images[:PROBE_CODED]))
        start = time.perf_counter()
        coders[0].pack_block(codes, known.labels[:PROBE_CODED])
        coded = time.perf_counter() - start
        walked = len(codes) * ladder.symbols(codecs[0], self._source.image_shape)
        return CoderSpeed(max(0.0, took[2] - took[1]) / PROBE_STEPS, coded / walked)

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        """A network on the images that the codes decode to, judged on images of its own."""
        trained, labels = self._trained_on(codec, effort, deadline, seed), self._judged.labels
        wrong = np.flatnonzero(trained.val_logits.argmax(1) != labels)
        return Trial(codec, effort, len(labels), frozenset(wrong.tolist()))

    def _trained_on(self, codec: str, effort: Effort, deadline: Deadline, seed: int) -> Trained:
        deadline.check()
        parsed = Codec.parse(codec)
        training, judged = self._training(effort.images), self._judged
        stages = [*parsed.transforms, parsed.quantizer]
        whole = Codec([*stages, parsed.coder] if parsed.coder.lossy else stages)
        fitted = whole.fit(training.images, seed=0, labels=training.labels)
        kept = np.arange(len(training))
        if parsed.selection is not None:
            described = parsed.selection.describe(training.images)
            kept = parsed.selection.choose(described, training.labels, 0)
        return train(
            ArrayFeed(_decoded(fitted, training.images[kept]), training.labels[kept], True),
            ArrayFeed(_decoded(fitted, judged.images), judged.labels, True),
            classes=self._classes,
            model=model_of(self._source.image_shape),
            recipe=replace(self._recipe, epochs=effort.epochs),
            seed=seed,
            watcher=Timed(self._watcher, deadline.check),
        )

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Those that are judged on, then the others."""
        order = drawn(self._labels, self._seeds, self._validation_share)
        return order[: max(16, MOST_BYTES // prod(self._source.image_shape))]

    @property
    def _count(self) -> int:
        """Of the images that are judged on."""
        return min(JUDGED, max(1, int(JUDGED_SHARE * len(self._order))))

    @cached_property
    def _judged(self) -> Piece:
        return gathered(self._source, "train", np.sort(self._order[: self._count]))

    def _training(self, count: int) -> Piece:
        """The first `count` images behind those judged on."""
        if self._part is None or self._part[0] != count:
            numbers = np.sort(self._order[self._count : self._count + count])
            self._part = (count, gathered(self._source, "train", numbers))
        return self._part[1]


def drawn(labels: Labels, seeds: int, validation_share: float | None = None) -> NDArray[np.int64]:
    """The order in which a trial takes images, (n,): JUDGED_SHARE of them at most that none of the
    seeds validates on, or where so many seeds leave too few, those that the fewest validate on;
    then the others, drawn from all.
    """
    order = np.random.default_rng(DRAWN_BY).permutation(len(labels))
    times = np.zeros(len(labels), np.int64)
    for seed in range(seeds):
        times[holdout(labels, seed, share=validation_share)[1]] += 1
    seldom = order[np.argsort(times[order], kind="stable")]
    first = seldom[: min(JUDGED, max(1, int(JUDGED_SHARE * len(labels))))]
    return np.concatenate([first, order[~np.isin(order, first)]])


def model_of(image_shape: Shape) -> str:
    """The network of a search, one for all codecs: each is judged by the images that it decodes to,
    so that raw and coded images meet the same network, of the same size and cost.
    """
    return default_model(image_shape, True)


def _decoded(fitted: FittedCodec, images: NDArray[np.uint8]) -> NDArray[Any]:
    return np.asarray(fitted.reconstruct(images))
