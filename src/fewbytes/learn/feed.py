"""What a network is fed: inputs with labels, standardised, in batches, pictures shifted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from numpy.typing import NDArray
from torch import Tensor

from fewbytes.errors import InputError
from fewbytes.learn.ranks import ALONE, Ranks
from fewbytes.store import StoredSplit
from fewbytes.store.order import permutation
from fewbytes.store.views import View
from fewbytes.types import Labels, Shape

AT_ONCE = 1000
"""Inputs of a batch where nothing is learned: for statistics and predictions."""

Batch = tuple[Tensor, Tensor]


class Feed(ABC):
    """Inputs (n, *shape), uint8 or float32, with `labels` (n,). `picture` says that shape is
    (height, width, channels) with neighbouring pixels side by side.
    """

    labels: Labels
    picture: bool

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """Shape of one input."""

    @abstractmethod
    def epochs(
        self, size: int, seed: int, device: torch.device, ranks: Ranks = ALONE
    ) -> Iterable[Batch]:
        """Whole batches on the device, of each this rank's share: each loop over the result is the
        next epoch, in an order of its own. What does not fill a batch waits for another epoch.
        """

    @abstractmethod
    def in_order(self, device: torch.device, ranks: Ranks = ALONE) -> Iterator[Batch]:
        """All inputs and labels, in order, AT_ONCE at a time; of several ranks each has its run."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class ArrayFeed(Feed):
    """Inputs that are an array, with labels (n,)."""

    inputs: NDArray[Any]
    labels: Labels
    picture: bool

    def __post_init__(self) -> None:
        if len(self.inputs) == 0:
            raise InputError("there is nothing to train or test on: the inputs are empty")
        if len(self.inputs) != len(self.labels):
            raise InputError(f"{len(self.inputs)} inputs but {len(self.labels)} labels")
        if self.picture and self.inputs.ndim != 4:
            raise InputError(f"pictures are (n, h, w, c), not {self.inputs.shape}")

    @property
    def shape(self) -> Shape:
        return tuple(self.inputs.shape[1:])

    def epochs(
        self, size: int, seed: int, device: torch.device, ranks: Ranks = ALONE
    ) -> Iterable[Batch]:
        return _ArrayEpochs(self, size, seed, device, ranks)

    def in_order(self, device: torch.device, ranks: Ranks = ALONE) -> Iterator[Batch]:
        own = ranks.own(len(self))
        inputs, labels = torch.as_tensor(self.inputs[own]), torch.as_tensor(self.labels[own])
        parts = zip(torch.split(inputs, AT_ONCE), torch.split(labels, AT_ONCE), strict=True)
        return ((x.to(device), y.to(device)) for x, y in parts)


