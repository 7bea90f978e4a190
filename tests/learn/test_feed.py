"""Batches: every input once, shifts by what is said, standardised by training inputs."""

from __future__ import annotations

import numpy as np
import torch

from fewbytes.learn.feed import Feed, Standardise, training_batches

CPU = torch.device("cpu")


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_an_epoch_sees_every_input_once() -> None:
    feed = Feed(np.arange(40, dtype=np.float32)[:, None], np.arange(40), picture=False)
    batches = list(training_batches(feed, 8, shift=1, generator=_generator(), device=CPU))
    assert sorted(int(y) for _, labels in batches for y in labels) == list(range(40))
    assert all(bool((x[:, 0] == y).all()) for x, y in batches)


def test_what_does_not_fill_a_batch_waits() -> None:
    feed = Feed(np.zeros((21, 2), np.float32), np.arange(21), picture=False)
    batches = list(training_batches(feed, 8, shift=0, generator=_generator(), device=CPU))
    assert [len(y) for _, y in batches] == [8, 8]


def test_pictures_move_and_black_comes_in() -> None:
    """Each picture is a single dot in the middle: where it goes tells the shift."""
    pictures = np.zeros((2000, 5, 7, 1), np.uint8)
    pictures[:, 2, 3] = 9
    feed = Feed(pictures, np.zeros(2000, np.int64), picture=True)
    batches = training_batches(feed, 500, shift=1, generator=_generator(), device=CPU)
    moved = torch.cat([x for x, _ in batches])
    assert moved.shape == (2000, 5, 7, 1)
    assert bool((moved.sum((1, 2, 3)) == 9).all())
    counts = (moved[..., 0] == 9).sum(0)
    assert bool((counts[1:4, 2:5] > 2000 / 9 * 0.7).all())
    assert int(counts[1:4, 2:5].sum()) == 2000


def test_standardise_pictures_per_channel_and_vectors_per_value() -> None:
    rng = np.random.default_rng(0)
    pictures = Feed(rng.integers(0, 256, (50, 6, 6, 2)).astype(np.uint8), np.zeros(50, int), True)
    x = Standardise(pictures, floor=0.0)(torch.from_numpy(pictures.inputs))
    assert x.shape == (50, 2, 6, 6)
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(2), atol=1e-5)
    assert torch.allclose(x.std((0, 2, 3)), torch.ones(2), atol=1e-3)

    values = (rng.normal(size=(500, 3)) * [10, 1, 0.001] + 4).astype(np.float32)
    vectors = Feed(values, np.zeros(500, int), picture=False)
    y = Standardise(vectors, floor=0.05)(torch.from_numpy(values))
    assert torch.allclose(y.mean(0), torch.zeros(3), atol=1e-2)
    assert torch.allclose(y.std(0)[:2], torch.ones(2), atol=1e-2)
    assert float(y.std(0)[2]) < 0.01  # hardly varies, and is not blown up
