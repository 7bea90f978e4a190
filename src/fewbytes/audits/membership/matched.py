"""Ordinary networks that are as accurate as networks trained with noise: they stop early.

The network of `dp_sgd`, trained on the same draws without clipping or noise, stops as soon as the
running mean of its accuracy has come up to the mean of those with noise. That is far from where an
ordinary training ends. What it says is what noise changes besides accuracy, and not what an
ordinary training leaks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fewbytes.audits.finding import Trial, readable
from fewbytes.audits.membership.dp_sgd import MOMENTUM, STEPS, Public, drawn
from fewbytes.audits.membership.shadows import Shadows, Training
from fewbytes.learn import ArrayFeed

RATE = 0.005
"""Small, so that a step changes accuracy by little and a network can stop where it is to."""

MOST_STEPS = 1000

WINDOW = 5
"""Steps whose accuracies are averaged: of one step alone, the first that is high by chance would
be the last.
"""

MARGIN = 0.02
"""Largest difference of mean accuracies that is called none: 1.5 standard errors of an accuracy of
80 % on the thousand records that it is taken on by default."""


def matched_training(
    public: Public, judged: ArrayFeed, accuracy: float, stopped: Callable[[int], None]
) -> Training:
    """Ordinary SGD until it is so accurate on `judged`; `stopped` is told after how many steps."""

    def trained(feed: ArrayFeed, seed: int) -> Callable[[ArrayFeed], NDArray[np.float32]]:
        network = public.network(feed, seed)
        optimizer = torch.optim.SGD(network.parameters(), RATE, MOMENTUM)
        x, y = public.inputs(feed), torch.as_tensor(feed.labels).long()
        draws = torch.Generator().manual_seed(seed + 2)
        recent: deque[float] = deque(maxlen=WINDOW)
        steps = 0
        while True:
            right = public.asked(network, judged).argmax(1) == judged.labels
            recent.append(float(right.mean()))
            if steps == MOST_STEPS or np.mean(recent) >= accuracy:
                break
            steps += 1
            if len(rows := drawn(len(y), draws)):
                optimizer.zero_grad()
                nn.functional.cross_entropy(network(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        stopped(steps)
        return lambda asked: public.asked(network, asked)

    return trained


@dataclass(frozen=True)
class Matched:
    """Networks with noise, and ordinary ones that were to be as accurate."""

    private: Shadows
    ordinary: Shadows
    """Both tested on records that had no part in when to stop."""
    steps: tuple[int, ...]
    """Of each ordinary network."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the ordinary ones are not as accurate, or not trained; none where they are."""
        found = []
        with_noise, without = (float(one.right.mean()) for one in (self.private, self.ordinary))
        if abs(with_noise - without) > MARGIN:
            found.append(
                f"these networks are not as accurate: {readable(without, 'share')} against "
                f"{readable(with_noise, 'share')} with noise"
            )
        if np.median(self.steps) == 0:
            found.append("networks with noise are no more accurate than untrained ones")
        if late := sum(one == MOST_STEPS for one in self.steps):
            found.append(
                f"{late} of {len(self.steps)} networks were not as accurate in {MOST_STEPS:,} steps"
            )
        return tuple(found)

    def told(self, found: Sequence[Trial]) -> list[Trial]:
        """Figures of the ordinary networks, with their steps and what is to be doubted."""
        steps = (
            f"stopped after {min(self.steps)} to {max(self.steps)} steps, "
            f"{np.median(self.steps):g} in the median, where those with noise take {STEPS}"
        )
        told = []
        for one in found:
            figure = replace(one.figure, method=f"{one.figure.method}; {steps}")
            told.append(
                replace(one, figure=figure.doubted(*self.doubts) if self.doubts else figure)
            )
        return told
