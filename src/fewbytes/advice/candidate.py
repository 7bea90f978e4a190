"""A codec that was tried, and what may be expected of confirming it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from scipy.special import ndtr, ndtri

from fewbytes.advice.question import LEVEL
from fewbytes.advice.trials import Effort

GUESSED = 0.5
"""Share of a loss by which its estimate may be off where the training was very short."""

LUCK = 5000
"""How well a training goes is luck too: it moves a difference of accuracies about as much as
judging both on so many images does (`benchmarks/advice_constants.py`)."""


@dataclass(frozen=True)
class Candidate:
    """Fractions, and bytes an image; all are estimates from a short training."""

    codec: str
    family: str
    bytes: float
    loss: float
    """Expected of a full training."""
    error: float
    """Standard error of the loss by the images that it was judged on."""
    judged: int
    """Images that it was judged on."""
    effort: Effort

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> Candidate:
        """What `as_json` gave."""
        return cls(**{**plain, "effort": Effort(**plain["effort"])})


@dataclass(frozen=True)
class Pruned:
    """A family or a codec that goes no further, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Goal:
    """What is to be confirmed: a loss of at most `allowance`, a fraction."""

    allowance: float
    seeds: int
    validated: int
    """Validation images of a seed."""
    passes: int
    """Images that a full training sees, those of every epoch counted."""

    def chance(self, one: Candidate) -> float:
        """About how likely a candidate passes the test: that a normal difference, as uncertain as
        the estimate of the loss and as noisy as the confirmation, lies above the critical value.
        """
        least = max(self.allowance, 1 / (self.seeds * self.validated))  # as in `paired.py`
        an_image = max(one.error**2 * one.judged, least * (1 - least))
        noise = sqrt(an_image * (1 / self.validated + 1 / LUCK) / self.seeds)
        tried = an_image * (1 / one.judged + 1 / LUCK)
        guessed = GUESSED * max(0.0, 1 - one.effort.passes / self.passes) * one.loss
        spread = sqrt(noise**2 + tried + guessed**2)
        needed = self.allowance - one.loss - float(ndtri(LEVEL)) * noise
        return float(ndtr(needed / spread))
