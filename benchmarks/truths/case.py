"""One distribution, one measure, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fewbytes.measures.measurement import Measurement


@dataclass(frozen=True)
class Case:
    """`run(seed)` draws a sample and measures it; `truth` is what theory says of the distribution,
    in the measurement's unit.
    """

    measure: str
    distribution: str
    truth: float
    run: Callable[[int], Measurement]
