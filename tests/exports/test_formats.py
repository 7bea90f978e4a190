"""Every format, read by somebody else's reader, gives the store's images, labels and numbers."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image

from fewbytes.exports import export
from fewbytes.store import Store
from tests.exports.conftest import NAMES, MakeStore

FOLDERS = ("apple_red", "_", "pear")
"""What the class names become where they are folders."""


def pixels(content: bytes | Path) -> NDArray[np.uint8]:
    """A PNG file as (h, w, c)."""
    with Image.open(content if isinstance(content, Path) else io.BytesIO(content)) as image:
        assert image.format == "PNG"
        array = np.asarray(image)
    return array[..., None] if array.ndim == 2 else array


def assert_same(store: Store, split: str, found: dict[int, tuple[NDArray[Any], int]]) -> None:
    """`found` is image and label by number."""
    stored = store[split]
    assert sorted(found) == stored.ids.tolist()
    for number, image, label in zip(stored.ids, stored.images(), stored.labels, strict=True):
        assert found[number][1] == label
        assert np.array_equal(found[number][0], image)


def test_png(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "png")
    for split in ("train", "test"):
        assert {path.name for path in (tmp_path / "out" / split).iterdir()} == set(FOLDERS)
        files = sorted((tmp_path / "out" / split).rglob("*.png"))
        assert {len(path.name) for path in files} == {len("000012.png")}
        assert_same(
            store, split, {int(p.stem): (pixels(p), FOLDERS.index(p.parent.name)) for p in files}
        )


def test_npz(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out.npz", "npz")
    with np.load(tmp_path / "out.npz", allow_pickle=False) as archive:
        assert sorted(archive) == ["test_images", "test_labels", "train_images", "train_labels"]
        for split in ("train", "test"):
            images, labels = archive[f"{split}_images"], archive[f"{split}_labels"]
            assert images.dtype == np.uint8
            assert labels.dtype == np.int64
            assert images.flags.c_contiguous
            assert np.array_equal(images, store[split].images())
            assert np.array_equal(labels, store[split].labels)


def test_npz_of_any_number_of_channels(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store(5)
    export(store, tmp_path / "out.npz", "npz")
    with np.load(tmp_path / "out.npz") as archive:
        assert np.array_equal(archive["train_images"], store["train"].images())


def test_parquet(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "parquet")
    names = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert names == [
        "test-00000-of-00002.parquet", "test-00001-of-00002.parquet",
        "train-00000-of-00003.parquet", "train-00001-of-00003.parquet",
        "train-00002-of-00003.parquet",
    ]  # fmt: skip
    for split in ("train", "test"):
        files = sorted((tmp_path / "out" / "data").glob(f"{split}-*"))
        rows = [row for path in files for row in pq.read_table(path).to_pylist()]
        numbers = [int(row["image"]["path"].removesuffix(".png")) for row in rows]
        assert numbers == store[split].ids.tolist()
        found = [(pixels(row["image"]["bytes"]), row["label"]) for row in rows]
        assert_same(store, split, dict(zip(numbers, found, strict=True)))


def test_parquet_declares_its_features(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "parquet")
    schema = pq.read_schema(tmp_path / "out/data/test-00000-of-00002.parquet")
    assert [str(kind) for kind in schema.types] == ["struct<bytes: binary, path: string>", "int64"]
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["label"] == {"_type": "ClassLabel", "names": list(NAMES)}


def test_webdataset(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "webdataset")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "test-000000.tar", "test-000001.tar",
        "train-000000.tar", "train-000001.tar", "train-000002.tar",
    ]  # fmt: skip
    for split in ("train", "test"):
        found = {}
        for path in sorted((tmp_path / "out").glob(f"{split}-*.tar")):
            contents = _members(path)
            names = list(contents)
            for picture, label in zip(names[::2], names[1::2], strict=True):
                key = picture.removesuffix(".png")
                assert label == f"{key}.cls"
                found[int(key)] = pixels(contents[picture]), int(contents[label])
        assert_same(store, split, found)


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        for member in members:
            assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
        opened = {member.name: tar.extractfile(member) for member in members}
        return {name: file.read() for name, file in opened.items() if file is not None}


@pytest.mark.parametrize("to", ["png", "npz", "parquet", "webdataset"])
def test_bytes_are_reproducible(make_store: MakeStore, tmp_path: Path, to: str) -> None:
    store = make_store(3, NAMES)
    for name in ("a", "b"):
        export(store, tmp_path / name / "out.npz", to)
    first, second = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in _files(tmp_path / n)} for n in "ab"
    )
    assert first
    assert first == second


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_huggingface(store: Store, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    export(store, tmp_path / "out", "huggingface")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dataset_dict.json", "test", "train",
    ]  # fmt: skip
    _assert_same_features(store, datasets.load_from_disk(tmp_path / "out"), datasets)


def test_huggingface_reads_the_parquet_files(store: Store, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    export(store, tmp_path / "out", "parquet")
    cache = str(tmp_path / "cache")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=cache)
    _assert_same_features(store, loaded, datasets)
    files = {split: str(tmp_path / f"out/data/{split}-*") for split in ("train", "test")}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=cache)
    _assert_same_features(store, loaded, datasets)


def _assert_same_features(store: Store, loaded: Any, datasets: Any) -> None:
    assert set(loaded) == {"train", "test"}
    for split, part in loaded.items():
        assert part.features["image"] == datasets.Image()
        assert part.features["label"] == datasets.ClassLabel(names=list(NAMES))
        stored = store[split]
        assert part["label"][:] == stored.labels.tolist()
        for picture, image in zip(part["image"], stored.images(), strict=True):
            assert np.array_equal(np.asarray(picture).reshape(image.shape), image)
        raw = part.cast_column("image", datasets.Image(decode=False))
        numbers = [int(row["path"].removesuffix(".png")) for row in raw["image"]]
        assert numbers == stored.ids.tolist()


def test_what_the_codec_lost_stays_lost(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store(1, (), "downsample:3 | uint8")
    export(store, tmp_path / "out.npz", "npz")
    with np.load(tmp_path / "out.npz") as archive:
        assert np.array_equal(archive["test_images"], store["test"].images())
