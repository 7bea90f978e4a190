"""The training recipe, one for every codec of a study.

Every choice was made on validation images of MNIST; `docs/recipe.md` tells what each is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from fewbytes.errors import StudyError

STEPS_AN_EPOCH = 40
SMALLEST_BATCH = 16


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Rates are peaks of a one-cycle schedule: they rise linearly over the first `warmup` of the
    steps and fall as a cosine to `final_rate` of the peak.
    """

    epochs: int = 5
    batch_size: int = 512
    """At most; see `batch_for`."""
    muon_rate: float = 0.05
    """Peak rate of the hidden matrices, which Muon updates; 0 leaves them to AdamW."""
    adam_rate: float = 0.01
    """Peak rate of all other parameters, which AdamW updates."""
    momentum: float = 0.9
    warmup: float = 0.25
    final_rate: float = 0.001
    label_smoothing: float = 0.05
    shift: int = 1
    """Pixels that a picture may move in training, each way; vectors stay."""
    std_floor: float = 0.2
    """Coefficients that vary less than this share of the one that varies most are not scaled up
    to it."""

    def __post_init__(self) -> None:
        whole = {"epochs": (1, 10_000), "batch_size": (1, 1 << 20), "shift": (0, 64)}
        share = ("momentum", "warmup", "final_rate", "label_smoothing", "std_floor")
        for name in self.field_names():
            value = getattr(self, name)
            if name in whole:
                low, high = whole[name]
                if not isinstance(value, int) or not low <= value <= high:
                    raise StudyError(f"{name} must be a whole number, {low} to {high}: {value!r}")
            elif not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise StudyError(f"{name} must be a number of at least 0, not {value!r}")
            elif name in share and value >= 1:
                raise StudyError(f"{name} is a share and must be below 1, not {value!r}")

    def batch_for(self, inputs: int) -> int:
        """The batch for so many inputs: `batch_size`, halved until an epoch has STEPS_AN_EPOCH
        steps, so that small sets are trained on too.
        """
        size = self.batch_size
        while size > SMALLEST_BATCH and inputs < size * STEPS_AN_EPOCH:
            size //= 2
        return min(size, inputs)

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        return tuple(f.name for f in fields(cls))


QUICK = Recipe(epochs=3)
"""For `study --quick`: the same training, cut short."""
