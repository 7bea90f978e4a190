"""Gradient descent as the learned stages do it: seeded, on one thread, on one schedule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fewbytes.codecs.chunks import one_thread

PEAK_RATE = 0.01
LEAST_SCHEDULE = 11
"""Steps that a schedule has at least: its tenth must be more than one of them."""


@contextmanager
def learning(seed: int) -> Iterator[None]:
    """Gradients, one thread, and random numbers of our own, whatever the caller's are."""
    with one_thread(), torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        yield


class Descent:
    """Adam (Kingma and Ba 2015) on a one-cycle schedule of so many steps. `most_gradient` bounds
    the norm of all gradients together.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], steps: int, most_gradient: float | None = None
    ) -> None:
        self._parameters, self._most_gradient = list(parameters), most_gradient
        self._optimizer = torch.optim.Adam(self._parameters, PEAK_RATE, betas=(0.9, 0.99))
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, PEAK_RATE, max(LEAST_SCHEDULE, steps), pct_start=0.1
        )

    def step(self, loss: Tensor) -> None:
        """Go down the gradient of `loss`."""
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._most_gradient is not None:
            nn.utils.clip_grad_norm_(self._parameters, self._most_gradient)
        self._optimizer.step()
        self._schedule.step()


def straight_through(values: Tensor, rounded: Tensor) -> Tensor:
    """`rounded`, with the gradient of `values` (Bengio, Leonard and Courville 2013)."""
    return values + (rounded - values).detach()
