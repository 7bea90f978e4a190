"""Batches: every input once, shifts by what is said, standardised by training inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.learn.feed import ArrayFeed, Standardise, StoredFeed, shifted
from fewbytes.store import compress, open_store
from fewbytes.types import Dataset

CPU = torch.device("cpu")


def test_an_epoch_sees_every_input_once() -> None:
    feed = ArrayFeed(np.arange(40, dtype=np.float32)[:, None], np.arange(40), picture=False)
    epochs = feed.epochs(8, seed=0, device=CPU)
    first, second = list(epochs), list(epochs)
    orders = [[int(y) for _, labels in batches for y in labels] for batches in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(40))
    assert orders[0] != orders[1]
    assert all(bool((x[:, 0] == y).all()) for x, y in first)


def test_what_does_not_fill_a_batch_waits() -> None:
    feed = ArrayFeed(np.zeros((21, 2), np.float32), np.arange(21), picture=False)
    assert [len(y) for _, y in feed.epochs(8, seed=0, device=CPU)] == [8, 8]
    assert sum(len(y) for _, y in feed.in_order(CPU)) == 21


def test_a_stored_feed_is_the_split(tiny: Dataset, tmp_path: Path) -> None:
    compress(ArraySource(tiny), tmp_path / "s.fb", Codec.parse("dct:6 | uniform:8"))
    store = open_store(tmp_path / "s.fb")
    subset = np.arange(0, 1200, 7)
    feed = StoredFeed(store["train"], "code", subset)
    codes = store.codec.encode(tiny.train.images[subset])
    assert not feed.picture
    assert feed.shape == (6, 6, 1)
    assert np.array_equal(feed.labels, tiny.train.labels[subset])
    x = torch.cat([x for x, _ in feed.in_order(CPU)])
    assert np.array_equal(x.numpy(), store.codec.dequantize(codes))
    y = torch.cat([y for _, y in feed.epochs(19, seed=1, device=CPU)])
    assert len(y) == len(subset) // 19 * 19
    assert StoredFeed(store["train"], "image").picture
    array = ArrayFeed(x.numpy(), feed.labels, picture=False)
    for (a, b), (c, d) in zip(
        feed.epochs(19, 5, CPU), array.epochs(19, 5, CPU), strict=True
    ):  # the same order, from a store and from an array
        assert torch.equal(a, c)
        assert torch.equal(b, d)


def test_pictures_move_and_black_comes_in() -> None:
    """Each picture is a single dot in the middle: where it goes tells the shift."""
    pictures = torch.zeros((2000, 5, 7, 1), dtype=torch.uint8)
    pictures[:, 2, 3] = 9
    moved = shifted(pictures, 1, torch.Generator().manual_seed(0))
    assert moved.shape == (2000, 5, 7, 1)
    assert bool((moved.sum((1, 2, 3)) == 9).all())
    counts = (moved[..., 0] == 9).sum(0)
    assert bool((counts[1:4, 2:5] > 2000 / 9 * 0.7).all())
    assert int(counts[1:4, 2:5].sum()) == 2000


def test_standardise_pictures_per_channel_and_vectors_per_value() -> None:
    rng = np.random.default_rng(0)
    pictures = ArrayFeed(
        rng.integers(0, 256, (50, 6, 6, 2)).astype(np.uint8), np.zeros(50, int), True
    )
    x = Standardise(pictures, floor=0.0, device=CPU)(torch.from_numpy(pictures.inputs))
    assert x.shape == (50, 2, 6, 6)
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(2), atol=1e-5)
    assert torch.allclose(x.std((0, 2, 3)), torch.ones(2), atol=1e-3)

    values = (rng.normal(size=(500, 3)) * [10, 1, 0.001] + 4).astype(np.float32)
    vectors = ArrayFeed(values, np.zeros(500, int), picture=False)
    y = Standardise(vectors, floor=0.05, device=CPU)(torch.from_numpy(values))
    assert torch.allclose(y.mean(0), torch.zeros(3), atol=1e-2)
    assert torch.allclose(y.std(0)[:2], torch.ones(2), atol=1e-2)
    assert float(y.std(0)[2]) < 0.01  # hardly varies, and is not blown up
