"""The plots, as Vega-Lite specifications. The data comes from `series`.

Colours are CSS variables, and the plots are SVG: so one drawing serves a light page, a dark one
and paper, and no text of the data is ever part of an expression.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fewbytes.errors import MissingExtraError
from fewbytes.report import series
from fewbytes.studies.summary import Line

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

FEW_POINTS = 12
"""Points of curves that are drawn as such, lest a single one be no curve at all."""

POINTS = "points"
"""The layer of the marks that stand for codecs."""

MOST_POINTS, ALL_POINTS = 200, 6000
"""Points of one curve, and of all in a plot: more would be heavier and look the same."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def altair() -> Any:
    """The altair package. Raises MissingExtraError."""
    try:
        import altair as alt
    except ImportError as error:
        raise MissingExtraError("the report", "altair", "report") from error
    return alt


def charts(
    lines: Sequence[Line],
    cells: series.Curves,
    numbers: dict[str, int],
    judged_on: str = "test",
    chosen: int | None = None,
) -> dict[str, Spec]:
    """Every plot by name. `numbers` are what lines are called in plots, by their labels,
    `judged_on` which images their accuracies are of, `chosen` the answer's number.
    """
    found = {"frontier": frontier(lines, numbers, judged_on, chosen)}
    training = series.train_loss(lines, cells)
    validation = series.val_loss(lines, cells)
    if training:
        found["train_loss"] = curves(training, numbers, "training step")
    if validation:
        found["val_loss"] = curves(validation, numbers, "epoch")
    return found


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
        "fill": f"var(--line-{number})" if line.model == "cnn" else "var(--paper)",
        "label": line.label,
    }


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
    x = x.axis(values=_ticks(*_wider(points)), format=",~r", grid=False, labelOverlap="greedy")
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
    layers = alt.layer(behind, ring, bars, marks.properties(name=POINTS), *_names(points, x, y))
    return _finished(layers, height=340)


def _names(points: Sequence[dict[str, Any]], x: Any, y: Any) -> list[Any]:
    """The marks' numbers, on the left of those that have a neighbour on the right."""
    alt = altair()
    sides: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for one in points:
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


def _crowded(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether `other` is just to the right of `one`."""
    return bool(1 < other["bytes"] / one["bytes"] < 1.15)


def curves(bands: Sequence[series.Band], numbers: dict[str, int], x_title: str) -> Spec:
    """Mean losses over seeds, with a band of one standard error."""
    alt = altair()
    most = max(2, min(MOST_POINTS, ALL_POINTS // len(bands)))
    data = [record for band in bands for record in _records(band, numbers[band.line.label], most)]
    epochs, few = x_title == "epoch", len(data) <= FEW_POINTS * len(bands)
    x = alt.X("x:Q", title=x_title).scale(nice=False, zero=False)
    x = (
        x.axis(tickMinStep=1, format="~s", grid=False)
        if epochs
        else x.axis(format="~s", grid=False)
    )
    y_scale: dict[str, Any] = {"type": "log", "nice": False}
    base = alt.Chart(alt.InlineData(data)).encode(x=x)
    colour = alt.Color("colour:N", scale=None)
    over = alt.selection_point(on="pointerover", fields=["number"], nearest=False, empty=True)
    band = base.mark_area(opacity=0.16).encode(
        y=alt.Y("low:Q", title="cross-entropy, nats (log scale)")
        .scale(**y_scale)
        .axis(**_loss_ticks(data)),
        y2="high:Q",
        color=colour,
        detail="number:Q",
        tooltip=alt.value(None),
    )
    mean = (
        base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=18) if few else False)
        .encode(
            y=alt.Y("mean:Q").scale(**y_scale),
            color=colour,
            detail="number:Q",
            opacity=alt.when(over).then(alt.value(1)).otherwise(alt.value(0.2)),
            tooltip=alt.Tooltip("number:Q"),
        )
        .add_params(over)
    )
    return _finished(alt.layer(band, mean), height=260)


def _records(band: series.Band, number: int, most: int) -> list[dict[str, Any]]:
    kept = np.unique(np.linspace(0, len(band.x) - 1, most).round().astype(int))
    return [
        {
            "number": number,
            "colour": f"var(--line-{number})",
            "x": float(band.x[i]),
            "mean": _short(band.mean[i]),
            "low": _short(max(band.mean[i] - band.stderr[i], band.mean[i] / 10)),
            "high": _short(band.mean[i] + band.stderr[i]),
        }
        for i in kept
        if math.isfinite(float(band.mean[i])) and band.mean[i] > 0
    ]


def _loss_ticks(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Where the axis of losses is marked; left to Vega where no round figure is within."""
    values = _ticks(*_losses(records), digits=(1, 2, 3, 5, 7))
    return {"format": "~r", "values": values} if len(values) > 1 else {"tickCount": 4}


def _losses(records: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The range of the bands."""
    return (
        min((one["low"] for one in records), default=0.1),
        max((one["high"] for one in records), default=1.0),
    )


def _wider(points: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The range of bytes with some room on both sides."""
    sizes = [one["bytes"] for one in points]
    return min(sizes) / 1.35, max(sizes) * 1.35


def _short(value: float) -> float:
    """As many digits as can be seen."""
    return float(f"{value:.5g}")


def _ticks(low: float, high: float, digits: Sequence[int] = (1, 2, 5)) -> list[float]:
    """1, 2, 5, 10, ... between two sizes; every digit where these would be few."""
    digits = range(1, 10) if high < 3 * low else digits
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (digit * 10.0**power for power in powers for digit in digits)
    return [step for step in steps if low <= step <= high]


def _accuracies(points: Sequence[dict[str, Any]]) -> list[float]:
    """The range of accuracies, set by the means: an interval of two seeds may be wider than all."""
    means = [one["accuracy"] for one in points]
    low, high = min(means), max(means)
    room = max(0.15 * (high - low), 0.05)
    return [max(0.0, low - room), min(100.0, high + 1.6 * room)]


def _last(edge: list[dict[str, Any]], points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The frontier goes on to the right: more bytes are no less accurate."""
    return [{**edge[-1], "bytes": _wider(points)[1]}] if edge else []


def _finished(chart: alt.LayerChart, height: int) -> Spec:
    """The chart at the width of its place on the page, in the page's colours and type."""
    placed = chart.properties(width="container", height=height)
    styled = placed.configure(
        background="transparent",
        font=FONT,
        padding=4,
        axis={
            "labelColor": "var(--soft)", "titleColor": "var(--soft)", "gridColor": "var(--rule)",
            "domainColor": "var(--rule)", "tickColor": "var(--rule)", "labelFontSize": 12,
            "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 10,
        },
        view={"stroke": None},
    )  # fmt: skip
    spec: Spec = styled.to_dict()
    return spec
