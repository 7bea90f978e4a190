"""Sources and splits that cannot be used, and the validation part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import holdout
from fewbytes.errors import InputError, SourceError
from fewbytes.types import Dataset, Split

IMAGES = np.zeros((4, 5, 6), np.uint8)


def test_a_missing_source_is_said_with_what_was_meant() -> None:
    with pytest.raises(SourceError, match="did you mean 'mnist'"):
        fb.load("mnits")
    with pytest.raises(SourceError, match="no data set at '/no/such/place'"):
        fb.load("/no/such/place")
    with pytest.raises(SourceError, match="File name too long"):
        fb.load("x" * 300)


def test_npz_loads(tiny_npz: Path, tiny: Dataset) -> None:
    data = fb.load(tiny_npz)
    assert np.array_equal(data.train.images, tiny.train.images)
    assert data.name == "tiny"


def test_npz_of_the_wrong_content_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=IMAGES)
    with pytest.raises(SourceError, match="no train_images and train_labels; it holds images"):
        fb.load(path)
    np.save(tmp_path / "b.npy", IMAGES)
    for content in (b"PK\x03\x04 broken", b"", (tmp_path / "b.npy").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r"not a readable \.npz"):
            fb.load(path)
    np.savez(path, train_images=np.array([{}], object), train_labels=np.zeros(1, int))
    with pytest.raises(SourceError, match=r"not a readable \.npz"):
        fb.load(path)


def test_a_folder_or_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither a folder of IDX files"):
        fb.load(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\x00\x00\x08\x01\x00\x00\x00\x01a")
    with pytest.raises(SourceError, match=r"train-labels-idx1-ubyte .* is missing"):
        fb.load(tmp_path)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (IMAGES, np.zeros(3, int), "4 images but 3 labels"),
        (IMAGES[:0], np.zeros(0, int), "the set is empty"),
        (IMAGES, np.zeros(4), "labels must be whole numbers"),
        (IMAGES, np.full(4, -1), "labels must count from 0"),
        (IMAGES, np.full(4, 70_000), "labels must be below 65,536"),
        (IMAGES.astype(int), np.zeros(4, int), "images must be uint8"),
        (IMAGES[0, 0], np.zeros(6, int), "must have the shape"),
        (np.zeros((4, 5, 0, 1), np.uint8), np.zeros(4, int), "must have the shape"),
    ],
)
def test_bad_splits_are_refused(images: Any, labels: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Split(images, labels)


def test_splits_of_different_shapes_are_refused() -> None:
    a, b = Split(IMAGES, np.zeros(4, int)), Split(IMAGES[:, :4], np.zeros(4, int))
    with pytest.raises(InputError, match="train images are"):
        Dataset("x", a, b)


def test_holdout_is_stratified_seeded_and_apart() -> None:
    labels = np.repeat(np.arange(3), [1000, 500, 20])
    train, validation = holdout(labels, seed=1)
    assert sorted([*train, *validation]) == list(range(1520))
    assert np.bincount(labels[validation]).tolist() == [100, 50, 2]
    assert np.array_equal(holdout(labels, seed=1)[1], validation)
    assert not np.array_equal(holdout(labels, seed=2)[1], validation)


def test_holdout_of_a_large_set_is_five_thousand(mnist: Dataset) -> None:
    train, validation = holdout(mnist.train.labels, seed=0)
    assert abs(len(validation) - 5000) <= 5
    assert len(train) + len(validation) == 60_000


def test_sets_that_cannot_be_learned_are_refused() -> None:
    with pytest.raises(InputError, match="all 9 training images are of class 4"):
        holdout(np.full(9, 4), seed=0)
    with pytest.raises(InputError, match="class 1 has one training image only"):
        holdout(np.array([0, 0, 0, 1]), seed=0)
