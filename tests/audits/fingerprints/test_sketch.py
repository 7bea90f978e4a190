"""Sketches: a uniform sample, radii, and the overlap that they estimate."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fewbytes.audits.fingerprints.perceptual import BITS, Looks, all_apart, perceptual_hashes
from fewbytes.audits.fingerprints.sketch import (
    LEAST_RADIUS,
    MOST_RADIUS,
    SIZE,
    Sketch,
    contained,
    distinct_looks,
)
from fewbytes.errors import InputError
from fewbytes.types import Dataset


def some(n: int, seed: int = 0) -> Looks:
    return np.random.default_rng(seed).integers(0, 256, (n, 32), np.uint8)


def disturbed(looks: Looks, bits: int, seed: int = 0) -> Looks:
    """With so many bits of each hash flipped."""
    rng = np.random.default_rng(seed)
    flips = np.zeros((len(looks), BITS), np.uint8)
    flips[:, :bits] = 1
    return looks ^ np.packbits(rng.permuted(flips, axis=1), axis=1)


def test_a_sketch_is_the_hashes_of_least_sha256() -> None:
    looks = some(SIZE + 500)
    found = Sketch.of(looks)
    rows = [row.tobytes() for row in looks]
    wanted = sorted(rows, key=lambda row: hashlib.sha256(b"fewbytes sketch 1\0" + row).digest())
    assert [row.tobytes() for row in found.looks] == wanted[:SIZE]
    assert (len(found), found.distinct) == (SIZE, SIZE + 500)
    assert found.digest() == Sketch.of(looks[::-1]).digest()


def test_distances_are_to_other_hashes_of_the_whole_set() -> None:
    looks = distinct_looks(np.concatenate([some(40), disturbed(some(40), 3)]))
    found = Sketch.of(looks)
    between = all_apart(found.looks, looks)
    between[between == 0] = BITS + 1
    np.testing.assert_array_equal(found.nearest, between.min(1))
    assert Sketch.of(some(1)).nearest.tolist() == [BITS + 1]


def test_distinct_hashes() -> None:
    looks = some(50)
    found = distinct_looks(np.concatenate([looks, looks[:20]]))
    assert {row.tobytes() for row in found} == {row.tobytes() for row in looks}
    assert len(found) == 50
    assert distinct_looks(some(0)).shape == (0, 32)


def test_the_radius_lets_one_per_cent_have_a_look_alike() -> None:
    nearest = np.repeat([30, 40, 90], [9, 10, 981])
    found = Sketch(some(1000), nearest, 1000)
    assert found.radius == 39
    assert found.look_alikes(39).value == 0.009
    assert Sketch(some(1000), np.full(1000, 90), 1000).radius == MOST_RADIUS
    assert Sketch(some(1000), np.full(1000, 2), 1000).radius == LEAST_RADIUS
    assert Sketch(some(2), np.array([BITS + 1, 9]), 2).radius == LEAST_RADIUS


def overlap(one: Looks, other: Looks) -> tuple[float, float, float]:
    one, other = distinct_looks(one), distinct_looks(other)
    found = contained(Sketch.of(one), other, Sketch.of(other))
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    return found.low, found.value, found.high


@pytest.mark.parametrize("there", [0, 300, 1500, 3000])
def test_a_planted_overlap_is_found_and_no_other(there: int) -> None:
    one = some(3000)
    other = np.concatenate([disturbed(one[:there], 20), some(4000, 1)])
    low, value, high = overlap(one, other)
    assert low <= there / 3000 <= high
    assert high - low < 0.13
    assert abs(value - there / 3000) < 0.06
    assert (low > 0) == (there > 0)


def test_what_is_changed_beyond_the_radius_is_not_found() -> None:
    low, _, high = overlap(some(2000), disturbed(some(2000), MOST_RADIUS + 2))
    assert low == 0
    assert high < 0.01


def test_disjoint_halves_of_mnist_do_not_overlap(mnist: Dataset) -> None:
    pytest.importorskip("imagehash")
    looks = perceptual_hashes(mnist.train.images[:6000])
    low, value, high = overlap(looks[:3000], looks[3000:])
    assert low == 0
    assert value < 0.02
    assert high < 0.05


def test_overlapping_halves_of_mnist_do(mnist: Dataset) -> None:
    pytest.importorskip("imagehash")
    looks = perceptual_hashes(mnist.train.images[:3000])
    low, value, high = overlap(looks[:2000], looks[1000:])
    assert low <= 0.5 <= high
    assert abs(value - 0.5) < 0.08


def test_sets_full_of_look_alikes_tell_nothing() -> None:
    """Every hash has another one bit away: being found says nothing."""
    base = some(500)
    near = base.copy()
    near[:, 0] ^= 1
    low, _, high = overlap(np.concatenate([base, near]), np.concatenate([base, near]))
    assert low == 0
    assert high == 1


@pytest.mark.parametrize(
    ("looks", "nearest", "distinct", "said"),
    [
        (0, [], 5, "a sketch of 0 hashes and 0 distances, of 5"),
        (2, [3], 5, "2 hashes and 1 distances"),
        (2, [3, 4], 1, "2 hashes and 2 distances, of 1"),
        (2, [0, 4], 2, "distances lie between 1 and 257"),
        (2, [1, 258], 2, "distances lie between 1 and 257"),
    ],
)
def test_bad_sketches(looks: int, nearest: list[int], distinct: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Sketch(some(looks), np.array(nearest, np.int64), distinct)
