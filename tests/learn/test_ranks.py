"""Ranks: who has what, and that a network trained together is the network that one trains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

import fewbytes as fb
from fewbytes.errors import InputError, RanksError
from fewbytes.learn import ArrayFeed, Ranks, together
from fewbytes.learn.feed import shifted
from fewbytes.learn.ranks import ALONE
from fewbytes.store import layout
from fewbytes.types import Dataset
from tests.learn.training_together import CPU, Ended, train_all

TWO = Ranks(0, 2, CPU), Ranks(1, 2, CPU)

Found = tuple[dict[str, Any], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The same trainings by one process and by two."""
    store = tmp_path_factory.mktemp("ranks") / "tiny.fb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "MOST_RECORDS", 64)
        fb.compress(tiny, store, codec="downsample:12 | zstd")
    with ThreadPoolExecutor() as pool:
        one, two = pool.map(lambda world: train_all(store, world), (1, 2))
    return one[0], two


def test_two_train_the_network_that_one_trains(found: Found) -> None:
    one: Ended = found[0]["cnn"]
    for two in (ended["cnn"] for ended in found[1]):
        assert two.losses == pytest.approx(one.losses, rel=1e-6)  # float32, and the mean over ranks
        for name, weights in one.weights.items():
            np.testing.assert_allclose(two.weights[name], weights, rtol=1e-9, atol=1e-11)
        np.testing.assert_array_equal(two.predictions, one.predictions)
        assert two.test_accuracy == one.test_accuracy > 0.5


@pytest.mark.parametrize("model", ["cnn", "mlp", "own", "streamed"])
def test_ranks_end_with_the_same_bits(found: Found, model: str) -> None:
    """Also where each draws noise of its own, and where each reads blocks of its own."""
    first, second = (ended[model] for ended in found[1])
    assert first.weights.keys() == second.weights.keys() == found[0][model].weights.keys()
    for name, weights in first.weights.items():
        assert weights.tobytes() == second.weights[name].tobytes(), name
    assert first.losses == second.losses
    np.testing.assert_array_equal(first.predictions, second.predictions)


def test_noise_is_not_the_same_on_all_ranks(found: Found) -> None:
    """Each half of a batch with the same noise would be half as much noise."""
    assert TWO[0].seed(5) == ALONE.seed(5) == 5
    assert len({Ranks(rank, 9, CPU).seed(seed) for rank in range(9) for seed in (5, 6)}) == 18
    assert found[0]["mlp"].losses[0] != found[1][0]["mlp"].losses[0]


@pytest.mark.parametrize("model", ["cnn", "streamed"])
def test_each_rank_decodes_its_share(found: Found, model: str) -> None:
    whole = found[0][model].viewed
    assert whole > 3 * 160 + 160 + 3 * 120 + 300  # epochs, statistics, validation, test
    for ended in found[1]:
        assert ended[model].viewed == pytest.approx(whole / 2, abs=10)


@pytest.mark.parametrize("axes", [0, 1, 2])
def test_a_shared_batch_is_normalised_as_a_whole(found: Found, axes: int) -> None:
    whole = found[0]["norms"][axes]
    parts = [ended["norms"][axes] for ended in found[1]]
    for number, expected in enumerate(whole):
        each = [part[number] for part in parts]
        given = np.concatenate(each) if number < 2 else each[0]  # the first two are of inputs
        np.testing.assert_allclose(given, expected, rtol=1e-9, atol=1e-12)


def test_every_thing_is_some_ranks() -> None:
    for n, world in ((7, 3), (3, 3), (100, 8), (1, 1)):
        runs = [list(range(n))[Ranks(rank, world, CPU).own(n)] for rank in range(world)]
        assert [thing for run in runs for thing in run] == list(range(n))
        assert max(map(len, runs)) - min(map(len, runs)) <= 1
    with pytest.raises(InputError, match="2 inputs cannot be shared among 3 ranks"):
        Ranks(0, 3, CPU).own(2)


@pytest.mark.parametrize(("batch", "world"), [(512, 3), (16, 32)])
def test_batches_that_cannot_be_shared(batch: int, world: int) -> None:
    assert Ranks(0, 2, CPU).share(batch) == batch // 2
    with pytest.raises(InputError, match=f"a batch of {batch} inputs cannot be shared evenly"):
        Ranks(0, world, CPU).share(batch)


def test_shares_of_a_batch_are_the_batch() -> None:
    images = np.arange(30 * 5 * 5).reshape(30, 5, 5, 1).astype(np.float32)
    feed = ArrayFeed(images, np.arange(30), picture=True)
    whole = feed.epochs(8, 3, CPU)
    shares = [feed.epochs(8, 3, CPU, ranks) for ranks in TWO]
    draws = [torch.Generator().manual_seed(1) for _ in range(3)]
    for _ in range(2):  # epochs
        for (x, y), *parts in zip(whole, *shares, strict=True):
            assert torch.equal(torch.cat([labels for _, labels in parts]), y)
            moved = [
                shifted(pictures, 1, draw, ranks)
                for (pictures, _), draw, ranks in zip(parts, draws[1:], TWO, strict=True)
            ]
            assert torch.equal(torch.cat(moved), shifted(x, 1, draws[0]))
    in_order = [torch.cat([x for x, _ in feed.in_order(CPU, ranks)]) for ranks in TWO]
    assert torch.equal(torch.cat(in_order), torch.from_numpy(images))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"WORLD_SIZE": "2"}, "RANK is not set: start ranks by torchrun"),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two'"),
        ({"WORLD_SIZE": "2", "RANK": "2"}, "RANK is 2, of WORLD_SIZE 2"),
        ({"WORLD_SIZE": "2", "RANK": "1"}, "MASTER_PORT is not set"),
        ({"WORLD_SIZE": "2", "RANK": "1", "MASTER_PORT": "70000", "MASTER_ADDR": "localhost"},
         "rank 1 of 2 did not meet the others at MASTER_ADDR localhost, MASTER_PORT 70000"),
    ],
)  # fmt: skip
def test_ranks_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], complaint: str
) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RanksError) as raised, together():
        pass
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_one_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in ("1", ""):
        monkeypatch.setenv("WORLD_SIZE", size)
        with together() as ranks:
            assert ranks is ALONE
