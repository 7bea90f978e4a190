"""otsu: each image's own black-and-white mask.

The threshold t maximises the between-class variance (Otsu 1979, "A Threshold Selection Method from
Gray-Level Histograms", equation 18), written with whole numbers as

    (N S(t) - S W(t))^2 / (W(t) (N - W(t)))

with W(t) pixels and grey-level sum S(t) up to level t, and N and S of the whole image. A pixel
above t is 1. Each channel has a threshold of its own; of several best levels the lowest is taken;
nothing is above the level of an image of one colour, which is 0 throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Domain, Signal, Transform
from fewbytes.types import Shape, State

LEVELS = 256


@dataclass(frozen=True)
class Otsu(Transform):
    """Pixels to masks of 0 and 1, shape unchanged. Decodes to the mean dark and light pixel."""

    name = "otsu"
    learned = True
    spatial = True
    needs_picture = True
    accepts = frozenset({Domain.PIXEL})
    produces = Domain.UNIT

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        pixels = x if x.dtype == torch.uint8 else x.round().to(torch.uint8)
        n, h, w, c = pixels.shape
        planes = pixels.permute(0, 3, 1, 2).reshape(n * c, h * w)
        level = thresholds(planes).to(torch.uint8).view(n, 1, 1, c)
        return torch.maximum(pixels, level).sub_(level).clamp_(max=1)  # pixels > level, faster

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        light, values = self.forward(x, signal, {}).bool(), x.double()
        sums = torch.stack([values[~light].sum(), values[light].sum()])
        counts = torch.stack([(~light).sum(), light.sum()])
        return {"sum": sums, "count": counts}

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        return {"levels": (total["sum"] / total["count"].clamp(min=1)).float()}

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        dark, light = state["levels"]
        pixels: torch.Tensor = dark + (light - dark) * y
        return pixels


def thresholds(planes: torch.Tensor) -> torch.Tensor:
    """Otsu's level of each row of `planes` (n, pixels) uint8: (n,) int64."""
    n, pixels = planes.shape
    first = torch.arange(0, n * LEVELS, LEVELS, dtype=torch.int32, device=planes.device)
    bins = planes + first[:, None]
    # float32 holds every whole number here as long as the grey levels of an image sum to < 2^24
    exact = torch.float32 if pixels * (LEVELS - 1) < 1 << 24 else torch.float64
    weight = torch.bincount(bins.view(-1), minlength=n * LEVELS).view(n, LEVELS).to(exact)
    level_sum = weight * torch.arange(LEVELS, dtype=exact, device=planes.device)
    weight, level_sum = weight.cumsum(1), level_sum.cumsum(1)
    total = level_sum[:, -1:].clone()
    spread = level_sum.mul_(-pixels).addcmul_(weight, total).square_()
    # where one class is empty the numerator is 0, and the denominator is made 1
    best, level = spread.div_((pixels - weight).mul_(weight).clamp_min_(1)).max(1)
    return torch.where(best > 0, level, LEVELS - 1)
