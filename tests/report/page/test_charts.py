"""The plots' data against the lines and curves that they draw."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fewbytes.report.page import charts, frontier, losses, vega
from fewbytes.report.page.reading import Contents
from fewbytes.report.study import series
from fewbytes.studies.summary import summarise
from tests.report.page.making import drawn_from, finished

pytest.importorskip("altair")


def _drawn(contents: Contents) -> dict[str, Any]:
    numbers = {line.label: i for i, line in enumerate(contents.lines)}
    return charts.charts(contents.lines, contents.curves, numbers, "test", 2)


def points(spec: dict[str, Any]) -> dict[int, tuple[float, float]]:
    """(bytes, accuracy) by number, of the layer that draws points."""
    return {one["number"]: (one["bytes"], one["accuracy"]) for one in drawn_from(spec, "point")}


def test_points_are_the_results(contents: Contents) -> None:
    spec = _drawn(contents)["frontier"]
    expected = [(line.total_bytes, 100 * line.test_accuracy.mean) for line in contents.lines]
    assert points(spec) == dict(enumerate(expected))
    assert [one["number"] for one in drawn_from(spec, "circle")] == [2]
    edge = drawn_from(spec, "line")
    best = series.best(contents.lines)
    assert [one["bytes"] for one in edge[:-1]] == best.x
    assert edge[-1]["accuracy"] == edge[-2]["accuracy"]
    assert edge[-1]["bytes"] > edge[-2]["bytes"]


def test_intervals_are_those_of_the_lines(contents: Contents) -> None:
    line = contents.lines[1]
    point = frontier.point(line, 1)
    half = 100 * line.test_accuracy.half_width
    assert point["high"] - point["accuracy"] == pytest.approx(half)
    assert point["accuracy"] - point["low"] == pytest.approx(half)
    (single,) = summarise([finished("dct:4", 0, 0.9)])
    assert frontier.point(single, 0)["low"] == frontier.point(single, 0)["high"] == 90


def test_other_networks_are_dashed_and_every_curve_has_its_number(contents: Contents) -> None:
    other = replace(contents.lines[1], model="mlp")
    bands = series.val_loss([contents.lines[0], other], contents.curves)
    spec = losses.curves(bands, {contents.lines[0].label: 0, other.label: 1}, "epoch")
    assert {one["number"]: one["dash"][1] > 0 for one in drawn_from(spec, "line")} == {
        0: False,
        1: True,
    }
    assert [(one["number"], one["x"]) for one in drawn_from(spec, "text")] == [(0, 4), (1, 4)]


def test_curves_are_means_with_their_errors(contents: Contents) -> None:
    spec = _drawn(contents)["val_loss"]
    values = drawn_from(spec, "line")
    line = contents.lines[2]
    stack = np.stack([contents.curves[key]["val_loss"] for key in line.keys]).astype(float)
    mine = [one for one in values if one["number"] == 2]
    assert [one["x"] for one in mine] == [1, 2, 3, 4]
    np.testing.assert_allclose([one["mean"] for one in mine], stack.mean(0), rtol=1e-4)
    error = stack.std(0, ddof=1) / math.sqrt(3)
    np.testing.assert_allclose([one["high"] for one in mine], stack.mean(0) + error, rtol=1e-4)


def test_a_loss_that_is_no_number_is_left_out(contents: Contents) -> None:
    line = contents.lines[0]
    band = series.Band(
        line, np.arange(4.0), np.array([1.0, math.nan, 0.0, 2.0]), np.full(4, 0.1)
    )  # fmt: skip
    values = drawn_from(losses.curves([band], {line.label: 0}, "epoch"), "line")
    assert [one["x"] for one in values] == [0, 3]
    json.dumps(values, allow_nan=False)


def test_long_curves_are_thinned(contents: Contents) -> None:
    line, n = contents.lines[0], 5000
    band = series.Band(line, np.arange(float(n)), np.ones(n), np.zeros(n))
    values = drawn_from(losses.curves([band], {line.label: 0}, "epoch"), "line")
    assert len(values) == losses.MOST_POINTS
    assert (values[0]["x"], values[-1]["x"]) == (0, n - 1)
    many = losses.curves([band] * 100, {line.label: 0}, "epoch")
    assert len(drawn_from(many, "line")) == losses.ALL_POINTS


def test_one_line_alone_can_be_drawn() -> None:
    lines = summarise([finished("dct:4", 0, 1.0)])
    spec = frontier.frontier(lines, {lines[0].label: 0}, "test")
    assert list(points(spec)) == [0]


def test_axes_are_marked_at_round_figures() -> None:
    assert vega.ticks(8, 1100) == [10, 20, 50, 100, 200, 500, 1000]
    assert vega.ticks(0.065, 0.13, (1, 5)) == pytest.approx([0.07, 0.08, 0.09, 0.1])
    assert vega.ticks(1.41, 1.45) == []
