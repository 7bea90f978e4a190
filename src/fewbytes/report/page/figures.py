"""The cells of the codecs' table, and the bar that shows a difference with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fewbytes.report.numbers import percent
from fewbytes.report.page.compared import Gap
from fewbytes.report.study.tables import fidelity
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
    bytes: str
    ratio: str
    accuracy: str
    difference: str
    bar: Bar | None
    fidelity: str
    label_bits: str
    train_seconds: str
    on_frontier: bool


def entries(
    lines: Sequence[Line], gaps: Mapping[str, Gap], best: Sequence[Line], numbers: dict[str, int]
) -> list[Entry]:
    """A row for every line; `best` are those on the frontier."""
    scale = _scale(gaps.values())
    return [
        Entry(
            number=numbers[line.label],
            codec=line.codec,
            supervised=line.supervised,
            is_raw=line.is_raw,
            view=line.view,
            model=line.model,
            bytes=f"{line.total_bytes:,.1f}",
            ratio=f"{line.ratio:.2f}",
            accuracy=percent(line.test_accuracy),
            difference=_difference(line, gaps.get(line.label)),
            bar=_bar(gaps.get(line.label), scale),
            fidelity=fidelity(line),
            label_bits="—" if line.label_bits is None else f"≥ {line.label_bits.mean:.3f}",
            train_seconds=f"{line.train_seconds.mean:.1f}",
            on_frontier=line in best,
        )
        for line in lines
    ]


def points(share: float) -> str:
    """`+0.30`: a difference of fractions in percentage points; nothing has no minus sign."""
    return f"{round(100 * share, 2) + 0.0:+.2f}".replace("-", "−")


def interval(gap: Gap) -> str:
    """`[−0.20, +0.04]` in percentage points; empty where there is none."""
    return f"[{points(gap.low)}, {points(gap.high)}]" if gap.has_interval else ""


def _difference(line: Line, gap: Gap | None) -> str:
    if gap is None:
        return "reference" if line.is_raw else "—"
    return f"{points(gap.mean)} {interval(gap)}".strip()


def _scale(gaps: Iterable[Gap]) -> tuple[float, float]:
    """The range of differences, by the means: the interval of two seeds may dwarf all of them."""
    means = [0.0, *(gap.mean for gap in gaps)]
    low, high = min(means), max(means)
    room = 0.25 * (high - low) or 0.01
    return low - room, high + room


def _bar(gap: Gap | None, scale: tuple[float, float]) -> Bar | None:
    if gap is None:
        return None
    low, high = scale

    def place(value: float) -> float:
        return 100 * min(1.0, max(0.0, (value - low) / (high - low)))

    ends = (gap.low, gap.high) if gap.has_interval else (gap.mean, gap.mean)
    return Bar(mean=place(gap.mean), low=place(ends[0]), high=place(ends[1]), zero=place(0.0))
