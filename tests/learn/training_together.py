"""Trainings by several processes, and what each of them ended with."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import fewbytes as fb
from fewbytes.learn import Ranks, Recipe, feed, together, train_on, trainer
from fewbytes.learn.shared_norm import share_norms
from fewbytes.store import split
from fewbytes.store.batches import Batches
from fewbytes.store.views import View

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Ended:
    """What a process ended a training with."""

    weights: dict[str, NDArray[Any]]
    losses: list[float]
    predictions: NDArray[np.int64]
    test_accuracy: float
    viewed: int
    """Records that were decoded from codes to what the network is fed, all epochs together."""


class Dropping(nn.Module):
    """A model of one's own that draws in training, and has weights that take no part."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(int(np.prod(shape)), classes)
        self.unused = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(nn.functional.dropout(x.flatten(1), training=self.training))
        return logits


def free_port() -> int:
    """One that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(rank: int, world: int, port: int) -> dict[str, str]:
    """What `torchrun` would set."""
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return {"RANK": str(rank), "WORLD_SIZE": str(world), **place}


def train_all(store: Path, world: int) -> list[dict[str, Any]]:
    """What `_train_all` finds in each of `world` processes, by rank."""
    context, port = multiprocessing.get_context("spawn"), free_port()
    queues = [context.SimpleQueue() for _ in range(world)]
    started = [
        context.Process(target=_train_all, args=(store, rank, world, port, queue))
        for rank, queue in enumerate(queues)
    ]
    for process in started:
        process.start()
    found = []
    for process, queue in zip(started, queues, strict=True):
        while queue.empty():
            process.join(0.05)
            assert process.exitcode in (None, 0), "see what the process printed"
        found.append(queue.get())
        process.join()
    return found


def _train_all(
    store: Path, rank: int, world: int, port: int, queue: SimpleQueue[dict[str, Any]]
) -> None:
    os.environ.update(environment(rank, world, port))
    torch.set_num_threads(1)
    with together() as ranks:
        own = f"{__name__}:Dropping"
        found: dict[str, Any] = {
            "mlp": _trained(store, ranks, "mlp", seed=1),
            "own": _trained(store, ranks, own, seed=1),
            "norms": [list(_normalised(ranks, axes)) for axes in range(3)],
        }
        _compute_in_float64()
        found["cnn"] = _trained(store, ranks, "cnn", seed=2)
        split.StoredSplit.batches = partial_method(memory=0)  # type: ignore[method-assign]
        found["streamed"] = _trained(store, ranks, "cnn", seed=2)
    queue.put(found)


def _trained(store: Path, ranks: Ranks, model: str, seed: int) -> Ended:
    viewed = 0

    def counted(self: View, rows: NDArray[np.uint8]) -> Tensor:
        nonlocal viewed
        viewed += len(rows)
        return whole(self, rows)

    whole, View.__call__ = View.__call__, counted  # type: ignore[method-assign]
    try:
        tested = train_on(
            fb.open(store), view="code", model=model, recipe=Recipe(epochs=3, batch_size=32),
            seed=seed, train_images=160, ranks=ranks,
        )  # fmt: skip
    finally:
        View.__call__ = whole  # type: ignore[method-assign]
    state = tested.trained.network.state_dict()
    return Ended(
        {name: tensor.contiguous().numpy().copy() for name, tensor in state.items()},
        tested.trained.history.train_loss,
        tested.predictions,
        tested.test_accuracy,
        viewed,
    )


def partial_method(**given: Any) -> Any:
    """`StoredSplit.batches` with options that are given to all."""

    def batches(self: split.StoredSplit, size: int = 512, **options: Any) -> Batches:
        return Batches(self, size, **{**options, **given})

    return batches


def _compute_in_float64() -> None:
    """Let rounding be so small that nothing else hides behind it."""
    untrained = trainer.untrained

    def wide(*given: Any) -> nn.Sequential:
        return untrained(*given).double()

    def standardised(self: feed.Standardise, rows: Tensor) -> Tensor:
        return ((rows.double() - self.mean) * self.scale).permute(0, 3, 1, 2)

    trainer.untrained = wide  # type: ignore[assignment]
    trainer.mixed_precision = lambda device: nullcontext()  # type: ignore[attr-defined]
    feed.Standardise.forward = standardised  # type: ignore[method-assign]


def _normalised(ranks: Ranks, axes: int) -> Iterator[NDArray[Any]]:
    """This rank's share of what batch normalisation gives for 12 values a channel and place, with
    `axes` axes of places; its gradient; the sums over ranks of the weights' gradients; the running
    statistics.
    """
    kind = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[max(0, axes - 1)]
    generator = torch.Generator().manual_seed(axes)
    shape = (12, 5, *[4] * axes)
    x, pull = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    norm = kind(5, momentum=None).double()
    with torch.no_grad():
        norm.weight.add_(torch.arange(5))
    network = nn.Sequential(norm)
    if ranks.world > 1:
        share_norms(network, CPU)
    own = ranks.own(12)
    mine = (x[own] * 3 + 100).requires_grad_()
    network(mine)
    normalised = network(mine)  # by now the running statistics are of two batches
    (normalised * pull[own]).sum().backward()
    assert mine.grad is not None
    yield normalised.detach().numpy()
    yield mine.grad.numpy()
    for parameter in network.parameters():
        assert parameter.grad is not None
        yield ranks.put_together(parameter.grad[None], ranks.world).sum(0).numpy()
    for buffer in network.buffers():
        yield buffer.numpy()
