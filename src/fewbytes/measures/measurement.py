"""What a measure says: a figure with its unit, its interval, and its verdict on itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from scipy.special import ndtri

LEVEL = 0.999
"""Level of every interval. Measures are read by the dozen: at 95 % one figure of twenty would be
wrong by chance, at 99.9 % a table of fifty is right all over nineteen times of twenty (Bonferroni).
"""

DEVIATIONS = float(ndtri((1 + LEVEL) / 2))
"""Standard errors on either side of a normal interval at LEVEL."""


class Verdict(StrEnum):
    """What a measure thinks of its own figure."""

    RELIABLE = "reliable"
    UNRELIABLE = "unreliable"
    UNAVAILABLE = "not available"


class Means(StrEnum):
    """What an interval is."""

    CONFIDENCE = "confidence"
    """Where the truth lies for 99.9 % of samples such as this one."""
    BOUNDS = "bounds"
    """Ends that theory gives, each moved outwards by the sampling error at LEVEL."""


@dataclass(frozen=True)
class Measurement:
    """One figure, and how far it can be trusted.

    `value` is None where a measure has ends only, and where nothing could be measured; it may be
    infinite. `low` and `high` are the ends of the interval, `means` says of what kind it is. Where
    the verdict is `reliable`, the interval is meant to hold the truth.
    """

    name: str
    """Dotted words, the measure first: `entropy.record`."""
    unit: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    """Records, or pairs, that it comes from."""
    method: str
    reference: str
    """Paper and equation."""
    means: Means = Means.CONFIDENCE
    verdict: Verdict = Verdict.RELIABLE
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        figures = [x for x in (self.low, self.value, self.high) if x is not None]
        if any(math.isnan(x) for x in figures):
            raise ValueError(f"{self.name}: a figure is NaN: {figures}")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{self.name}: an interval has two ends")
        if sorted(figures) != figures:
            raise ValueError(f"{self.name}: not in order: low, value, high are {figures}")
        if self.verdict is not Verdict.UNAVAILABLE and self.low is None:
            raise ValueError(f"{self.name}: a figure without an interval")

    @classmethod
    def unavailable(cls, name: str, unit: str, reason: str, n: int = 0) -> Self:
        """A measure that cannot be had here, and why."""
        return cls(
            name, unit, None, None, None, n, "", "",
            verdict=Verdict.UNAVAILABLE, warnings=(reason,),
        )  # fmt: skip

    @property
    def available(self) -> bool:
        return self.verdict is not Verdict.UNAVAILABLE

    def covers(self, truth: float) -> bool:
        """Whether the interval holds `truth`."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low <= truth <= self.high)

    def doubted(self, *warnings: str) -> Self:
        """The same figure called unreliable, and why."""
        found = (*self.warnings, *warnings)
        return replace(self, verdict=Verdict.UNRELIABLE, warnings=found)

    def warned(self, *warnings: str) -> Self:
        """The same figure with more to say of it."""
        return replace(self, warnings=(*self.warnings, *warnings))

    def row(self) -> dict[str, Any]:
        """Plain JSON values; an infinite figure is the text "inf" or "-inf"."""
        return {
            "measure": self.name,
            "value": _plain(self.value),
            "unit": self.unit,
            "low": _plain(self.low),
            "high": _plain(self.high),
            "interval": str(self.means),
            "level": LEVEL,
            "n": int(self.n),
            "verdict": str(self.verdict),
            "warnings": list(self.warnings),
            "method": self.method,
            "reference": self.reference,
        }


def _plain(figure: float | None) -> float | str | None:
    if figure is None:
        return None
    return str(figure) if math.isinf(figure) else float(figure)


def named(found: Iterable[Measurement]) -> dict[str, Measurement]:
    """Measurements by name."""
    return {one.name: one for one in found}
