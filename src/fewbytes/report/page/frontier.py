"""Accuracy against bytes, the frontier behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fewbytes.report.page.vega import SOLID, Spec, altair, finished, ticks
from fewbytes.report.study import series
from fewbytes.studies.summary import Line

POINTS = "points"
"""The layer of the marks that stand for codecs."""


def frontier(
    lines: Sequence[Line],
    numbers: dict[str, int],
    judged_on: str = "test",
    chosen: int | None = None,
) -> Spec:
    """Accuracy against bytes: every codec with its 95 % interval, the frontier behind them, a ring
    around the answer.
    """
    alt = altair()
    points = [point(line, numbers[line.label]) for line in lines]
    edge = [point(line, numbers[line.label]) for line in series.best(lines).lines]
    x = alt.X("bytes:Q").scale(type="log", nice=False, domain=list(_wider(points)), clamp=True)
    x = x.title("bytes an image, everything counted (log scale)")
    x = x.axis(
        values=ticks(*_wider(points)),
        format=",~r",
        grid=False,
        labelOverlap="greedy",
        labelSeparation=8,
    )
    y = alt.Y("accuracy:Q").scale(domain=_accuracies(points), clamp=True, nice=True)
    y = y.title(f"{judged_on} accuracy, %").axis(tickCount=6)
    behind = (
        alt.Chart(alt.InlineData(edge + _last(edge, points)))
        .mark_line(interpolate="step-after", strokeWidth=6, strokeCap="round", opacity=0.5)
        .encode(x=x, y=y, color=alt.value("var(--edge)"), tooltip=alt.value(None))
    )
    base = alt.Chart(alt.InlineData(points)).encode(x=x)
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7, clip=True).encode(
        y=alt.Y("low:Q", title=f"{judged_on} accuracy, %"),
        y2="high:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=alt.value(None),
    )
    marks = base.mark_point(size=130, strokeWidth=2.2, opacity=1, filled=False).encode(
        y=y,
        stroke=alt.Stroke("colour:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        tooltip=alt.Tooltip("number:Q"),
        description=alt.Description("label:N"),
    )
    ring = (
        alt.Chart(alt.InlineData([one for one in points if one["number"] == chosen]))
        .mark_circle(size=620, opacity=0.16)
        .encode(x=x, y=y, color=alt.value("var(--ink)"), tooltip=alt.value(None))
    )
    first = {one["number"] for one in edge} | {chosen}
    names = _names(points, first, x, y)
    layers = alt.layer(behind, ring, bars, marks.properties(name=POINTS), *names)
    return finished(layers, height=340)


def _names(points: Sequence[dict[str, Any]], first: set[int | None], x: Any, y: Any) -> list[Any]:
    """The marks' numbers, on the left of those that have a neighbour on the right. Where there is
    no room for all of them, the page hides the later: those of `first` come first.
    """
    alt = altair()
    sides: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for one in sorted(points, key=lambda one: one["number"] not in first):
        sides[any(_crowded(one, other) for other in points)].append(one)
    return [
        alt.Chart(alt.InlineData(ones))
        .mark_text(
            align="right" if left else "left", dx=-8 if left else 8, dy=-9,
            fontSize=12, fontWeight=600,
        )
        .encode(x=x, y=y, text="number:Q", color=alt.value("var(--ink)"), tooltip=alt.value(None))
        for left, ones in sides.items()
        if ones
    ]  # fmt: skip


def point(line: Line, number: int) -> dict[str, Any]:
    """What a plot knows of a line: accuracies in per cent, bytes an image."""
    mean, half = 100 * line.test_accuracy.mean, 100 * line.test_accuracy.half_width
    return {
        "number": number,
        "bytes": line.total_bytes,
        "accuracy": mean,
        "low": mean if math.isnan(half) else mean - half,
        "high": mean if math.isnan(half) else min(100.0, mean + half),
        "colour": f"var(--line-{number})",
        "fill": f"var(--line-{number})" if line.model == SOLID else "var(--paper)",
        "label": line.label,
    }


def _crowded(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether `other` is just to the right of `one`."""
    return bool(1 < other["bytes"] / one["bytes"] < 1.15)


def _wider(points: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The range of bytes with some room on both sides."""
    sizes = [one["bytes"] for one in points]
    return min(sizes) / 1.35, max(sizes) * 1.35


def _accuracies(points: Sequence[dict[str, Any]]) -> list[float]:
    """The range of accuracies, set by the means: an interval of two seeds may be wider than all."""
    means = [one["accuracy"] for one in points]
    low, high = min(means), max(means)
    room = max(0.15 * (high - low), 0.05)
    return [max(0.0, low - room), min(100.0, high + 1.6 * room)]


def _last(edge: list[dict[str, Any]], points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The frontier goes on to the right: more bytes are no less accurate."""
    return [{**edge[-1], "bytes": _wider(points)[1]}] if edge else []
