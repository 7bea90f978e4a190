"""blockdct and ycbcr against the standards' tables, SciPy and Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.fft
import torch
from PIL import Image

from fewbytes.codecs import Codec, text
from fewbytes.errors import CodecError
from fewbytes.stages.blockdct import CHROMINANCE, LUMINANCE, basis, weight_table, zigzag
from fewbytes.testing import conformance, sample_images

COLOUR = sample_images(24, (17, 20, 3), seed=4)
GREY = sample_images(24, (28, 28, 1), seed=4)

ZIGZAG = [  # ITU-T T.81, figure A.6: the place in the row of each coefficient of a block
    [0, 1, 5, 6, 14, 15, 27, 28],
    [2, 4, 7, 13, 16, 26, 29, 42],
    [3, 8, 12, 17, 25, 30, 41, 43],
    [9, 11, 18, 24, 31, 40, 44, 53],
    [10, 19, 23, 32, 39, 45, 52, 54],
    [20, 22, 33, 38, 46, 51, 55, 60],
    [21, 34, 37, 47, 50, 56, 59, 61],
    [35, 36, 48, 49, 57, 58, 62, 63],
]

SIZES = ("8", "4", "16:keep=40", "5:keep=7:keep_chroma=3")
SPECS = [f"blockdct:{size}:weights={weights}" for size in SIZES for weights in ("flat", "jpeg")]


@pytest.mark.parametrize("spec", [*SPECS, "blockdct:2:keep=1", "blockdct:32:keep=9"])
def test_blockdct_keeps_the_contract(spec: str) -> None:
    conformance(*text.parse(spec), shapes=((28, 28, 1), (17, 20, 3), (5, 3, 2)), examples=2)()


def test_ycbcr_keeps_the_contract() -> None:
    conformance(*text.parse("ycbcr"), shapes=((17, 20, 3), (1, 1, 3)), examples=3)()


def test_zigzag_is_the_standards() -> None:
    rows, columns = zigzag(8).T
    assert np.array_equal(np.array(ZIGZAG)[rows, columns], np.arange(64))


@pytest.mark.parametrize("size", [2, 4, 8, 11, 16])
def test_patterns_are_orthonormal(size: int) -> None:
    b = basis(size, size * size, "flat", False, False)
    assert torch.allclose(b @ b.T, torch.eye(size * size), atol=1e-5)


@pytest.mark.parametrize("size", [4, 8, 16])
def test_coefficients_are_scipys(size: int) -> None:
    ours = Codec.parse(f"blockdct:{size} | float32").encode(COLOUR)
    filled = np.pad(COLOUR, ((0, 0), (0, -17 % size), (0, -20 % size), (0, 0)), mode="edge")
    down, across = filled.shape[1] // size, filled.shape[2] // size
    blocks = filled.reshape(24, down, size, across, size, 3).astype(np.float64)
    theirs = scipy.fft.dctn(blocks, axes=(2, 4), norm="ortho").transpose(0, 1, 3, 5, 2, 4)
    rows, columns = zigzag(size).T
    in_order = theirs[..., rows, columns].reshape(24, down, across, -1)
    np.testing.assert_allclose(ours, in_order, atol=3e-3)


@pytest.mark.parametrize("spec", ["blockdct:8", "blockdct:16:weights=jpeg", "blockdct:5", "ycbcr"])
def test_all_coefficients_give_every_pixel_back(spec: str) -> None:
    fitted = Codec.parse(spec).fit(COLOUR)
    assert np.array_equal(fitted.decode(fitted.encode(COLOUR)), COLOUR)


def test_fewer_frequencies_are_the_first_ones_of_each_channel() -> None:
    every = Codec.parse("blockdct:8").encode(COLOUR)
    some = Codec.parse("blockdct:8:keep=20:keep_chroma=6").encode(COLOUR)
    assert some.shape == (24, 3, 3, 20 + 6 + 6)
    kept = [*range(20), *range(64, 70), *range(128, 134)]
    np.testing.assert_allclose(some, every[..., kept], atol=1e-3)
    assert Codec.parse("blockdct:8:keep=20").encode(GREY).shape == (24, 4, 4, 20)


def test_weights_are_the_tables_that_libjpeg_uses_at_quality_50() -> None:
    file = io.BytesIO()
    Image.fromarray(COLOUR[0]).save(file, "JPEG", quality=50)
    luminance, chrominance = Image.open(file).quantization.values()
    assert list(LUMINANCE.ravel()) == list(luminance)
    assert list(CHROMINANCE.ravel()) == list(chrominance)
    assert np.array_equal(weight_table(8, True) * 16, CHROMINANCE)
    assert weight_table(16, False)[::2, ::2] == pytest.approx(LUMINANCE / 16)
    flat = Codec.parse("blockdct:8").encode(COLOUR)
    weighted = Codec.parse("blockdct:8:weights=jpeg").encode(COLOUR)
    rows, columns = zigzag(8).T
    by = np.concatenate([t[rows, columns] / 16 for t in (LUMINANCE, CHROMINANCE, CHROMINANCE)])
    np.testing.assert_allclose(weighted * by, flat, atol=1e-2)


def test_the_jpeg_row_decodes_well() -> None:
    images = np.repeat(COLOUR, 3, axis=0)
    row = Codec.parse("ycbcr | blockdct:8:keep=40:keep_chroma=20 | uniform:8 | zstd").fit(images)
    smooth = np.broadcast_to(np.arange(17)[:, None, None] * 9, (4, 17, 20, 3)).astype(np.uint8)
    error = row.decode(row.encode(smooth)).astype(int) - smooth
    assert np.abs(error).mean() < 8


def test_ycbcr_is_pillows() -> None:
    ours = Codec.parse("ycbcr").encode(COLOUR)
    theirs = np.stack([np.asarray(Image.fromarray(x).convert("YCbCr")) for x in COLOUR])
    np.testing.assert_allclose(ours + np.array([0, 128, 128]), theirs, atol=1.01)
    grey = np.full((1, 2, 2, 3), 77, np.uint8)
    np.testing.assert_allclose(Codec.parse("ycbcr").encode(grey)[0, 0, 0], [77, 0, 0], atol=1e-4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(CodecError, match="3 channels, and these have 1; leave it out"):
        Codec.parse("ycbcr").fit(GREY)
    for spec, reason in {
        "blockdct:1": "size must lie",
        "blockdct:4:keep=17": "keep must lie between 1 and 16",
        "blockdct:4:keep_chroma=-1": "keep_chroma must lie",
        "blockdct:8:weights=loud": "weights is flat or jpeg",
        "projection:4 | blockdct:8": "needs rows and columns",
        "otsu | ycbcr": "ycbcr takes pixel values",
    }.items():
        with pytest.raises(CodecError, match=reason):
            Codec.parse(spec)
