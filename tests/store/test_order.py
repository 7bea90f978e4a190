"""The order of an epoch: drawn by (seed, epoch) alone, for ever."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fewbytes.store.order import permutation

GOLDEN = {
    (1, 0, 0): [0],
    (2, 0, 0): [1, 0],
    (8, 0, 0): [3, 1, 6, 7, 5, 2, 4, 0],
    (8, 0, 1): [4, 6, 5, 7, 3, 0, 2, 1],
    (8, 1, 0): [4, 3, 1, 0, 2, 5, 7, 6],
    (13, 7, 3): [11, 9, 5, 12, 10, 3, 1, 4, 8, 7, 0, 2, 6],
}

GOLDEN_SHA256 = "e99603806c09528ff1a0bdafa9b9fd025df680201be62d5c4ff70c614d538944"


@pytest.mark.parametrize(("n", "seed", "epoch"), GOLDEN)
def test_orders_never_change(n: int, seed: int, epoch: int) -> None:
    assert permutation(n, seed, epoch).tolist() == GOLDEN[n, seed, epoch]


def test_a_long_order_never_changes() -> None:
    order = permutation(1000, seed=5, epoch=2, stream=9)
    assert hashlib.sha256(order.astype("<i8").tobytes()).hexdigest() == GOLDEN_SHA256


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000, 4097])
def test_every_number_once(n: int) -> None:
    for epoch in range(20):
        assert sorted(permutation(n, 3, epoch).tolist()) == list(range(n))


def test_every_order_is_drawn_as_often() -> None:
    """Chi-squared of the 24 orders of four numbers over 24,000 epochs; 23 degrees of freedom."""
    counts = dict[tuple[int, ...], int]()
    for epoch in range(24_000):
        order = tuple(permutation(4, 0, epoch).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 49.7  # one in a thousand


def test_seeds_epochs_and_streams_draw_orders_of_their_own() -> None:
    orders = [
        permutation(500, seed, epoch, stream)
        for seed in (0, 1, (1 << 63) - 1)
        for epoch in (0, 1, 2)
        for stream in (0, 1)
    ]
    for i, one in enumerate(orders):
        for other in orders[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
