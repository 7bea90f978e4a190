"""One distribution, one measure, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fewbytes.measures.measurement import Measurement


@dataclass(frozen=True)
class Case:
    """`run(seed)` draws a sample and measures it; `truth` is what theory says of the distribution,
    in the measurement's unit. Where `most_width` is given, an interval that is wider tells too
    little to count, unless its verdict says so.
    """

    measure: str
    distribution: str
    truth: float
    run: Callable[[int], Measurement]
    most_width: float | None = None
