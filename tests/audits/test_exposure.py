"""The same records, exposed in three ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.audits.exposure import as_identity, as_noise, require
from fewbytes.errors import InputError
from fewbytes.types import Dataset
from tests.audits.making import exposure_of


def test_rows_belong_together(tiny: Dataset, tmp_path: Path) -> None:
    exposure = exposure_of(tiny, "dct:8 | uniform:6 | range", tmp_path)
    assert len(exposure) == len(tiny.train)
    assert np.array_equal(exposure.encode(exposure.images), exposure.codes)
    by_pixels = {i.tobytes(): y for i, y in zip(tiny.train.images, tiny.train.labels, strict=True)}
    assert [by_pixels[i.tobytes()] for i in exposure.images] == exposure.labels.tolist()
    assert exposure.values.shape == (1200, 64)
    assert exposure.known.stop == exposure.targets.start == 600


def test_the_order_says_nothing_of_the_class(tiny: Dataset, tmp_path: Path) -> None:
    order = np.argsort(tiny.train.labels, kind="stable")
    by_class = Dataset("by class", tiny.train.take(order), tiny.test)
    exposure = exposure_of(by_class, "dct:4", tmp_path)
    assert set(exposure.labels[exposure.known]) == set(exposure.labels[exposure.targets])


def test_codes_of_an_image_format_are_what_its_files_show(tiny: Dataset, tmp_path: Path) -> None:
    exposure = exposure_of(tiny, "jpeg:20", tmp_path)
    assert np.array_equal(exposure.encode(exposure.images[:50]), exposure.codes[:50])
    assert not np.array_equal(exposure.decoded, exposure.images)


def test_identity_gives_all_away(tiny: Dataset, tmp_path: Path) -> None:
    identity = as_identity(exposure_of(tiny, "dct:4", tmp_path))
    assert np.array_equal(identity.decoded, identity.images)
    assert np.array_equal(identity.values, identity.pixels)


def test_noise_keeps_positions_and_says_nothing_else(tiny: Dataset, tmp_path: Path) -> None:
    exposure = exposure_of(tiny, "dct:4", tmp_path)
    noise = as_noise(exposure)
    assert np.array_equal(np.sort(noise.codes, axis=0), np.sort(exposure.codes, axis=0))
    correlations = np.asarray(np.corrcoef(noise.values.T))
    assert np.abs(correlations[0, 1:]).max() < 0.15
    assert not np.array_equal(noise.encode(noise.images), noise.codes)
    assert np.array_equal(noise.encode(noise.images, 5), noise.encode(noise.images, 5))


@pytest.mark.parametrize(
    "codec",
    [
        "identity",
        "dct:5x3",
        "downsample:9",
        "projection:40",
        "pca:12",
        "blockdct:4",
        "dct:9 | pca:4",
    ],
)
def test_the_matrix_of_a_linear_codec(tiny: Dataset, tmp_path: Path, codec: str) -> None:
    exposure = exposure_of(tiny, f"{codec} | float32", tmp_path)
    affine = exposure.affine
    found = exposure.pixels.astype(np.float64) @ affine.matrix + affine.offset
    assert np.abs(found - exposure.values).max() < 2e-4 * np.abs(exposure.values).max()


def test_no_matrix_where_there_is_none(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="otsu is not linear"):
        _ = exposure_of(tiny, "otsu", tmp_path).affine
    large = np.zeros((4, 80, 80, 1), np.uint8)
    data = Dataset("large", fb.Split(large, np.arange(4)), fb.Split(large, np.arange(4)))
    with pytest.raises(
        InputError, match="images of 6,400 values; the matrix is formed up to 4,096"
    ):
        _ = exposure_of(data, "dct:4", tmp_path).affine


def test_too_few_records(tiny: Dataset, tmp_path: Path) -> None:
    exposure = exposure_of(tiny, "dct:4", tmp_path)
    require(exposure, 1200, "this")
    with pytest.raises(InputError, match="1200 records; this needs at least 1201"):
        require(exposure, 1201, "this")
