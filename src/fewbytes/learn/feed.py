"""What a network is fed: inputs with labels, standardised, in batches, pictures shifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from numpy.typing import NDArray
from torch import Tensor

from fewbytes.errors import InputError
from fewbytes.types import Labels


@dataclass(frozen=True)
class Feed:
    """Inputs (n, *shape), uint8 or float32, with labels (n,). `picture` says that shape is
    (height, width, channels) with neighbouring pixels side by side.
    """

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

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return tuple(self.inputs.shape[1:])


class Standardise(torch.nn.Module):
    """Zero mean and unit variance by the training inputs' statistics: per channel of a picture,
    per coefficient of anything else. Pictures come out as (n, channels, height, width), which in
    memory is channels-last.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, feed: Feed, floor: float) -> None:
        super().__init__()
        self.picture = feed.picture
        values = torch.as_tensor(feed.inputs).float()
        axes = (0, 1, 2) if feed.picture else (0,)
        std, mean = torch.std_mean(values, axes, correction=0)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", 1 / std.clamp(min=floor * float(std.max())).clamp(min=1e-6))

    def forward(self, rows: Tensor) -> Tensor:
        """Inputs (n, *shape) to standardised float32."""
        x = (rows.float() - self.mean) * self.scale
        return x.permute(0, 3, 1, 2) if self.picture else x


def training_batches(
    feed: Feed, size: int, shift: int, generator: torch.Generator, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of whole batches in an order drawn from `generator`; what is left over waits for
    another epoch's order. Pictures move by up to `shift` pixels each way, black coming in.
    """
    inputs = torch.as_tensor(feed.inputs).to(device)
    labels = torch.as_tensor(feed.labels).to(device)
    if feed.picture and shift:
        inputs = _all_shifts(inputs, shift)
    order = torch.randperm(len(feed), generator=generator)
    for rows in order[: len(feed) // size * size].to(device).view(-1, size):
        if feed.picture and shift:
            down, right = torch.randint(0, 2 * shift + 1, (2, size), generator=generator).to(device)
            yield inputs[rows, down, right], labels[rows]
        else:
            yield inputs[rows], labels[rows]


def _all_shifts(pictures: Tensor, shift: int) -> Tensor:
    """A view, without a copy, of every shift of every picture: (n, down, right, h, w, c)."""
    height, width = pictures.shape[1:3]
    padded = F.pad(pictures, (0, 0, shift, shift, shift, shift))
    return padded.unfold(1, height, 1).unfold(2, width, 1).permute(0, 1, 2, 4, 5, 3)
