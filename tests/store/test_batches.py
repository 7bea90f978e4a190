"""Epochs of batches: every record once, in an order that the seed and the epoch decide."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from fewbytes.errors import FewbytesError, InputError
from fewbytes.store import Batches, Store, StoredSplit, windows
from fewbytes.types import Dataset, Split
from tests.store.helpers import MemoryFiles, contents, made, stored

RECORDS = 1500

PATHS = pytest.mark.parametrize("memory", [1 << 30, 0], ids=["resident", "windows"])


def numbered() -> Dataset:
    """Images that hold their own number, so that any batch says which records it has."""
    images = np.zeros((RECORDS, 1, 2, 1), np.uint8)
    images[:, 0, :, 0] = np.arange(RECORDS)[:, None].astype("<u2").view(np.uint8)
    labels = np.arange(RECORDS) % 7
    return Dataset("numbered", Split(images, labels), Split(images[:70], labels[:70]))


@pytest.fixture(scope="module", params=["identity", "identity | xz"])
def split(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoredSplit:
    from fewbytes.store import layout, tasks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "MOST_RECORDS", 64)
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 3)
        target = tmp_path_factory.mktemp("batches") / "a.fb"
        return stored(target, numbered(), request.param)["train"]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of two blocks or three."""
    monkeypatch.setattr(windows, "WINDOW_RECORDS", 150)
    monkeypatch.setattr(windows, "WINDOW_BYTES", 1)


def numbers(x: torch.Tensor) -> list[int]:
    found: list[int] = np.ascontiguousarray(x.numpy()).reshape(-1, 2).view("<u2")[:, 0].tolist()
    return found


def epoch(batches: Batches, most: int | None = None) -> list[list[int]]:
    """The record numbers of the batches of an epoch, or of its first ones."""
    found = []
    for x, y in batches:
        assert x.dtype == torch.uint8
        assert y.dtype == torch.int64
        assert [n % 7 for n in numbers(x)] == y.tolist()
        found.append(numbers(x))
        if len(found) == most:
            break
    return found


def flat(batches: list[list[int]]) -> list[int]:
    return [n for batch in batches for n in batch]


