"""A codec that was tried, and what may be expected of confirming it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil, sqrt
from typing import Any

from scipy.special import ndtr, ndtri

from fewbytes.advice.question import LEAST_SEEDS, LEVEL, MORE_SEEDS
from fewbytes.advice.trials import Effort

GUESSED = 0.5
"""Share of a loss by which its estimate may be off where the training was very short."""

LUCK = 5000
"""How well a training goes is luck too: it moves a difference of accuracies about as much as
judging both on so many images does (`benchmarks/advice_constants.py`)."""


SAFE = 0.8
"""Chance of passing: the first that is confirmed has at least this one, if any has."""

MARGIN = 0.45
"""Share of the allowance that the noise of a confirmation may take."""


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
        noise = self._noise(one) / sqrt(self.seeds)
        loss, variance = self._expected(one)
        needed = self.allowance - loss - float(ndtri(LEVEL)) * noise
        return float(ndtr(needed / sqrt(noise**2 + variance)))

    def is_safe(self, one: Candidate) -> bool:
        """Whether a candidate is likely enough to pass to go first."""
        return self.chance(one) >= SAFE

    def enough_seeds(self, one: Candidate) -> int:
        """Paired trainings with which such a candidate passes at the level if it loses
        1 - MARGIN of the allowance, LEAST_SEEDS to MORE_SEEDS.
        """
        if not self.allowance:
            return MORE_SEEDS
        needed = (float(ndtri(LEVEL)) * self._noise(one) / (MARGIN * self.allowance)) ** 2
        return min(MORE_SEEDS, max(LEAST_SEEDS, ceil(needed)))

    def _an_image(self, one: Candidate) -> float:
        """Variance that judging a single image gives the difference; at least as in `paired.py`."""
        least = max(self.allowance, 1 / (self.seeds * self.validated))
        return max(one.error**2 * one.judged, least * (1 - least))

    def _noise(self, one: Candidate) -> float:
        """Of one seed's difference."""
        return sqrt(self._an_image(one) * (1 / self.validated + 1 / LUCK))

    def _expected(self, one: Candidate) -> tuple[float, float]:
        """(loss, variance). The best of many trials is in part the luckiest: what seems to lose
        less than half of the allowance is drawn towards that half, by as much as its trial is
        uncertain (a normal prior of that mean and standard deviation).
        """
        guessed = GUESSED * max(0.0, 1 - one.effort.passes / self.passes) * one.loss
        variance = self._an_image(one) * (1 / one.judged + 1 / LUCK) + guessed**2
        half = self.allowance / 2
        if one.loss >= half:
            return one.loss, variance
        weight = half**2 / (half**2 + variance) if half else 0.0
        return weight * one.loss + (1 - weight) * half, weight * variance
