"""Sample images in the page: exact pixels, differences told by sign, within a budget."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from fewbytes.report.page.pictures import (
    BRIGHTER,
    DARKER,
    GAIN,
    Picture,
    cropped,
    difference,
    triples,
)
from fewbytes.studies.config import RAW
from fewbytes.studies.samples import SIDE, Samples
from fewbytes.types import Images
from tests.report.page.making import SMALL, samples


def _pixels(picture: Picture) -> Images:
    kind, _, content = picture.uri.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        return np.asarray(image)


def test_pixels_are_exact() -> None:
    kept = samples(SMALL)
    shown = triples({SMALL: kept})[SMALL]
    assert len(shown) == 4
    for i, one in enumerate(shown):
        assert np.array_equal(_pixels(one.original), kept.originals[i, ..., 0])
        assert np.array_equal(_pixels(one.decoded), kept.decoded[i, ..., 0])
        assert (one.original.width, one.original.height) == kept.shape
        assert one.original.alt == f"original: training image {7 * i}, class {i}"
    assert triples({RAW: samples(RAW)})[RAW][0].difference.alt.endswith("; none")


def test_colours_of_a_difference() -> None:
    original = np.array([[[100, 100, 100], [100, 100, 100], [50, 50, 50]]], np.uint8)
    decoded = np.array([[[100, 130, 95], [60, 100, 100], [50, 50, 50]]], np.uint8)
    shown = difference(original, decoded)
    assert shown[0, 0].tolist() == [*BRIGHTER, 30 * GAIN]
    assert shown[0, 1].tolist() == [*DARKER, 40 * GAIN]
    assert shown[0, 2, 3] == 0


@pytest.mark.parametrize("extremes", [(0, 255), (255, 0)])
def test_the_largest_difference(extremes: tuple[int, int]) -> None:
    pair = [np.full((2, 2, 1), value, np.uint8) for value in extremes]
    assert (difference(*pair)[..., 3] == 255).all()


def test_colour_images_stay_so() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1, 4, 5, 3), dtype=np.uint8)
    kept = Samples(images, images, np.array([3]), np.array([9]), ("a cat",), (4, 5))
    (one,) = triples({"x": kept})["x"]
    assert np.array_equal(_pixels(one.decoded), images[0])
    assert "class a cat" in one.decoded.alt


def test_fewer_pictures_where_the_budget_is_small() -> None:
    kept = {RAW: samples(RAW), SMALL: samples(SMALL)}
    whole = triples(kept)
    length = sum(
        len(picture.uri)
        for ones in whole.values()
        for one in ones
        for picture in (one.original, one.decoded, one.difference)
    )
    assert triples(kept, length) == whole
    assert {codec: len(ones) for codec, ones in triples(kept, length - 1).items()} == {
        RAW: 3, SMALL: 3,
    }  # fmt: skip
    assert triples(kept, 10) == triples({}) == {}


def test_a_part_of_large_images_is_shown_and_called_so() -> None:
    kept = samples(SMALL)
    assert cropped({SMALL: kept}, triples({SMALL: kept})) == ""
    noise = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), dtype=np.uint8)
    large = Samples(noise, 255 - noise, np.arange(8), np.arange(8), (), (200, 300))
    many = {f"dct:{i}": large for i in range(20)}
    shown = triples(many)
    part = shown["dct:0"][0].original
    assert 1 <= len(shown["dct:19"]) < 8
    assert 32 <= part.width == part.height < SIDE
    edge = (SIDE - part.width) // 2
    inner = slice(edge, edge + part.width)
    assert np.array_equal(_pixels(part), noise[0, inner, inner])
    said = f"Shown are the middle {part.width} × {part.width} pixels of images of 300 × 200."
    assert cropped(many, shown) == said
