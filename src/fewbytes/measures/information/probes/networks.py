"""Probes that are networks: the MLP and the convolutional network that studies train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.learn import ArrayFeed, Recipe, Trained, train
from fewbytes.learn.models import SMALLEST_PICTURE
from fewbytes.measures.information.probes.contract import Family, Records, Scorer, Values
from fewbytes.types import Shape

RECIPE = Recipe(epochs=6, muon_rate=0.0, adam_rate=0.005, label_smoothing=0.0, shift=0)
"""Smoothed labels and shifted pictures would hurt the log-loss, and codes whose label hangs on a
position. AdamW alone: Muon's step costs more than the rest of a small batch, and four epochs of it
read no more of MNIST than six without (3.16 and 3.15 bits, 8 s and 3 s)."""


@dataclass(frozen=True)
class NetworkScorer(Scorer):
    """A trained network."""

    trained: Trained
    picture: bool

    def scores(self, values: Values) -> NDArray[np.float64]:
        unlabelled = np.zeros(len(values), np.int64)
        feed = ArrayFeed(_fed(values, self.picture), unlabelled, self.picture)
        return self.trained.logits(feed).astype(np.float64)


class _Network(Family):
    picture: ClassVar[bool]

    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        feeds = (
            ArrayFeed(_fed(part.values, self.picture), part.labels, self.picture)
            for part in (fitting, choosing)
        )
        trained = train(
            *feeds, classes=fitting.classes, model=self.name, recipe=RECIPE, seed=seed
        )  # fmt: skip
        return NetworkScorer(trained, self.picture)


class MLP(_Network):
    """Two hidden layers on the flattened values (fewbytes.learn.models.MLP)."""

    name: ClassVar[str] = "mlp"
    picture: ClassVar[bool] = False


class CNN(_Network):
    """Four convolutions (fewbytes.learn.models.ConvNet) on pictures (n, h, w, c)."""

    name: ClassVar[str] = "cnn"
    picture: ClassVar[bool] = True

    def check(self, shape: Shape, picture: bool) -> None:
        if not picture or len(shape) != 3 or min(shape[:2]) < SMALLEST_PICTURE:
            raise InputError(
                f"cnn takes pictures (h, w, c) of at least {SMALLEST_PICTURE}x{SMALLEST_PICTURE}, "
                f"not {'pictures' if picture else 'values'} of shape {shape}"
            )


def _fed(values: Values, picture: bool) -> Values:
    return values if picture else values.reshape(len(values), -1)
