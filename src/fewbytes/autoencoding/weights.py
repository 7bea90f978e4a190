"""Layers as a state of few bytes, and back.

A weight is one of 63 whole numbers times its output's own scale; training rounds the same way in
its last part (straight-through gradients: Bengio, Leonard and Courville 2013), so that rounding
costs next to nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from fewbytes.autoencoding.network import Layer, Plan
from fewbytes.codecs.descent import straight_through
from fewbytes.codecs.squeeze import squeeze, unsqueeze
from fewbytes.errors import CorruptError
from fewbytes.types import State

MOST_WEIGHT = 31
"""Weights are whole numbers from -31 to 31."""


def scales(matrix: Tensor) -> Tensor:
    """The step of each output's weights, (outputs,), as float16 holds it."""
    return (matrix.detach().abs().amax(0) / MOST_WEIGHT).clamp_(min=1e-6).half().float()


def rounded(layers: list[Layer]) -> list[Layer]:
    """Layers with the weights that `state_of` keeps; gradients pass straight through."""
    return [(straight_through(m, _whole(m) * scales(m)), b) for m, b in layers]


def state_of(layers: list[Layer], mean: float, deviation: float) -> State:
    """Layers, and the mean and deviation of the pixels that they suppose, as a state."""
    whole = torch.cat([_whole(matrix).flatten() for matrix, _ in layers]).to(torch.int8)
    return {
        "weights": squeeze(whole.cpu().numpy()),
        "scales": torch.cat([scales(matrix) for matrix, _ in layers]).half().cpu(),
        "biases": torch.cat([bias.detach() for _, bias in layers]).half().cpu(),
        "pixels": torch.tensor([mean, deviation], dtype=torch.float32),
    }


def layers_of(state: State, plan: Plan) -> tuple[list[Layer], float, float]:
    """The inverse of `state_of`, on the device of the state.

    Raises:
        CorruptError: the state lacks a part, or is that of another autoencoder.
    """
    for name, size in (("scales", plan.units), ("biases", plan.units), ("pixels", 2)):
        if name not in state or state[name].shape != (size,):
            raise CorruptError(f"the autoencoder's {name} are missing or do not fit its options")
        if state[name].dtype not in (torch.float16, torch.float32):
            raise CorruptError(f"the autoencoder's {name} are of {state[name].dtype}")
        if not torch.isfinite(state[name]).all():
            raise CorruptError(f"the autoencoder's {name} are not all finite numbers")
    if "weights" not in state:
        raise CorruptError("the autoencoder's weights are missing")
    flat = unsqueeze(state["weights"].cpu(), (plan.weights,), "i1").astype(np.float32)
    whole = torch.from_numpy(flat).to(state["scales"].device)
    sizes = [inputs * outputs for inputs, outputs in plan.layers]
    units = [outputs for _, outputs in plan.layers]
    parts = zip(
        plan.layers,
        torch.split(whole, sizes),
        torch.split(state["scales"].float(), units),
        torch.split(state["biases"].float(), units),
        strict=True,
    )
    layers = [(part.view(shape) * scale, bias) for shape, part, scale, bias in parts]
    mean, deviation = state["pixels"].tolist()
    if deviation <= 0:
        raise CorruptError(f"the autoencoder's deviation of the pixels is {deviation}")
    return layers, mean, deviation


def _whole(matrix: Tensor) -> Tensor:
    return (matrix.detach() / scales(matrix)).round_().clamp_(-MOST_WEIGHT, MOST_WEIGHT)
