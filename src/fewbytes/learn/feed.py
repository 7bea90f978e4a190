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
    def epochs(self, size: int, seed: int, device: torch.device) -> Iterable[Batch]:
        """Whole batches on the device: each loop over the result is the next epoch, in an order of
        its own. What does not fill a batch waits for another epoch.
        """

    @abstractmethod
    def in_order(self, device: torch.device) -> Iterator[Batch]:
        """All inputs and labels, in order, AT_ONCE at a time."""

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

    def epochs(self, size: int, seed: int, device: torch.device) -> Iterable[Batch]:
        return _ArrayEpochs(self, size, seed, device)

    def in_order(self, device: torch.device) -> Iterator[Batch]:
        inputs, labels = torch.as_tensor(self.inputs), torch.as_tensor(self.labels)
        parts = zip(torch.split(inputs, AT_ONCE), torch.split(labels, AT_ONCE), strict=True)
        return ((x.to(device), y.to(device)) for x, y in parts)


class _ArrayEpochs:
    def __init__(self, feed: ArrayFeed, size: int, seed: int, device: torch.device) -> None:
        self._inputs = torch.as_tensor(feed.inputs).to(device)
        self._labels = torch.as_tensor(feed.labels).to(device)
        self._size, self._seed, self._epoch = size, seed, 0

    def __iter__(self) -> Iterator[Batch]:
        n = len(self._labels)
        order = torch.from_numpy(permutation(n, self._seed, self._epoch)).to(self._labels.device)
        self._epoch += 1
        for rows in order[: n // self._size * self._size].view(-1, self._size):
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

    def epochs(self, size: int, seed: int, device: torch.device) -> Iterable[Batch]:
        return self._split.batches(
            size, view=self._view, shuffle=True, seed=seed, drop_last=True,
            subset=self._subset, device=device,
        )  # fmt: skip

    def in_order(self, device: torch.device) -> Iterator[Batch]:
        batches = self._split.batches(AT_ONCE, view=self._view, subset=self._subset, device=device)
        return iter(batches)


class Standardise(torch.nn.Module):
    """Zero mean and unit variance by the training inputs' statistics: per channel of a picture,
    per coefficient of anything else. Pictures come out as (n, channels, height, width), which in
    memory is channels-last.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, feed: Feed, floor: float, device: torch.device) -> None:
        super().__init__()
        self.picture = feed.picture
        mean, std = _moments(feed, device)
        scale = 1 / std.clamp(min=floor * float(std.max())).clamp(min=1e-6)
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", scale.float())

    def forward(self, rows: Tensor) -> Tensor:
        """Inputs (n, *shape) to standardised float32."""
        x = (rows.float() - self.mean) * self.scale
        return x.permute(0, 3, 1, 2) if self.picture else x


def _moments(feed: Feed, device: torch.device) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of all inputs, joined from those of parts: Chan, Golub, LeVeque
    (1983), "Algorithms for computing the sample variance", equation 2.1.
    """
    axes = (0, 1, 2) if feed.picture else (0,)
    n, mean, squares = 0, torch.zeros(()), torch.zeros(())
    for x, _ in feed.in_order(device):
        variance, centre = (t.double() for t in torch.var_mean(x.float(), axes, correction=0))
        more = len(x)
        step = centre - mean.to(device)
        mean = mean.to(device) + step * (more / (n + more))
        squares = squares.to(device) + variance * more + step**2 * (n * more / (n + more))
        n += more
    return mean, (squares / n).sqrt()


def shifted(pictures: Tensor, shift: int, generator: torch.Generator) -> Tensor:
    """Pictures (n, h, w, c), each moved by up to `shift` pixels each way, black coming in."""
    n, height, width, _ = pictures.shape
    moves = torch.randint(0, 2 * shift + 1, (2, n), generator=generator).to(pictures.device)
    padded = F.pad(pictures, (0, 0, shift, shift, shift, shift))
    views = padded.unfold(1, height, 1).unfold(2, width, 1).permute(0, 1, 2, 4, 5, 3)
    return views[torch.arange(n, device=pictures.device), moves[0], moves[1]]
