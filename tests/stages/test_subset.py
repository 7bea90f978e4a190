"""Which images a subset keeps, held to the slow and readable way."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from fewbytes.codecs import Codec
from fewbytes.stages.subset import GREEDY, Subset, part_means
from fewbytes.testing import sample_images
from fewbytes.types import Dataset, Images, Labels

METHODS = ("random", "kcentre", "herding")


def some(n: int, shape: tuple[int, int, int] = (9, 11, 1)) -> Images:
    """Images, a few of them there twice."""
    images = sample_images(n, shape, seed=n)
    images[n // 2 : n // 2 + n // 8] = images[: n // 8]
    return images


def chosen(subset: Subset, images: Images, labels: Labels, seed: int = 0) -> list[int]:
    places: list[int] = subset.choose(subset.describe(images), labels, seed).tolist()
    return places


# ------------------------------------------------------------------ the slow way


def slow_means(image: Images) -> list[int]:
    """The mean of every part of an image (h, w, c), halves rounded up."""
    height, width, channels = image.shape
    rows, columns = min(8, height), min(8, width)
    found = []
    for i in range(rows):
        for j in range(columns):
            part = image[
                i * height // rows : (i + 1) * height // rows,
                j * width // columns : (j + 1) * width // columns,
            ].astype(int)
            planes = [part[..., c] for c in range(channels)] if channels <= 4 else [part]
            found += [floor(Fraction(int(p.sum()), p.size) + Fraction(1, 2)) for p in planes]
    return found


Point = Sequence[int]


def apart(a: Sequence[Fraction | int], b: Sequence[Fraction | int]) -> Fraction:
    return sum((Fraction(x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction(0))


def slow_herding(points: list[Point], k: int) -> list[int]:
    """Try every point that is left."""
    n, kept = len(points), list[int]()
    mean = [Fraction(sum(values), n) for values in zip(*points, strict=True)]

    def distance(place: int) -> Fraction:
        rows = [points[i] for i in (*kept, place)]
        return apart(mean, [Fraction(sum(v), len(rows)) for v in zip(*rows, strict=True)])

    while len(kept) < k:
        kept.append(min((i for i in range(n) if i not in kept), key=distance))
    return kept


def slow_k_centre(points: list[Point], k: int) -> list[int]:
    kept = slow_herding(points, 1)

    def distance(place: int) -> Fraction:
        return min(apart(points[place], points[i]) for i in kept)

    while len(kept) < k:
        kept.append(max((i for i in range(len(points)) if i not in kept), key=distance))
    return kept


SLOW = {"kcentre": slow_k_centre, "herding": slow_herding}

# ------------------------------------------------------------------ held to it


@pytest.mark.parametrize(
    "shape", [(28, 28, 1), (9, 11, 3), (3, 20, 1), (1, 1, 1), (8, 8, 4), (10, 9, 5)]
)
def test_means_of_parts(shape: tuple[int, int, int]) -> None:
    images = sample_images(10, shape, seed=3)
    means = part_means(images)
    assert means.dtype == np.uint8
    assert means.tolist() == [slow_means(image) for image in images]


@pytest.mark.parametrize("method", SLOW)
@pytest.mark.parametrize("k", [1, 2, 7, 32, 40])
def test_the_greedy_ways(method: str, k: int) -> None:
    points = part_means(some(40))[:, ::9]
    expected = SLOW[method](points.tolist(), k)
    assert GREEDY[method](points.astype(np.float32), k) == expected


@pytest.mark.parametrize("method", SLOW)
def test_classes_are_chosen_from_apart(method: str) -> None:
    images = some(60)
    labels = np.random.default_rng(1).integers(0, 3, 60) * 5
    subset = Subset(0.25, method)
    expected = list[int]()
    for label in (0, 5, 10):
        members = np.flatnonzero(labels == label)
        points = part_means(images[members]).astype(np.float32)
        kept = GREEDY[method](points, round(0.25 * len(members)))
        expected += members[kept].tolist()
    assert chosen(subset, images, labels) == sorted(expected)


def test_the_largest_distances_are_exact() -> None:
    """Black and white, of as many values as there can be."""
    rng = np.random.default_rng(0)
    points = (rng.random((12, 256)) < 0.5) * 255
    points[0], points[1], points[2] = 0, 255, 254
    for method, slow in SLOW.items():
        assert GREEDY[method](points.astype(np.float32), 12) == slow(points.tolist(), 12)


# ------------------------------------------------------------------ what holds for all


@pytest.mark.parametrize("method", METHODS)
def test_pieces_make_no_difference(method: str, tiny: Dataset) -> None:
    subset, images, labels = Subset(0.1, method), tiny.train.images, tiny.train.labels
    expected = chosen(subset, images, labels, seed=3)
    for rows in (1, 7, 1000):
        parts = [subset.describe(images[i : i + rows]) for i in range(0, len(images), rows)]
        assert subset.choose(np.concatenate(parts), labels, 3).tolist() == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("fraction", "kept"), [(1.0, 50), (0.5, 25), (0.02, 1), (1e-9, 1)])
def test_how_many_are_kept(method: str, fraction: float, kept: int) -> None:
    images, labels = some(50), np.zeros(50, np.int64)
    places = chosen(Subset(fraction, method), images, labels)
    assert len(set(places)) == len(places) == kept
    assert places == sorted(places)
    assert chosen(Subset(fraction, method), images[:1], labels[:1]) == [0]


@pytest.mark.parametrize("method", ["kcentre", "herding"])
def test_every_class_gives_its_share_and_one_at_least(method: str) -> None:
    labels = np.repeat([0, 1, 7], [60, 36, 3])  # 2 to 6 have no image
    places = chosen(Subset(0.1, method), some(99), labels)
    assert np.bincount(labels[places]).tolist() == [6, 4, 0, 0, 0, 0, 0, 1]


def test_random_looks_at_nothing_but_the_seed() -> None:
    subset, images, labels = Subset(0.2), some(200), np.arange(200) % 10
    first = chosen(subset, images, labels, seed=0)
    assert chosen(subset, images[::-1], labels[::-1] * 0, seed=0) == first
    assert len({tuple(chosen(subset, images, labels, seed)) for seed in range(9)}) == 9
    times = np.bincount([i for seed in range(500) for i in chosen(subset, images, labels, seed)])
    assert 60 < times.min() <= times.max() < 140  # about 100 each


@pytest.mark.parametrize("method", ["kcentre", "herding"])
def test_equal_images_go_by_their_order(method: str) -> None:
    images = np.full((20, 9, 9, 1), 7, np.uint8)
    assert chosen(Subset(0.25, method), images, np.zeros(20, np.int64)) == [0, 1, 2, 3, 4]
    images[11] = 200
    places = chosen(Subset(0.1, "kcentre"), images, np.zeros(20, np.int64))
    assert places == [0, 11]


def test_herding_is_nearer_to_the_mean_and_k_centre_covers_more(tiny: Dataset) -> None:
    points = part_means(tiny.train.images).astype(float)
    labels = np.zeros(len(points), np.int64)
    off, reach = {}, {}
    for method in METHODS:
        kept = points[chosen(Subset(0.05, method), tiny.train.images, labels)]
        off[method] = np.linalg.norm(kept.mean(0) - points.mean(0))
        squares = (points**2).sum(1)[:, None] - 2 * points @ kept.T + (kept**2).sum(1)
        reach[method] = squares.min(1).max() ** 0.5
    assert off["herding"] < off["random"] / 5
    assert reach["kcentre"] < 0.8 * reach["random"]


def test_it_is_used_as_any_stage_is() -> None:
    assert Codec.parse("subset:0.1 | dct:4").selection == Subset(0.1)
    assert Subset(0.1) != Subset(0.1, "herding")
