"""Transforms against slow readable twins and independent implementations."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import scipy.fft
import torch
from numpy.typing import NDArray

from fewbytes.codecs import Codec
from fewbytes.stages.dct import basis
from fewbytes.stages.downsample import interpolation
from fewbytes.stages.otsu import thresholds
from fewbytes.stages.projection import directions
from fewbytes.testing import sample_images
from fewbytes.types import Dataset

IMAGES = sample_images(60, (28, 28, 1), seed=4)


def test_dct_is_scipys() -> None:
    ours = Codec.parse("dct:16").encode(IMAGES)[..., 0]
    theirs = scipy.fft.dctn(IMAGES[..., 0].astype(np.float64), axes=(1, 2), norm="ortho")
    np.testing.assert_allclose(ours, theirs[:, :16, :16], atol=2e-3)


def test_dct_keeps_everything_when_asked() -> None:
    fitted = Codec.parse("dct:28").fit(IMAGES)
    assert np.array_equal(fitted.decode(fitted.encode(IMAGES)), IMAGES)
    assert torch.allclose(basis(28, 28) @ basis(28, 28).T, torch.eye(28), atol=1e-6)


def _slow_otsu(image: NDArray[np.uint8]) -> int:
    """The level that maximises the between-class variance, from its definition."""
    best, level = -1.0, 0
    for t in range(256):
        dark, light = image[image <= t], image[image > t]
        if len(dark) == 0 or len(light) == 0:
            variance = 0.0
        else:
            gap = dark.mean() - light.mean()
            variance = len(dark) * len(light) * gap * gap / image.size**2
        if variance > best * (1 + 1e-9):
            best, level = variance, t
    return level if best > 0 else 255


def test_otsu_is_its_definition(mnist: Dataset) -> None:
    digits = mnist.test.images[:40, ..., 0]
    planes = np.concatenate([digits, IMAGES[..., 0]]).reshape(-1, 784)
    found = thresholds(torch.from_numpy(planes)).tolist()
    assert found == [_slow_otsu(plane) for plane in planes]


def test_otsu_of_large_images_stays_exact() -> None:
    rng = np.random.default_rng(0)
    plane = rng.integers(0, 256, (1, 300 * 300)).astype(np.uint8)
    plane[0, :30_000] = 255
    assert thresholds(torch.from_numpy(plane)).tolist() == [_slow_otsu(plane[0])]


def test_otsu_of_one_colour_is_dark() -> None:
    flat = np.full((3, 8, 8, 1), 200, np.uint8)
    assert not Codec.parse("otsu").fit(IMAGES).encode(IMAGES[:0]).size
    fitted = Codec.parse("otsu").fit(flat)
    assert fitted.encode(flat).max() == 0
    assert np.array_equal(fitted.decode(fitted.encode(flat)), flat)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("n", "size"), [(28, 16), (28, 5), (17, 17), (40, 39)])
def test_interpolation_is_torchs(n: int, size: int, antialias: bool) -> None:
    line = torch.rand(1, 1, 1, n, generator=torch.Generator().manual_seed(0))
    theirs = torch.nn.functional.interpolate(
        line, size=(1, size), mode="bilinear", align_corners=False, antialias=antialias
    )
    ours = line.view(1, n) @ interpolation(n, size, antialias).T
    assert torch.allclose(ours.view(-1), theirs.view(-1), atol=1e-6)


def _psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error))


def test_learned_decoders_beat_the_obvious_ones(tiny: Dataset) -> None:
    """Enlarging bilinearly, and the pseudo-inverse, are linear decoders too: worse ones."""
    images = tiny.train.images
    small = Codec.parse("downsample:14").fit(images)
    codes = small.encode(images)
    enlarged = torch.nn.functional.interpolate(
        torch.from_numpy(codes).float().permute(0, 3, 1, 2), size=28, mode="bilinear"
    )
    plain = enlarged.round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    assert _psnr(small.decode(codes), images) > _psnr(plain, images) + 2

    projected = Codec.parse("projection:200").fit(images)
    values = projected.encode(images)
    matrix = directions(784, 200, "gaussian", 0).numpy().T
    pseudo = (values @ np.linalg.pinv(matrix).T).clip(0, 255).round().astype(np.uint8)
    rebuilt = projected.decode(values)
    assert _psnr(rebuilt, images) > _psnr(pseudo.reshape(images.shape), images) + 5


def test_few_training_images_decode_better_than_their_mean(mnist: Dataset) -> None:
    """With fewer images than values the inverse of rounding errors must not be taken."""
    images, test = mnist.train.images[:60], mnist.test.images[:500]
    fitted = Codec.parse("projection:256").fit(images)
    mean = np.broadcast_to(images.mean(0).round().astype(np.uint8), test.shape)
    assert _psnr(fitted.decode(fitted.encode(test)), test) > _psnr(mean, test) + 2


def test_projection_decoder_is_the_least_squares_one(tiny: Dataset) -> None:
    """The minimum-mean-square decoder of the training set is its least-squares regression."""
    images = tiny.train.images
    fitted = Codec.parse("projection:50").fit(images)
    y = fitted.encode(images).astype(np.float64)
    design = np.hstack([y, np.ones((len(y), 1))])
    x = images.reshape(len(images), -1).astype(np.float64)
    solution = np.linalg.lstsq(design, x, rcond=None)[0]
    best = (design @ solution).clip(0, 255).reshape(images.shape)
    ours = fitted.decode(fitted.encode(images)).astype(np.float64)
    assert np.mean((ours - images) ** 2) < 1.001 * np.mean((best - images) ** 2) + 0.1


def test_pca_is_the_singular_value_decomposition(tiny: Dataset) -> None:
    images = tiny.train.images
    x = images.reshape(len(images), -1).astype(np.float64)
    centred = x - x.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:10]
    ours = Codec.parse("pca:10").fit(images).encode(images)
    np.testing.assert_allclose(np.abs(ours), np.abs(centred @ axes.T), rtol=0.02, atol=3)


@pytest.mark.parametrize("kind", ["gaussian", "sparse"])
def test_projections_keep_lengths_on_average(kind: str) -> None:
    matrix = directions(2000, 400, kind, 7)
    x = torch.rand(50, 2000, generator=torch.Generator().manual_seed(1))
    stretch = (x @ matrix).norm(dim=1) / x.norm(dim=1)
    assert abs(float(stretch.mean()) - 1) < 0.05
    assert abs(float(matrix.mean())) < 1e-3
    if kind == "sparse":
        density = float((matrix != 0).float().mean())
        assert abs(density - 2000**-0.5) < 0.002


SPARSE = "98d19bc412bffa78"
GAUSSIAN = "f53f92242df57173"


def test_projections_are_the_same_for_ever() -> None:
    """Stores hold the seed alone, so these numbers may never change."""
    sparse = directions(64, 16, "sparse", 5).numpy().tobytes()
    assert hashlib.sha256(sparse).hexdigest()[:16] == SPARSE
    rounded = (directions(64, 16, "gaussian", 5) * 4096).round().to(torch.int32).numpy()
    assert hashlib.sha256(rounded.tobytes()).hexdigest()[:16] == GAUSSIAN
