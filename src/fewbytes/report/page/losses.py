"""Losses of trainings as means over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fewbytes.report.page.vega import SOLID, Spec, altair, finished, ticks
from fewbytes.report.study import series

FEW_POINTS = 12
"""Points of curves that are drawn as such, lest a single one be no curve at all."""

MOST_TICKS = 8
"""Of the axis of steps or epochs."""

MOST_POINTS, ALL_POINTS = 200, 6000
"""Points of one curve, and of all in a plot: more would be heavier and look the same."""


def curves(bands: Sequence[series.Band], numbers: dict[str, int], x_title: str) -> Spec:
    """Mean losses over seeds, with a band of one standard error."""
    alt = altair()
    most = max(2, min(MOST_POINTS, ALL_POINTS // len(bands)))
    data = [record for band in bands for record in _records(band, numbers[band.line.label], most)]
    few = len(data) <= FEW_POINTS * len(bands)
    x = alt.X("x:Q", title=x_title).scale(nice=False, zero=False)
    x = x.axis(values=_whole(data), format=",d", grid=False, labelOverlap="greedy")
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
            strokeDash=alt.StrokeDash("dash:N", scale=None, legend=None),
            opacity=alt.when(over).then(alt.value(1)).otherwise(alt.value(0.2)),
            tooltip=alt.Tooltip("number:Q"),
        )
        .add_params(over)
    )
    return finished(alt.layer(band, mean, _numbers(data, x, y_scale)), height=260)


def _numbers(records: Sequence[dict[str, Any]], x: Any, y_scale: dict[str, Any]) -> Any:
    """The lines' numbers at the ends of their curves: colours alone do not tell them apart."""
    alt = altair()
    last = {one["number"]: one for one in records}
    return (
        alt.Chart(alt.InlineData(list(last.values())))
        .mark_text(align="left", dx=6, fontSize=11, fontWeight=600)
        .encode(
            x=x,
            y=alt.Y("mean:Q").scale(**y_scale),
            text="number:Q",
            color=alt.value("var(--ink)"),
            tooltip=alt.value(None),
        )
    )


def _whole(records: Sequence[dict[str, Any]]) -> list[int]:
    """Whole numbers, at most MOST_TICKS of them, for an axis of steps or epochs."""
    first = math.ceil(min((one["x"] for one in records), default=0))
    last = math.floor(max((one["x"] for one in records), default=1))
    step = next(
        digit * 10**power
        for power in range(19)
        for digit in (1, 2, 5)
        if (last - first) / (digit * 10**power) < MOST_TICKS
    )
    return list(range(first if step == 1 else -(-first // step) * step, last + 1, step))


def _records(band: series.Band, number: int, most: int) -> list[dict[str, Any]]:
    kept = np.unique(np.linspace(0, len(band.x) - 1, most).round().astype(int))
    return [
        {
            "number": number,
            "colour": f"var(--line-{number})",
            "dash": [1, 0] if band.line.model == SOLID else [5, 3],
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
    values = ticks(*_losses(records), digits=(1, 2, 3, 5, 7))
    return {"format": "~r", "values": values} if len(values) > 1 else {"tickCount": 4}


def _losses(records: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """The range of the bands."""
    return (
        min((one["low"] for one in records), default=0.1),
        max((one["high"] for one in records), default=1.0),
    )


def _short(value: float) -> float:
    """As many digits as can be seen."""
    return float(f"{value:.5g}")
