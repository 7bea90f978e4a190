"""Muon: momentum, made orthogonal, for hidden weight matrices and convolutions.

Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks". The momentum of a
weight matrix is replaced by its nearest near-orthogonal matrix, so that every direction is learned
at the same pace. torch's own Muon takes matrices only; a convolution is one here, of shape
(outputs, inputs x height x width).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic Newton-Schulz iteration, as published."""


class Muon(torch.optim.Optimizer):
    """Nesterov momentum with orthogonalised updates; no weight decay."""

    def __init__(self, params: Iterable[torch.nn.Parameter], lr: float, momentum: float) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state: dict[str, Any] = self.state[parameter]
                average = state.setdefault("momentum", torch.zeros_like(parameter))
                average.lerp_(parameter.grad, 1 - group["momentum"])
                update = orthogonalise(parameter.grad.lerp(average, group["momentum"]))
                parameter.sub_(update, alpha=group["lr"])


def orthogonalise(weights: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The near-orthogonal factor of `weights` seen as a matrix (rows, everything else), scaled by
    sqrt(max(1, rows / columns)): singular values end up near 1.
    """
    matrix = weights.flatten(1)
    rows, columns = matrix.shape
    x = matrix.T if rows > columns else matrix
    x = x / (x.norm() + 1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    x = x.T if rows > columns else x
    scaled: torch.Tensor = x.reshape(weights.shape) * max(1.0, rows / columns) ** 0.5
    return scaled