@PATHS
@pytest.mark.parametrize("size", [1, 64, 100, 499, RECORDS, RECORDS + 1])
def test_every_record_once_an_epoch(split: StoredSplit, memory: int, size: int) -> None:
    batches = split.batches(size, shuffle=True, seed=3, memory=memory)
    orders = [epoch(batches) for _ in range(3)]
    for order in orders:
        assert sorted(flat(order)) == list(range(RECORDS))
        assert [len(b) for b in order[:-1]] == [size] * (len(order) - 1)
        assert len(order) == len(batches) == -(-RECORDS // size)
    assert orders[0] != orders[1] != orders[2] != orders[0]


@PATHS
def test_the_same_order_for_the_same_seed_and_epoch(split: StoredSplit, memory: int) -> None:
    first = split.batches(64, shuffle=True, seed=3, memory=memory)
    orders = [epoch(first) for _ in range(3)]
    again = split.batches(64, shuffle=True, seed=3, memory=memory)
    again.set_epoch(1)
    assert epoch(again) == orders[1]
    assert epoch(again) == orders[2]
    other_size = split.batches(91, shuffle=True, seed=3, memory=memory)
    assert flat(epoch(other_size)) == flat(orders[0])
    assert epoch(split.batches(64, shuffle=True, seed=4, memory=memory)) != orders[0]


@PATHS
def test_without_shuffling_records_come_as_stored(split: StoredSplit, memory: int) -> None:
    batches = split.batches(100, memory=memory)
    for _ in range(2):
        assert flat(epoch(batches)) == list(range(RECORDS))


@PATHS
def test_the_last_batch_can_be_left_out(split: StoredSplit, memory: int) -> None:
    batches = split.batches(400, shuffle=True, drop_last=True, memory=memory)
    whole = split.batches(400, shuffle=True, memory=memory)
    for _ in range(2):
        assert epoch(batches) == epoch(whole)[:3]
    none = split.batches(RECORDS + 1, drop_last=True, memory=memory)
    assert len(none) == 0
    assert epoch(none) == []


@PATHS
@pytest.mark.parametrize("world_size", [2, 3, 7])
@pytest.mark.parametrize("drop_last", [False, True])
def test_ranks_share_an_epoch(
    split: StoredSplit, memory: int, world_size: int, drop_last: bool
) -> None:
    options: dict[str, Any] = {"shuffle": True, "seed": 1, "drop_last": drop_last}
    ranks = [
        split.batches(64, rank=rank, world_size=world_size, memory=memory, **options)
        for rank in range(world_size)
    ]
    waiting, orders = set[int](), list[list[list[int]]]()
    for _ in range(2):
        orders = [epoch(rank) for rank in ranks]
        sizes = [[len(batch) for batch in order] for order in orders]
        assert sizes == [sizes[0]] * world_size
        assert len(sizes[0]) == len(ranks[0])
        seen = [n for order in orders for n in flat(order)]
        assert len(set(seen)) == len(seen)
        if not drop_last:
            assert len(seen) == RECORDS // world_size * world_size
        else:
            assert set(sizes[0]) == {64}
        waiting |= set(range(RECORDS)) - set(seen)
    if memory:  # together they see the batches that one process would
        alone = split.batches(64 * world_size, **options)
        alone.set_epoch(1)
        together = [flat(list(parts)) for parts in zip(*orders, strict=True)]
        assert together == [b[: len(t)] for b, t in zip(epoch(alone), together, strict=False)]
    assert len(waiting) <= 2 * (world_size - 1 if not drop_last else 64 * world_size)


@PATHS
def test_a_subset(split: StoredSplit, memory: int) -> None:
    subset = np.concatenate([[0, 3, 63], np.arange(400, 700), [RECORDS - 1]])
    for options in ({"shuffle": True, "seed": 2}, {}):
        batches = split.batches(50, subset=subset, memory=memory, **options)
        orders = [flat(epoch(batches)) for _ in range(2)]
        assert [sorted(order) for order in orders] == [subset.tolist()] * 2
        assert (orders[0] == subset.tolist()) == (not options)
    ranks = [
        split.batches(50, subset=subset, shuffle=True, memory=memory, rank=r, world_size=3)
        for r in range(3)
    ]
    seen = [n for rank in ranks for n in flat(epoch(rank))]
    assert len(seen) == len(set(seen)) == 303
    assert set(seen) <= set(subset.tolist())


@PATHS
@pytest.mark.parametrize("done", [0, 1, 5, 23, 24])
@pytest.mark.parametrize("world_size", [1, 3])
def test_an_epoch_goes_on_where_it_was_left(
    split: StoredSplit, memory: int, done: int, world_size: int
) -> None:
    size = 64 if world_size == 1 else 21
    options: dict[str, Any] = {
        "shuffle": True, "seed": 9, "memory": memory, "world_size": world_size,
    }  # fmt: skip
    for rank in range(world_size):
        undisturbed = split.batches(size, rank=rank, **options)
        expected = [epoch(undisturbed) for _ in range(3)]
        stopped = split.batches(size, rank=rank, **options)
        epoch(stopped)
        if done:
            assert epoch(stopped, done) == expected[1][:done]
        state = stopped.state_dict()
        state_of_rank_0 = split.batches(size, **options)
        state_of_rank_0.load_state_dict(state)  # it is the same on every rank
        resumed = split.batches(size, rank=rank, **options)
        resumed.load_state_dict(state_of_rank_0.state_dict())
        assert epoch(resumed) == expected[1][done:]
        assert epoch(resumed) == expected[2]
        assert epoch(stopped) == expected[1][done:]


@PATHS
def test_a_subset_goes_on_too(split: StoredSplit, memory: int) -> None:
    options: dict[str, Any] = {"subset": np.arange(5, 1205), "shuffle": True, "memory": memory}
    expected = epoch(split.batches(100, **options))
    stopped = split.batches(100, **options)
    epoch(stopped, 7)
    resumed = split.batches(100, **options)
    resumed.load_state_dict(stopped.state_dict())
    assert epoch(resumed) == expected[7:]


def test_states_of_other_batches_are_refused(split: StoredSplit) -> None:
    state = split.batches(64, shuffle=True).state_dict()
    other = split.store["test"]
    for batches in (
        split.batches(65, shuffle=True),
        split.batches(64),
        split.batches(64, shuffle=True, seed=1),
        split.batches(64, shuffle=True, drop_last=True),
        split.batches(64, shuffle=True, world_size=2),
        split.batches(64, shuffle=True, memory=0),
        split.batches(64, shuffle=True, subset=np.arange(1400)),
        split.batches(64, shuffle=True, subset=np.arange(RECORDS)[::-1][::-1][:1499]),
        other.batches(64, shuffle=True),
    ):
        with pytest.raises(InputError, match="state"):
            batches.load_state_dict(state)
    for nonsense in ({}, {**state, "next": "x"}, {**state, "epoch": -1}, {**state, "next": 99}):
        with pytest.raises(InputError):
            split.batches(64, shuffle=True).load_state_dict(nonsense)


def test_nonsense_is_refused(split: StoredSplit) -> None:
    nonsense: list[dict[str, Any]] = [
        {"size": 0}, {"size": -5}, {"seed": -1}, {"seed": 1 << 63}, {"rank": 1}, {"rank": -1},
        {"world_size": 0}, {"world_size": RECORDS + 1}, {"view": "pictures"},
        {"subset": np.array([3, 2])}, {"subset": np.array([2, 2])}, {"subset": np.array([-1])},
        {"subset": np.array([RECORDS])}, {"subset": np.array([0.5])},
        {"subset": np.ones(RECORDS, bool)}, {"subset": np.zeros((2, 2), int)},
        {"subset": np.zeros(0, int)},
    ]  # fmt: skip
    for options in nonsense:
        with pytest.raises(InputError):
            split.batches(**options)
    with pytest.raises(InputError, match=r"'images'.*image"):
        split.batches(view="images")
    with pytest.raises(InputError):
        split.batches().set_epoch(-1)


def test_the_order_is_good(split: StoredSplit) -> None:
    """No rank correlation between where a record is stored and when it comes, nor of epochs."""
    batches = split.batches(64, shuffle=True, seed=0)
    when = [np.argsort(flat(epoch(batches))) for _ in range(8)]
    stored_at = [spearmanr(np.arange(RECORDS), order).statistic for order in when]
    between = [spearmanr(a, b).statistic for a, b in pairwise(when)]
    for rhos in (stored_at, between):
        assert abs(np.mean(rhos)) < 0.05
        assert max(map(abs, rhos)) < 0.1  # four standard deviations, 1 / sqrt(1500)


def test_windows_of_many_blocks_are_mixed_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_blocks: None
) -> None:
    """40 blocks in five windows: no rank correlation, and every window is of blocks from all over.

    Of one epoch it is that of a drawn order of 40 blocks, 0.16 on average; so of 100 epochs.
    """
    images = np.arange(2560, dtype="<u2").view(np.uint8).reshape(-1, 1, 2, 1)
    data = Dataset("n", Split(images, np.zeros(2560, int)), Split(images[:1], np.zeros(1, int)))
    monkeypatch.setattr(windows, "WINDOW_RECORDS", 512)
    batches = stored(tmp_path / "a.fb", data, "identity")["train"].batches(
        64, shuffle=True, seed=0, memory=0
    )
    every = []
    for _ in range(100):
        order = [n for x, _ in batches for n in numbers(x)]
        assert len(set(order)) == 2560
        every.append(spearmanr(np.arange(2560), np.argsort(order)).statistic)
        mixed = [len({n // 64 for n in order[i : i + 512]}) for i in range(0, 2560, 512)]
        assert mixed == [8] * 5
    assert abs(np.mean(every)) < 0.05


@PATHS
def test_damage_is_seen(split: StoredSplit, memory: int, tmp_path: Path) -> None:
    files = contents(Path(split.store.files.where))
    for block in (0, 2):
        name, entry = split.store.manifest.shards("train")[2]
        place = entry.blocks[block].offset + 40
        damaged = bytearray(files[name])
        damaged[place] ^= 4
        store = Store(MemoryFiles({**files, name: bytes(damaged)}))
        with pytest.raises(FewbytesError, match=name):
            epoch(store["train"].batches(64, shuffle=True, memory=memory))


@pytest.mark.parametrize("spec", ["dct:4 | uniform:8", "dct:4", "dct:4 | uniform:12 | xz", "otsu"])
@PATHS
def test_views_are_the_codecs_own(spec: str, memory: int, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", made(300, 70), spec)
    split = store["train"]
    codes: NDArray[Any] = split.codes()
    expected = {
        "symbols": codes.astype("i4") if codes.dtype == np.uint16 else codes,
        "code": store.codec.dequantize(codes),
        "image": store.codec.decode(codes),
    }
    for view, whole in expected.items():
        batches = split.batches(80, view=view, memory=memory)
        x = torch.cat([x for x, _ in batches])
        assert x.shape[1:] == batches.view.shape
        assert x.numpy().dtype == whole.dtype
        assert np.array_equal(x.numpy(), whole)
        assert np.array_equal(torch.cat([y for _, y in batches]).numpy(), split.labels)
