"""What is asked: how much may be lost, or how many bytes there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fewbytes.errors import InputError
from fewbytes.learn import Recipe

LEVEL = 0.95
"""Of every statement that is called confirmed."""

LEAST_SEEDS, SEEDS, MORE_SEEDS, MOST_SEEDS = 3, 5, 8, 100
"""Paired trainings: with two, the spread over seeds says next to nothing; where nobody says how
many, five, up to eight where the allowance asks for it, or as few as three where time is short."""

UNREADABLE = 5.0
"""Per cent of the images that may be left out as unreadable where nobody says how many."""


@dataclass(frozen=True)
class Question:
    """Exactly one of `max_loss` and `max_bytes` is given."""

    max_loss: float | None = None
    """Percentage points that accuracy may lie below that of the raw images."""
    max_bytes: float | None = None
    """Bytes an image, everything counted."""
    seeds: int | None = None
    """Paired trainings; None: by the time there is."""
    recipe: Recipe | None = None
    """Of the confirmation; None: the default, of fewer epochs where the budget asks for it."""
    max_unreadable: float = UNREADABLE
    """Per cent of the images."""

    def __post_init__(self) -> None:
        if (self.max_loss is None) == (self.max_bytes is None):
            raise InputError("give exactly one of a largest loss and a largest number of bytes")
        if self.max_loss is not None and not 0 <= self.max_loss < 100:
            raise InputError(
                f"the loss allowed is in percentage points, 0 to 100, not {self.max_loss:g}"
            )
        if self.max_bytes is not None and not 0 < self.max_bytes < math.inf:
            raise InputError(f"bytes an image must be above 0, not {self.max_bytes:g}")
        if self.seeds is not None and not LEAST_SEEDS <= self.seeds <= MOST_SEEDS:
            raise InputError(
                f"seeds must be {LEAST_SEEDS} to {MOST_SEEDS} in number, not {self.seeds}: fewer "
                "prove nothing"
            )
        if not 0 <= self.max_unreadable <= 100:
            raise InputError(
                f"the share of unreadable images is in per cent, not {self.max_unreadable:g}"
            )

    @property
    def allowance(self) -> float | None:
        """The loss allowed, as a fraction."""
        return None if self.max_loss is None else self.max_loss / 100

    def asked(self) -> dict[str, Any]:
        """What may not change when a search goes on: plain values."""
        return {"max_loss": self.max_loss, "max_bytes": self.max_bytes, "seeds": self.seeds}
