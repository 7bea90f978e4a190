"""One training: seeded, repeatable on the same machine and thread count, watched."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from numpy.typing import NDArray
from torch import Tensor, nn

from fewbytes.errors import FewbytesError, StudyError
from fewbytes.learn.feed import Feed, Standardise, shifted
from fewbytes.learn.models import MODELS, build, default_model, is_picture
from fewbytes.learn.muon import Muon
from fewbytes.learn.precision import mixed_precision
from fewbytes.learn.ranks import ALONE, Ranks
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.watch import Silent, Watcher


@dataclass
class History:
    """Losses in nats: the smoothed training loss of every step, and after every epoch the plain
    cross-entropy and the accuracy on the validation inputs.
    """

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Trained:
    """A trained network with what its training cost and showed."""

    network: nn.Module
    history: History
    seconds: float
    inputs: int
    """How many inputs it was trained on."""
    device: torch.device
    model: str
    """The network's name."""
    val_logits: NDArray[np.float32]
    """Of the validation inputs after the last epoch, (k, classes)."""

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        return sum(p.numel() for p in self.network.parameters() if p.requires_grad)

    def predict(self, feed: Feed) -> NDArray[np.int64]:
        """The most probable class of each input, (n,)."""
        return predicted(self.network, feed, self.device)

    def logits(self, feed: Feed) -> NDArray[np.float32]:
        """Log-probabilities of the classes up to a constant for each input, (n, classes)."""
        return _logits(self.network, feed, self.device).numpy()

    def accuracy(self, feed: Feed) -> float:
        """Share of the inputs whose class is predicted."""
        return float(np.mean(self.predict(feed) == feed.labels))


def train(
    training: Feed,
    validation: Feed,
    *,
    classes: int,
    model: str = "auto",
    recipe: Recipe | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    device: str | torch.device | None = None,
    ranks: Ranks = ALONE,
) -> Trained:
    """Train a model on `training`; `validation` is watched and steers nothing. Where `ranks` train
    together each calls this, and each is given the same network.

    Raises:
        StudyError: the model cannot be had, or does not give (n, classes) logits.
        FewbytesError: the loss became infinite or NaN.
    """
    recipe, watcher = recipe or Recipe(), watcher or Silent()
    default = ranks.device or ("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(device or default)
    if model == "auto":
        model = default_model(training.shape, training.picture)
    start, outside = time.perf_counter(), 0.0
    network = untrained(training, classes, model, recipe, seed, device, ranks)
    joined = ranks.joined(network, device, wholly_used=model in MODELS)
    optimizers = _optimizers(network[1], recipe)
    batch = recipe.batch_for(len(training))
    shift = recipe.shift if is_picture(training.shape, training.picture) else 0
    steps = recipe.epochs * (len(training) // batch)
    history, generator = History(), torch.Generator().manual_seed(seed)
    batches = training.epochs(batch, seed, device, ranks)
    val_logits = torch.empty(0, classes)
    watcher.training_started(steps)
    with _seeded(ranks.seed(seed)):
        for epoch in range(recipe.epochs):
            for rows, y in batches:
                x = shifted(rows, shift, generator, ranks) if shift else rows
                step = len(history.train_loss)
                _set_rates(optimizers, one_cycle(step / steps, recipe))
                loss = _step(joined, optimizers, x, y, classes, recipe.label_smoothing, ranks)
                history.train_loss.append(loss)
                watcher.step_finished(step + 1, loss)
            pause = time.perf_counter()
            val_logits = _validate(network, validation, device, history, ranks)
            watcher.epoch_finished(epoch + 1, history.val_loss[-1], history.val_accuracy[-1])
            outside += time.perf_counter() - pause
    seconds = time.perf_counter() - start - outside
    return Trained(
        network.eval(), history, seconds, len(training), device, model, val_logits.numpy()
    )


def untrained(
    training: Feed,
    classes: int,
    model: str,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    ranks: Ranks = ALONE,
) -> nn.Sequential:
    """The network before its first step: inputs standardised by those of `training`, then the
    model with weights drawn from the seed.
    """
    network = nn.Sequential(
        Standardise(training, recipe.std_floor, device, ranks),
        build(model, training.shape, classes, seed),
    ).to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def predicted(
    network: nn.Module, feed: Feed, device: torch.device, ranks: Ranks = ALONE
) -> NDArray[np.int64]:
    """The most probable class of each input, (n,)."""
    classes: NDArray[np.int64] = _logits(network, feed, device, ranks).numpy().argmax(1)
    return classes


def one_cycle(progress: float, recipe: Recipe) -> float:
    """The rate, as a share of its peak, once `progress` (0 to 1) of the steps are done."""
    if progress < recipe.warmup:
        return max(progress / recipe.warmup, recipe.final_rate)
    fallen = (progress - recipe.warmup) / (1 - recipe.warmup)
    return max(0.5 + 0.5 * math.cos(math.pi * fallen), recipe.final_rate)


def _step(
    network: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    x: Tensor,
    y: Tensor,
    classes: int,
    smoothing: float,
    ranks: Ranks,
) -> float:
    network.train()
    with mixed_precision(x.device):
        logits = network(x)
    if logits.shape != (len(x), classes):
        raise StudyError(
            f"the model gave {tuple(logits.shape)} for a batch of {len(x)}, "
            f"not ({len(x)}, {classes})"
        )
    loss = F.cross_entropy(logits.float(), y, label_smoothing=smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    value = ranks.mean(loss.detach())
    if not math.isfinite(value):
        raise FewbytesError(f"the training loss became {value}: the rates are too high")
    return value


def _optimizers(network: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices and convolutions between the first and the last, AdamW for the rest."""
    trainable = [p for p in network.parameters() if p.requires_grad]
    hidden = [p for p in trainable if p.ndim > 1][1:-1] if recipe.muon_rate else []
    chosen = {id(p) for p in hidden}
    rest = [p for p in trainable if id(p) not in chosen]
    optimizers: list[torch.optim.Optimizer] = []
    if rest:
        optimizers.append(torch.optim.AdamW(rest, recipe.adam_rate, weight_decay=0.0, fused=True))
    if hidden:
        optimizers.append(Muon(hidden, recipe.muon_rate, recipe.momentum))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return optimizers


def _set_rates(optimizers: list[torch.optim.Optimizer], share: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = share * group["peak"]


def _validate(
    network: nn.Module, validation: Feed, device: torch.device, history: History, ranks: Ranks
) -> Tensor:
    """Note the loss and the accuracy; the logits (k, classes)."""
    logits = _logits(network, validation, device, ranks)
    labels = torch.as_tensor(validation.labels)
    history.val_loss.append(float(F.cross_entropy(logits, labels)))
    history.val_accuracy.append(float((logits.argmax(1) == labels).float().mean()))
    return logits


@torch.no_grad()
def _logits(network: nn.Module, feed: Feed, device: torch.device, ranks: Ranks = ALONE) -> Tensor:
    network.eval()
    with mixed_precision(device):
        parts = [network(x).float().cpu() for x, _ in feed.in_order(device, ranks)]
    return ranks.put_together(torch.cat(parts), len(feed))


@contextmanager
def _seeded(seed: int) -> Iterator[Any]:
    """Dropout draws from torch's global generator: seed it, and put it back afterwards."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
