"""Stores in torch's own loaders, with worker processes and without."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

from fewbytes.store import Batches, StoredSplit
from tests.store.helpers import made, stored


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> StoredSplit:
    target = tmp_path_factory.mktemp("loaders") / "a.fb"
    return stored(target, made(700, 70), "dct:4 | uniform:8 | xz")["train"]


class Iterable(IterableDataset[Any]):
    """Batches as torch's loaders want them."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)


def as_set(batches: Any) -> list[tuple[bytes, int]]:
    """The records of an epoch, without their order."""
    return sorted(
        (one.numpy().tobytes(), int(label))
        for x, y in batches
        for one, label in zip(x, y, strict=True)
    )


@pytest.mark.parametrize("memory", [1 << 30, 0], ids=["resident", "windows"])
@pytest.mark.parametrize("workers", [0, 2])
def test_batches_in_a_loader(split: StoredSplit, memory: int, workers: int) -> None:
    """Workers share the batches of an epoch, which come in turn: in the order of one process."""
    expected = list(split.batches(64, shuffle=True, seed=1, memory=memory))
    loader: DataLoader[Any] = DataLoader(
        Iterable(split.batches(64, shuffle=True, seed=1, memory=memory)),
        batch_size=None,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
    )
    found = list(loader)
    assert len(found) == len(expected) == 11
    for (x, y), (expected_x, expected_y) in zip(found, expected, strict=True):
        assert torch.equal(x, expected_x)
        assert torch.equal(y, expected_y)


def test_workers_are_told_the_epoch(split: StoredSplit) -> None:
    """Workers get a copy of the batches for each epoch; the epoch is set in the original."""
    batches = split.batches(64, shuffle=True, seed=1)
    loader: DataLoader[Any] = DataLoader(
        Iterable(batches), batch_size=None, num_workers=1, multiprocessing_context="spawn"
    )
    orders = []
    for epoch in (0, 1):
        batches.set_epoch(epoch)
        orders.append([y.tolist() for _, y in loader])
    alone = split.batches(64, shuffle=True, seed=1)
    assert orders == [[y.tolist() for _, y in alone] for _ in range(2)]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_map_style_set_in_a_loader(split: StoredSplit, workers: int) -> None:
    dataset = split.dataset("code")
    loader = DataLoader(
        dataset,
        64,
        shuffle=True,
        num_workers=workers,
        collate_fn=dataset.collate,
        generator=torch.Generator().manual_seed(0),
        multiprocessing_context="spawn" if workers else None,
    )
    batches = list(loader)
    assert [len(y) for _, y in batches] == [64] * 10 + [60]
    assert as_set(batches) == as_set(split.batches(700, view="code"))


def test_a_map_style_set_by_number(split: StoredSplit) -> None:
    dataset = split.dataset()
    assert len(dataset) == 700
    images = split.images()
    for number in (0, 5, 699, -1, -700):
        x, y = dataset[number]
        assert np.array_equal(x.numpy(), images[number])
        assert y == split.labels[number]
    for number in (700, -701):
        with pytest.raises(IndexError):
            dataset[number]
    x, y = dataset.collate([dataset[3], dataset[4]])
    assert np.array_equal(x.numpy(), images[3:5])
    assert y.tolist() == split.labels[3:5].tolist()


def test_splits_travel_without_what_was_read(split: StoredSplit) -> None:
    split.resident()
    split.codes(0, 3)
    _ = split.labels, split.ids
    sent = pickle.dumps(split)
    assert len(sent) < 20_000
    arrived: StoredSplit = pickle.loads(sent)  # noqa: S301
    assert np.array_equal(arrived.codes(), split.codes())
    assert np.array_equal(arrived.labels, split.labels)
