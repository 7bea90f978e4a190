"""What the stages `autoencoder` and `autoencoder_supervised` share."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.autoencoding.network import Plan, decode, encode
from fewbytes.autoencoding.training import Goal, Seen, learn
from fewbytes.autoencoding.weights import layers_of
from fewbytes.codecs import Signal, Transform, argument, option
from fewbytes.codecs.sample import merge, sample
from fewbytes.types import Shape, State

LEAST_SIDE = 8
"""Rows and columns of a picture, at least."""

MOST_WEIGHTS = 1 << 22
"""Of a network: 16 MiB as float32. So a state of few bytes never unpacks to many."""


@dataclass(frozen=True)
class AutoencoderBase(Transform):
    """Pictures (h, w, c) to coefficients (ceil(h / patch), ceil(w / patch), channels)."""

    learned = True
    seeded = True
    spatial = True
    needs_picture = True

    bits: int = argument("bits a code should take once an entropy coder follows, 1 to 65,536")
    levels: int = option(15, "as many as the fsq has that is meant to follow, 3 to 64")
    channels: int = option(6, "coefficients of a patch, 1 to 64")
    patch: int = option(4, "rows and columns of a patch, 2 to 16")
    width: int = option(32, "units of a layer, 4 to 256")
    steps: int = option(3000, "steps of gradient descent")

    def __post_init__(self) -> None:
        limits = {
            "bits": (1, 1 << 16), "levels": (3, 64), "channels": (1, 64), "patch": (2, 16),
            "width": (4, 256), "steps": (1, 1 << 20),
        }  # fmt: skip
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            self.require(low <= value <= high, f"{name} must lie in {low} to {high}, not {value}")

    def output_shape(self, shape: Shape) -> Shape:
        least = max(LEAST_SIDE, self.patch)
        fits = len(shape) == 3 and min(shape[:2]) >= least
        self.require(fits, f"pictures must have {least} rows and columns at least, not {shape}")
        plan = self._plan(shape)
        self.require(
            plan.weights <= MOST_WEIGHTS,
            f"{plan.weights:,} weights are more than {MOST_WEIGHTS:,}; make patch or width smaller",
        )
        return plan.code_shape

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        plan = self._plan(signal.shape)
        layers, mean, deviation = layers_of(state, plan)
        return encode((x.float() - mean) / deviation, layers, plan)

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        plan = self._plan(signal.shape)
        layers, mean, deviation = layers_of(state, plan)
        return decode(y.clamp(-1, 1), layers, plan) * deviation + mean

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return sample(x, seed)

    def combine(self, a: State, b: State) -> State:
        return merge(a, b)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        goal = Goal(self.bits, self.levels, self.steps, self._label_weight)
        seen = Seen(total["records"], total["labels"], total["counts"])
        return learn(seen, self._plan(signal.shape), goal, seed)

    @property
    def _label_weight(self) -> float:
        """What labels count; 0 for a stage that does not read them."""
        return 0.0

    def _plan(self, shape: Shape) -> Plan:
        return Plan(shape, self.patch, self.channels, self.width)
