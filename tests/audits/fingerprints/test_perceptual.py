"""Perceptual hashes: that they are imagehash's, and the figures that they were chosen by."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from fewbytes.audits.fingerprints.perceptual import (
    BITS,
    Looks,
    all_apart,
    apart,
    nearest,
    perceptual_hashes,
)
from fewbytes.errors import MissingExtraError
from fewbytes.types import Dataset, Images

imagehash = pytest.importorskip("imagehash")


def some(n: int, seed: int = 0) -> Looks:
    return np.random.default_rng(seed).integers(0, 256, (n, 32), np.uint8)


def slow_apart(one: Looks, other: Looks) -> list[list[int]]:
    return [
        [bin(int.from_bytes(a.tobytes()) ^ int.from_bytes(b.tobytes())).count("1") for b in other]
        for a in one
    ]


def coded(images: Images, kind: str, quality: int) -> Images:
    found = np.empty_like(images)
    for i, image in enumerate(images):
        file = io.BytesIO()
        Image.fromarray(image[..., 0]).save(file, kind, quality=quality)
        found[i] = np.asarray(Image.open(file).convert("L"))[..., None]
    return found


def scaled(images: Images) -> Images:
    there = [
        Image.fromarray(image[..., 0]).resize((20, 20), Image.Resampling.BILINEAR)
        for image in images
    ]
    back = [np.asarray(image.resize((28, 28), Image.Resampling.BILINEAR)) for image in there]
    return np.stack(back)[..., None]


def noisy(images: Images) -> Images:
    drawn = np.random.default_rng(1).normal(0, 16, images.shape)
    return np.clip(images + drawn, 0, 255).round().astype(np.uint8)


def test_a_hash_is_that_of_imagehash(tiny: Dataset) -> None:
    images = tiny.test.images[:20]
    for image, found in zip(images, perceptual_hashes(images), strict=True):
        theirs = imagehash.phash(Image.fromarray(image[..., 0]), 16, 2)
        assert found.tobytes().hex() == str(theirs)


def test_channels(tiny: Dataset) -> None:
    grey = tiny.test.images[:20]
    wanted = perceptual_hashes(grey)
    for channels in (2, 3, 4):
        np.testing.assert_array_equal(perceptual_hashes(np.repeat(grey, channels, 3)), wanted)
    assert perceptual_hashes(np.zeros((0, 28, 28, 1), np.uint8)).shape == (0, 32)
    assert perceptual_hashes(np.zeros((2, 1, 1, 3), np.uint8)).shape == (2, 32)


def test_a_hash_depends_on_its_image_alone(tiny: Dataset) -> None:
    images = tiny.test.images[:30]
    order = np.random.default_rng(0).permutation(30)
    np.testing.assert_array_equal(
        perceptual_hashes(images[order]), perceptual_hashes(images)[order]
    )


def test_distances_are_those_of_the_slow_twin() -> None:
    one, other = some(40), some(30, 1)
    slow = np.array(slow_apart(one, other))
    np.testing.assert_array_equal(all_apart(one, other), slow)
    np.testing.assert_array_equal(apart(one[:30], other), np.diag(slow))
    np.testing.assert_array_equal(nearest(one, other), slow.min(1))


@pytest.mark.parametrize(("queries", "listed"), [(1, 1), (3, 5000), (1500, 7)])
def test_the_nearest_hash_across_chunks(queries: int, listed: int) -> None:
    one, other = some(queries), some(listed, 1)
    np.testing.assert_array_equal(nearest(one, other), all_apart(one, other).min(1))
    there = np.concatenate([other, one])
    np.testing.assert_array_equal(nearest(one, there), np.zeros(queries))


def test_the_nearest_other_hash() -> None:
    one = some(1)
    near = one.copy()
    near[0, 0] ^= 1
    assert nearest(one, np.concatenate([one, near]), others=True).tolist() == [1]
    assert nearest(one, one, others=True).tolist() == [BITS + 1]
    assert nearest(one, some(0)).tolist() == [BITS + 1]
    assert nearest(one, ~one).tolist() == [BITS]
    assert nearest(some(0), one).shape == (0,)


@pytest.mark.parametrize(
    "changed",
    [lambda x: coded(x, "JPEG", 75), lambda x: coded(x, "JPEG", 50), lambda x: coded(x, "WEBP", 80),
     scaled, noisy],
)  # fmt: skip
def test_images_coded_anew_are_known_again(
    tiny: Dataset, changed: Callable[[Images], Images]
) -> None:
    """At the radius within which one pair of 100,000 different images lies."""
    images = tiny.train.images[:300]
    originals = perceptual_hashes(tiny.train.images[:600])
    others = np.sort(all_apart(originals[:300], originals[300:]), axis=None)
    radius = int(others[1])
    own = apart(perceptual_hashes(changed(images)), originals[:300])
    assert (own <= radius).mean() >= 0.97


def test_imagehash_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(MissingExtraError, match=r"needs imagehash.*fewbytes\[audit\]"):
        perceptual_hashes(np.zeros((1, 4, 4, 1), np.uint8))
