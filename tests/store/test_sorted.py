"""Stores whose coder knows labels: records in an order of the coder's own, or of the source's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import CorruptError, InputError, SourceError
from fewbytes.learn import Recipe, train_on
from fewbytes.store import trace
from fewbytes.store.labels import pack_labels, unpack_labels
from fewbytes.types import Dataset, Images, Labels, Split

CODERS = ["range", "context:steps=30:units=8:neighbours=8"]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Few-level pictures of three classes, some of them there twice under two labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 500)
    images = ((rng.random((500, 9, 8, 1)) < 0.2 + 0.2 * labels[:, None, None, None]) * 85).astype(
        np.uint8
    )
    images[400:450], labels[400:450] = images[:50], (labels[:50] + 1) % 3
    return Dataset(
        "few", Split(images[:450], labels[:450]), Split(images[450:], labels[450:].copy())
    )


def _pairs(images: Images, labels: Labels) -> list[tuple[int, bytes]]:
    return sorted((int(y), image.tobytes()) for y, image in zip(labels, images, strict=True))


@pytest.mark.parametrize("coder", CODERS)
def test_labels_stay_with_their_images(dataset: Dataset, tmp_path: Path, coder: str) -> None:
    store = fb.compress(dataset, tmp_path / "free.fb", codec=f"uniform:2:step=85 | {coder}")
    for name, split in dataset.splits.items():
        found, labels = store[name].images(0, len(split)), store[name].labels
        assert (np.diff(labels) >= 0).all()
        assert not np.array_equal(found, split.images)
        assert _pairs(found, labels) == _pairs(split.images, split.labels)
    assert not [bad for bad in fb.verify(tmp_path / "free.fb") if bad.fault]


def test_records_can_be_traced_to_their_source(dataset: Dataset, tmp_path: Path) -> None:
    source = ArraySource(dataset)
    for order in ("free", "keep"):
        spec = f"uniform:2:step=85 | range:order={order}"
        store = fb.compress(dataset, tmp_path / f"{order}.fb", codec=spec)
        for name, split in dataset.splits.items():
            numbers = trace(store, source, name)
            assert sorted(numbers) == list(range(len(split)))
            assert np.array_equal(store[name].images(0, len(split)), split.images[numbers])
            assert np.array_equal(store[name].labels, split.labels[numbers])


def test_what_cannot_be_traced_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    spec = "uniform:2:step=85 | range"
    store = fb.compress(dataset, tmp_path / "all.fb", codec=spec)
    turned = Split(dataset.train.images[::-1].copy(), dataset.train.labels[::-1].copy())
    other = ArraySource(
        Dataset("few", turned, Split(255 - dataset.test.images, dataset.test.labels))
    )
    with pytest.raises(SourceError, match="no longer holds"):
        trace(store, other, "test")
    store = fb.compress(dataset, tmp_path / "half.fb", codec=f"subset:0.5 | {spec}")
    with pytest.raises(InputError, match="a selection chose"):
        trace(store, ArraySource(dataset), "train")
    assert sorted(trace(store, ArraySource(dataset), "test")) == list(range(50))


def test_predictions_follow_the_source(dataset: Dataset, tmp_path: Path) -> None:
    """Whatever the order of a store, the same network gives the same answers to the same images."""
    source, found = ArraySource(dataset), []
    for order in ("free", "keep"):
        spec = f"uniform:2:step=85 | range:order={order}"
        store = fb.compress(dataset, tmp_path / f"{order}.fb", codec=spec)
        numbers = {name: trace(store, source, name) for name in store.splits}
        tested = train_on(store, model="linear", recipe=Recipe(epochs=40), numbers=numbers)
        found.append(tested.predictions == dataset.test.labels)
        assert np.mean(found[-1]) == pytest.approx(tested.test_accuracy)
    assert np.mean(found[0] == found[1]) > 0.8


@pytest.mark.parametrize("coder", CODERS)
def test_the_order_of_the_source_is_kept_where_asked(
    dataset: Dataset, tmp_path: Path, coder: str
) -> None:
    spec = f"uniform:2:step=85 | {coder}"
    store = fb.compress(dataset, tmp_path / "kept.fb", codec=f"{spec}:order=keep")
    for name, split in dataset.splits.items():
        assert np.array_equal(store[name].images(0, len(split)), split.images)
        assert np.array_equal(store[name].labels, split.labels)
        assert np.array_equal(store[name].ids, np.arange(len(split)))
    free = fb.compress(dataset, tmp_path / "free.fb", codec=spec)
    saved = store.nbytes.total - free.nbytes.total
    assert 8 * saved > 0.8 * 450 * (np.log2(450) - 1.44)


def test_one_image_and_one_class(tmp_path: Path) -> None:
    one = Split(np.full((1, 9, 8, 1), 85, np.uint8), np.zeros(1, np.int64))
    many = Split(np.zeros((20, 9, 8, 1), np.uint8), np.full(20, 4))
    store = fb.compress(Dataset("one", many, one), tmp_path / "one.fb", codec="uint8 | range")
    assert np.array_equal(store["train"].images(0, 20), many.images)
    assert store["train"].labels.tolist() == [4] * 20
    assert np.array_equal(store["test"].images(0, 1), one.images)
    assert store["test"].labels.tolist() == [0]


@pytest.mark.parametrize(
    "labels", [[0], [3], [0, 0, 1, 5, 5], [1, 0, 2], [0] * 1000 + [300] * 200, [65535]]
)
def test_labels_come_back(labels: list[int]) -> None:
    array = np.array(labels)
    blob = pack_labels(array)
    assert np.array_equal(unpack_labels(blob, len(array)), array)
    for wrong in (b"", blob[:-1], blob + b"\0", b"\0" + b"\xff" * 9, b"\x11" + blob[1:]):
        with pytest.raises(CorruptError):
            unpack_labels(wrong, len(array))
    with pytest.raises(CorruptError):
        unpack_labels(blob, len(array) + 9)


def test_sorted_labels_cost_next_to_nothing() -> None:
    assert len(pack_labels(np.repeat(np.arange(10), 6000))) == 1 + 10 * 2
