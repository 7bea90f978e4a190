"""A small network that corrects a linear estimate of images, from the codes and from the estimate.

A hidden layer reads the code (with noise in training, which keeps few pairs from being learned by
heart); its picture is added to the estimate, and three convolutions at half the resolution (Shi et
al. 2016, "Real-Time Single Image and Video Super-Resolution", for the way there and back) correct
the sum. Both corrections start at 0, so that training starts at the linear estimate.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from numpy.typing import NDArray
from torch import Tensor, nn

from fewbytes.measures.distortion.fidelity import PEAK
from fewbytes.types import Images

HIDDEN = 256
CHANNELS = 32
NOISE = 0.3
"""Standard deviations of the code values."""
RATE = 3e-3
BATCH = 32
ROUNDS = 6
"""Parts of a training, after each of which the pictures are compared with the best so far."""
LEAST_STEPS = 40
"""Of a round, which is one epoch, or of few pairs more."""
PATIENCE = 2
"""Rounds without a better picture after which training ends."""
STD_FLOOR = 0.2
"""Code values that vary less than this share of the one that varies most are not scaled to it."""
LEAK = 0.01
"""Share of an estimate beyond 0..255 that training still sees."""

_AT_ONCE = 500


@dataclass(frozen=True)
class Pairs:
    """Codes (n, d), linear estimates (n, h, w, c) in grey levels, and the images."""

    codes: NDArray[np.float32]
    estimates: NDArray[np.float64]
    images: Images

    def __len__(self) -> int:
        return len(self.images)


class Corrector(nn.Module):
    """Codes (n, d) and estimates (n, c, h, w), of 0 to 1, to better estimates."""

    mean: Tensor
    scale: Tensor

    def __init__(self, codes: Tensor, shape: tuple[int, ...]) -> None:
        super().__init__()
        height, width, channels = shape
        deviations, mean = torch.std_mean(codes.double(), 0, correction=0)
        least = STD_FLOOR * float(deviations.max()) or 1.0
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", (1 / deviations.clamp(min=least)).float())
        self.hidden = nn.Linear(codes.shape[1], HIDDEN)
        self.added = nn.Linear(HIDDEN, height * width * channels)
        self.first = nn.Conv2d(4 * channels, CHANNELS, 3, padding=1)
        self.second = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.third = nn.Conv2d(CHANNELS, 4 * channels, 3, padding=1)
        for last in (*self.added.parameters(), *self.third.parameters()):
            nn.init.zeros_(last)

    def forward(self, codes: Tensor, estimates: Tensor) -> Tensor:
        x = (codes - self.mean) * self.scale
        if self.training:
            x = x + NOISE * torch.randn_like(x)
        sums: Tensor = estimates + self.added(F.gelu(self.hidden(x))).view_as(estimates)
        height, width = sums.shape[2:]
        even = F.pad(sums, (0, width % 2, 0, height % 2))
        y = F.pixel_unshuffle(even, 2).contiguous(memory_format=torch.channels_last)
        y = self.third(F.relu(self.second(F.relu(self.first(y)))))
        return sums + F.pixel_shuffle(y, 2)[:, :, :height, :width]


@dataclass(frozen=True)
class Network:
    """A trained network."""

    corrector: Corrector
    rounds: int
    """After which it was the best; 0 where the linear estimate was."""

    @torch.no_grad()
    def images(self, pairs: Pairs) -> Images:
        """Rebuilt images (n, h, w, c). The originals in `pairs` are not looked at."""
        self.corrector.eval()
        found = torch.cat([_cut(self.corrector(*x)) for x in _inputs(pairs)])
        made: Images = (found * PEAK).round().byte().permute(0, 2, 3, 1).numpy()
        return np.ascontiguousarray(made)


def trained(training: Pairs, stopping: Pairs, seed: int) -> Network:
    """Train on some pairs until the pictures of others get no better."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        corrector = Corrector(torch.from_numpy(training.codes), training.images.shape[1:])
        corrector.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return _fitted(corrector, training, stopping)


def _fitted(corrector: Corrector, training: Pairs, stopping: Pairs) -> Network:
    codes, estimates = (torch.cat(parts) for parts in zip(*_inputs(training), strict=True))
    images, batches = _pictures(training.images), _batches(len(training))
    steps = max(LEAST_STEPS, len(training) // BATCH)
    optimizer = torch.optim.AdamW(corrector.parameters(), RATE, weight_decay=0.0, fused=True)
    best, kept = (_error(corrector, stopping), 0), copy.deepcopy(corrector.state_dict())
    for done in range(1, ROUNDS + 1):
        corrector.train()
        for step, rows in enumerate(islice(batches, steps), (done - 1) * steps):
            optimizer.param_groups[0]["lr"] = RATE * _share(step / (ROUNDS * steps))
            made = corrector(codes[rows], estimates[rows])
            made = LEAK * made + (1 - LEAK) * _cut(made)
            optimizer.zero_grad()
            F.mse_loss(made, images[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        error = _error(corrector, stopping)
        if error < best[0]:
            best, kept = (error, done), copy.deepcopy(corrector.state_dict())
        elif done - best[1] >= PATIENCE:
            break
    corrector.load_state_dict(kept)
    return Network(corrector, best[1])


def _batches(n: int) -> Iterator[Tensor]:
    """Rows of n pairs, BATCH at a time, each epoch in a new order."""
    while True:
        for rows in torch.split(torch.randperm(n), BATCH):
            if len(rows) == min(n, BATCH):
                yield rows


def _share(progress: float) -> float:
    """The rate, as a share of its peak: up over a tenth, then down as a cosine."""
    return min(1.0, progress / 0.1 + 0.02) * 0.5 * (1 + math.cos(math.pi * progress))


def _error(corrector: Corrector, pairs: Pairs) -> float:
    """Mean square error of the pictures, in grey levels^2."""
    made = Network(corrector, 0).images(pairs).astype(np.float32)
    return float(np.square(made - pairs.images).mean(dtype=np.float64))


def _inputs(pairs: Pairs) -> Iterator[tuple[Tensor, Tensor]]:
    for start in range(0, len(pairs), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        yield torch.from_numpy(pairs.codes[rows]), _pictures(pairs.estimates[rows])


def _pictures(images: NDArray[Any]) -> Tensor:
    """(n, h, w, c) in grey levels to (n, c, h, w) of 0 to 1."""
    scaled = images.astype(np.float32) / PEAK
    return torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)))


def _cut(pictures: Tensor) -> Tensor:
    return pictures.clamp(0, 1)
