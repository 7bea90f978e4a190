"""A small classifier of decoded images; it learns along, and is thrown away after training."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, relu

from fewbytes.autoencoding.network import Plan, neighbourhoods, patches

WIDTH = 48


class Classifier(nn.Module):
    """Scores of classes from pictures, through two convolutions on the grid of patches."""

    def __init__(self, plan: Plan, classes: int) -> None:
        super().__init__()
        self._plan = plan
        inputs = 9 * plan.patch**2 * plan.shape[2]
        rows, columns = plan.grid
        self.first = nn.Parameter(torch.randn(inputs, WIDTH) * math.sqrt(2 / inputs))
        self.second = nn.Parameter(torch.randn(9 * WIDTH, WIDTH) / math.sqrt(9 * WIDTH))
        self.biases = nn.Parameter(torch.zeros(2, WIDTH))
        self.last = nn.Linear(rows * columns * WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, h, w, c) -> scores (n, classes)."""
        y = relu(neighbourhoods(patches(x, self._plan)) @ self.first + self.biases[0])
        y = y + relu(neighbourhoods(y) @ self.second + self.biases[1])
        return linear(y.flatten(1), self.last.weight, self.last.bias)
