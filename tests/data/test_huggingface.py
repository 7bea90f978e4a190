"""Objects of the package `datasets` as sources."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import open_source
from fewbytes.errors import MissingExtraError, SourceError
from tests.data.pictures_made import encoded, pixels, write

datasets: Any = pytest.importorskip("datasets")


def made(labels: list[Any], label: Any, images: list[Any] | None = None) -> Any:
    images = images or [{"bytes": encoded(pixels(k)), "path": None} for k in range(len(labels))]
    features = datasets.Features({"img": datasets.Image(), "label": label})
    return datasets.Dataset.from_dict({"img": images, "label": labels}, features=features)


def test_a_dataset_is_dealt_out() -> None:
    source = open_source(made([0, 1] * 5, datasets.ClassLabel(names=["a", "b"])))
    assert source.class_names == ("a", "b")
    assert source.sizes == {"train": 8, "test": 2}
    piece = source.read("test", 0, 2)
    assert piece.labels.tolist() == [0, 1]
    assert np.array_equal(piece.images[1], pixels(9))
    assert np.array_equal(source.read("train", 4, 5).images[0], pixels(5))


def test_a_dict_of_splits_and_text_labels() -> None:
    text = datasets.Value("string")
    parts = {
        "train": made(["x", "z", None], text).with_format("numpy"),
        "validation": made(["y", "x"], text),
        "unsupervised": made(["x"], text),
    }
    source = open_source(datasets.DatasetDict(parts), size=4)
    assert source.class_names == ("x", "y", "z")
    assert source.image_shape == (4, 4, 3)
    remarks = " ".join(source.remarks)
    assert "'validation' is used to test on" in remarks
    assert "splits left out: unsupervised" in remarks
    assert source.read("train", 0, 3).skipped[0].reason == "no label"
    assert fb.load(datasets.DatasetDict(parts)).test.labels.tolist() == [1, 0]


def test_missing_damaged_and_local_pictures(tmp_path: Path) -> None:
    images = [
        {"bytes": None, "path": str(write(tmp_path / "a.png", 3))},
        {"bytes": None, "path": "hf://gone.png"},
        {"bytes": b"text", "path": None},
        None,
        {"bytes": encoded(pixels(1)), "path": None},
    ]
    source = open_source(made([0, 1, 2, 3, 4], datasets.Value("int64"), images))
    piece = source.read("train", 0, 4)
    assert piece.ids.tolist() == [0]
    assert np.array_equal(piece.images[0], pixels(3))
    reasons = [one.reason.split(":")[0].split(",")[0] for one in piece.skipped]
    assert reasons == ["neither bytes nor a file", "not an image", "no image"]


def test_the_fingerprint_follows_the_contents() -> None:
    label = datasets.ClassLabel(names=["a", "b"])
    whole = made([0, 1] * 5, label)
    assert open_source(whole).fingerprint() == open_source(whole).fingerprint()
    assert open_source(whole.select(range(6))).fingerprint() != open_source(whole).fingerprint()


def test_other_objects_are_refused() -> None:
    whole = made([0, 1] * 5, datasets.Value("int64"))
    with pytest.raises(SourceError, match="without streaming=True"):
        open_source(whole.to_iterable_dataset())
    with pytest.raises(SourceError, match="without a train split: dev"):
        open_source(datasets.DatasetDict({"dev": whole}))
    with pytest.raises(SourceError, match="no column of images"):
        open_source(datasets.Dataset.from_dict({"label": [1] * 5}))
    with pytest.raises(SourceError, match="a name, a path or a data set, not int"):
        open_source(3)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made([0, 1] * 5, datasets.Value("int64"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"fewbytes\[huggingface\]"):
        open_source(whole)