class _ArrayEpochs:
    def __init__(
        self, feed: ArrayFeed, size: int, seed: int, device: torch.device, ranks: Ranks
    ) -> None:
        self._inputs = torch.as_tensor(feed.inputs).to(device)
        self._labels = torch.as_tensor(feed.labels).to(device)
        self._size, self._seed, self._epoch = size, seed, 0
        self._rank, self._shares = ranks.rank, (ranks.world, ranks.share(size))

    def __iter__(self) -> Iterator[Batch]:
        n = len(self._labels)
        order = torch.from_numpy(permutation(n, self._seed, self._epoch)).to(self._labels.device)
        self._epoch += 1
        batches = order[: n // self._size * self._size].view(-1, *self._shares)
        for rows in batches[:, self._rank]:
            yield self._inputs[rows], self._labels[rows]


class StoredFeed(Feed):
    """Records of a split in one view; `subset` are record numbers, ascending, None for all."""

    def __init__(
        self, split: StoredSplit, view: str, subset: NDArray[np.int64] | None = None
    ) -> None:
        self._split, self._view, self._subset = split, view, subset
        self.labels = split.labels if subset is None else split.labels[subset]
        self.picture = view == "image" or split.store.codec.codec.spatial

    @cached_property  # a view is tried on a code when it is made
    def shape(self) -> Shape:
        return View(self._split.store.layout, self._view).shape

    def epochs(
        self, size: int, seed: int, device: torch.device, ranks: Ranks = ALONE
    ) -> Iterable[Batch]:
        return self._split.batches(
            ranks.share(size), view=self._view, shuffle=True, seed=seed, drop_last=True,
            subset=self._subset, device=device, rank=ranks.rank, world_size=ranks.world,
        )  # fmt: skip

    def in_order(self, device: torch.device, ranks: Ranks = ALONE) -> Iterator[Batch]:
        subset = self._subset
        if ranks.world > 1:
            everything = np.arange(len(self)) if subset is None else subset
            subset = everything[ranks.own(len(self))]
        return iter(self._split.batches(AT_ONCE, view=self._view, subset=subset, device=device))


class Standardise(torch.nn.Module):
    """Zero mean and unit variance by the training inputs' statistics: per channel of a picture,
    per coefficient of anything else. Pictures come out as (n, channels, height, width), which in
    memory is channels-last.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self, feed: Feed, floor: float, device: torch.device, ranks: Ranks = ALONE
    ) -> None:
        super().__init__()
        self.picture = feed.picture
        mean, std = _moments(feed, device, ranks)
        scale = 1 / std.clamp(min=floor * float(std.max())).clamp(min=1e-6)
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", scale.float())

    def forward(self, rows: Tensor) -> Tensor:
        """Inputs (n, *shape) to standardised float32."""
        x = (rows.float() - self.mean) * self.scale
        return x.permute(0, 3, 1, 2) if self.picture else x


def _moments(feed: Feed, device: torch.device, ranks: Ranks) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of all inputs, joined from those of parts, each rank's first."""
    n, mean, squares = _joined(_parts(feed, device, ranks))
    if ranks.world > 1:
        own = torch.stack([torch.full_like(mean, n), mean, squares])
        of_ranks = ranks.put_together(own[None], ranks.world)
        n, mean, squares = _joined((float(n.max()), m, s) for n, m, s in of_ranks)
    return mean, (squares / n).sqrt()


Moments = tuple[float, Tensor, Tensor]
"""How many inputs; their mean; the sum of their squared distances from it."""


def _parts(feed: Feed, device: torch.device, ranks: Ranks) -> Iterator[Moments]:
    axes = (0, 1, 2) if feed.picture else (0,)
    for x, _ in feed.in_order(device, ranks):
        variance, mean = (t.double() for t in torch.var_mean(x.float(), axes, correction=0))
        yield len(x), mean, variance * len(x)


def _joined(parts: Iterable[Moments]) -> Moments:
    """Of all parts together: Chan, Golub, LeVeque (1983), "Algorithms for computing the sample
    variance", equation 2.1.
    """
    rest = iter(parts)
    n, mean, squares = next(rest)
    for more, centre, around in rest:
        step = centre - mean
        mean = mean + step * (more / (n + more))
        squares = squares + around + step**2 * (n * more / (n + more))
        n += more
    return n, mean, squares


def shifted(
    pictures: Tensor, shift: int, generator: torch.Generator, ranks: Ranks = ALONE
) -> Tensor:
    """Pictures (n, h, w, c), each moved by up to `shift` pixels each way, black coming in. Of
    several ranks each draws for the whole batch, of which its pictures are a share.
    """
    n, height, width, _ = pictures.shape
    batch = n * ranks.world
    moves = torch.randint(0, 2 * shift + 1, (2, batch), generator=generator)
    moves = moves[:, ranks.own(batch)].to(pictures.device)
    padded = F.pad(pictures, (0, 0, shift, shift, shift, shift))
    views = padded.unfold(1, height, 1).unfold(2, width, 1).permute(0, 1, 2, 4, 5, 3)
    return views[torch.arange(n, device=pictures.device), moves[0], moves[1]]
