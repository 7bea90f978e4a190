"""Every plot of the page, as Vega-Lite specifications. The data comes from `series`."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.report.page.frontier import frontier
from fewbytes.report.page.losses import curves
from fewbytes.report.page.vega import Spec
from fewbytes.report.study import series
from fewbytes.studies.summary import Line


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
