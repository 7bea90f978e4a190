"""The cells of the codecs' table, and the bar that shows a difference with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fewbytes.report.tables import difference, fidelity, percent
from fewbytes.studies.summary import Line


@dataclass(frozen=True)
class Bar:
    """A paired difference on a scale that all rows share: places in per cent of its width."""

    mean: float
    low: float
    high: float
    zero: float


@dataclass(frozen=True)
class Entry:
    """A row of the table."""

    number: int
    codec: str
    supervised: bool
    is_raw: bool
    view: str
    model: str
    seeds: int
    bytes: str
    ratio: str
    accuracy: str
    difference: str
    bar: Bar | None
    fidelity: str
    label_bits: str
    train_seconds: str
    on_frontier: bool


def entries(lines: Sequence[Line], best: Sequence[Line], numbers: dict[str, int]) -> list[Entry]:
    """A row for every line; `best` are those on the frontier."""
    scale = _scale(lines)
    return [
        Entry(
            number=numbers[line.label],
            codec=line.codec,
            supervised=line.supervised,
            is_raw=line.is_raw,
            view=line.view,
            model=line.model,
            seeds=line.seeds,
            bytes=f"{line.total_bytes:,.1f}",
            ratio=f"{line.ratio:.2f}×",
            accuracy=percent(line.test_accuracy),
            difference=signed(difference(line)),
            bar=_bar(line, scale),
            fidelity=fidelity(line),
            label_bits="—" if line.label_bits is None else f"≥ {line.label_bits.mean:.3f}",
            train_seconds=f"{line.train_seconds.mean:.1f}",
            on_frontier=line in best,
        )
        for line in lines
    ]


def signed(text: str) -> str:
    """A text of figures with a minus sign for each hyphen."""
    return text.replace("-", "−")


def _scale(lines: Sequence[Line]) -> tuple[float, float]:
    """The range of differences, by the means: the interval of two seeds may dwarf all of them."""
    means = [line.difference.mean for line in lines if line.difference is not None]
    low, high = min([0.0, *means]), max([0.0, *means])
    room = 0.25 * (high - low) or 0.01
    return low - room, high + room


def _bar(line: Line, scale: tuple[float, float]) -> Bar | None:
    if line.difference is None:
        return None
    low, high = scale

    def place(value: float) -> float:
        return 100 * min(1.0, max(0.0, (value - low) / (high - low)))

    mean, half = line.difference.mean, line.difference.half_width
    half = 0.0 if math.isnan(half) else half
    return Bar(place(mean), place(mean - half), place(mean + half), place(0.0))
