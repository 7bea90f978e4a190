"""What was exported is a source again, with the same pixels and labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewbytes.data.load import open_source
from fewbytes.exports import export
from fewbytes.store import Store
from fewbytes.types import Images, Labels
from tests.exports.conftest import NAMES, MakeStore


def by_content(images: Images, labels: Labels) -> list[tuple[bytes, int]]:
    """Records in an order that is the same wherever they come from."""
    return sorted((im.tobytes(), int(y)) for im, y in zip(images, labels, strict=True))


@pytest.mark.parametrize("to", ["png", "npz", "parquet"])
@pytest.mark.parametrize("channels", [1, 3])
def test_read_again(make_store: MakeStore, tmp_path: Path, to: str, channels: int) -> None:
    store = make_store(channels)
    _assert_read_again(store, tmp_path, to)


@pytest.mark.parametrize("channels", [1, 3])
def test_huggingface_read_again(make_store: MakeStore, tmp_path: Path, channels: int) -> None:
    datasets = pytest.importorskip("datasets")
    store = make_store(channels, ("a", "b", "c"))
    export(store, tmp_path / "out", "huggingface")
    source = open_source(datasets.load_from_disk(tmp_path / "out"))
    assert source.class_names == ("a", "b", "c")
    piece = source.read("train", 0, 40)
    assert np.array_equal(piece.images, store["train"].images())
    assert np.array_equal(piece.labels, store["train"].labels)


def _assert_read_again(store: Store, tmp_path: Path, to: str) -> None:
    path = tmp_path / ("out.npz" if to == "npz" else "out")
    export(store, path, to)
    source = open_source(path)
    assert dict(source.sizes) == {"train": 40, "test": 20}
    assert source.image_shape == store.manifest.image_shape
    for split in ("train", "test"):
        piece, stored = source.read(split, 0, 40), store[split]
        assert piece.skipped == ()
        if to == "png":  # class by class
            assert by_content(piece.images, piece.labels) == by_content(
                stored.images(), stored.labels
            )
        else:
            assert np.array_equal(piece.images, stored.images())
            assert np.array_equal(piece.labels, stored.labels)


def test_parquet_keeps_the_names_of_classes(make_store: MakeStore, tmp_path: Path) -> None:
    export(make_store(1, NAMES), tmp_path / "out", "parquet")
    assert open_source(tmp_path / "out").class_names == NAMES


def test_folders_keep_the_numbers_of_classes_in_alphabetical_order(
    make_store: MakeStore, tmp_path: Path
) -> None:
    store = make_store(1, ("apple", "fig", "pear"))
    _assert_read_again(store, tmp_path, "png")
    assert open_source(tmp_path / "out").class_names == ("apple", "fig", "pear")
