"""subset: a share of the training images, so that fewer images can have more bytes each.

random     drawn by the seed.
kcentre    spread out: each is the one farthest from those before it (Gonzalez 1985, "Clustering to
           minimize the maximum intercluster distance"; Sener and Savarese 2018, "Active learning
           for convolutional neural networks: a core-set approach").
herding    typical: each brings the mean of those chosen as near as can be to the mean of all
           (Welling 2009, "Herding dynamical weights to learn"; as in Rebuffi et al. 2017, "iCaRL:
           incremental classifier and representation learning").

The last two go class by class: every class gives its share, and one record at least. So they look
at labels, and a codec with them is `supervised`; they begin with the record nearest to the mean, so
no seed has a part in them. Which record `random` draws depends on neither labels nor images.

Images are compared by the means of 8 x 8 parts of them, rounded: 64 bytes a grey image, 192 a
coloured one. These are whole numbers so small that every sum over them is exact, so that the choice
is the same with any chunks and threads, on any machine. Equal records go by their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Selection, argument, option
from fewbytes.types import Images, Labels

GRID = 8
"""Parts of an image along each side, at most."""

MOST_CHANNELS = 4
"""Images with more are described by the mean of all: 4 x 8 x 8 values of 8 bits have squared
distances below 2^24, and float32 holds them exactly."""

Points = NDArray[np.float32]
"""Descriptions (n, d): whole numbers from 0 to 255, d at most 256."""

RANDOM = "random"


@dataclass(frozen=True)
class Subset(Selection):
    """Keeps a `fraction` of the training images: random ones, spread out or typical of their class.
    All other splits stay whole.
    """

    name = "subset"
    seeded = True
    supervised = True

    fraction: float = argument("share of the training images kept, above 0 and at most 1")
    method: str = option(
        RANDOM,
        "random, or by classes: kcentre, far apart; herding, with their mean",
        choices=(RANDOM, "kcentre", "herding"),
    )

    def __post_init__(self) -> None:
        self.require(
            0 < self.fraction <= 1,
            f"fraction must lie above 0 and be at most 1, not {self.fraction:g}",
        )
        self.require(
            self.method in (RANDOM, *GREEDY),
            f"method is random, kcentre or herding, not {self.method!r}",
        )
        object.__setattr__(self, "seeded", self.method == RANDOM)
        object.__setattr__(self, "supervised", self.method != RANDOM)

    def describe(self, images: Images) -> NDArray[np.uint8]:
        if self.method == RANDOM:
            return np.zeros((len(images), 0), np.uint8)
        return part_means(images)

    def choose(
        self, descriptions: NDArray[np.uint8], labels: Labels, seed: int
    ) -> NDArray[np.int64]:
        if self.method == RANDOM:
            return drawn(len(labels), self._share(len(labels)), seed)
        greedy, chosen = GREEDY[self.method], []
        order = np.argsort(labels, kind="stable")
        ends = np.flatnonzero(np.diff(labels[order])) + 1
        for members in np.split(order, ends):
            points = descriptions[members].astype(np.float32)
            chosen.append(members[greedy(points, self._share(len(members)))])
        return np.sort(np.concatenate(chosen))

    def _share(self, n: int) -> int:
        return max(1, round(self.fraction * n))


def part_means(images: Images) -> NDArray[np.uint8]:
    """Images (n, h, w, c) to the rounded means of their parts, (n, rows * columns * c)."""
    height, width, channels = images.shape[1:]
    rows, columns = _starts(height), _starts(width)
    sums = np.add.reduceat(images, rows, axis=1, dtype=np.int64)
    sums = np.add.reduceat(sums, columns, axis=2)
    sizes = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))[..., None]
    if channels > MOST_CHANNELS:
        sums, sizes = sums.sum(3, keepdims=True), sizes * channels
    means: NDArray[np.uint8] = ((2 * sums + sizes) // (2 * sizes)).astype(np.uint8)
    return means.reshape(len(images), int(np.prod(means.shape[1:])))


def _starts(side: int) -> NDArray[np.int64]:
    """Where the parts of a side begin; each has at least one pixel."""
    parts = min(GRID, side)
    return np.arange(parts) * side // parts


def drawn(n: int, k: int, seed: int) -> NDArray[np.int64]:
    """k of the numbers 0 to n - 1, ascending: those that draw the lowest keys. NumPy promises never
    to change the bits of Philox (Salmon et al. 2011), as it does not promise of its shuffles.
    """
    keys = np.random.Philox(key=seed).random_raw(n)
    return np.sort(np.argsort(keys, kind="stable")[:k])


def k_centre(points: Points, k: int) -> list[int]:
    """Places of k points, the most central first, then each the farthest from those before it."""
    squares = np.square(points).sum(1)
    nearest = np.full(len(points), np.inf, np.float32)
    chosen = herding(points, 1)
    while len(chosen) < k:
        last = chosen[-1]
        apart = squares - 2 * (points @ points[last]) + squares[last]
        np.minimum(nearest, apart, out=nearest)
        nearest[last] = -1  # nearer than any other, for good
        chosen.append(int(nearest.argmax()))
    return chosen


def herding(points: Points, k: int) -> list[int]:
    """Places of k points, each such that the mean of those so far is nearest to the mean of all.

    Of n points with the sum t, s being the sum of the j - 1 chosen before, the j-th is the x with
    the least |j t / n - s - x|^2; `score` is that, n times, without what all x share.
    """
    n = len(points)
    score = n * np.square(points).sum(1, dtype=np.float64)
    towards = 2 * (points.astype(np.float64) @ points.sum(0, dtype=np.float64))
    chosen: list[int] = []
    while len(chosen) < k:
        score -= towards
        last = int(score.argmin())
        chosen.append(last)
        score += 2 * n * (points @ points[last]).astype(np.float64)
        score[last] = np.inf
    return chosen


GREEDY: Mapping[str, Callable[[Points, int], list[int]]] = {
    "kcentre": k_centre,
    "herding": herding,
}
