"""What was measured, as a table: measures down, stores across, doubts and reasons below."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from fewbytes.measures.measured import Measured
from fewbytes.measures.measurement import Measurement, Verdict
from fewbytes.report.markdown import markdown_table

DOUBT, NONE = "?", "—"
"""Marks of an unreliable figure and of one that is not available."""


TITLES = {
    "entropy.record": "H(Z) of whole codes",
    "entropy.position": "H(Z) of a position, mean",
    "entropy.independent": "sum of the positions' H(Z)",
    "entropy.collision": "collision entropy H2(Z)",
    "entropy.min": "min-entropy of Z",
    "image_information.exact": "I(X;Z)",
    "image_information.noisy": "I(X;Z + noise)",
    "usable.linear": "usable by a linear reader",
    "usable.knn": "usable by nearest neighbours",
    "usable.mlp": "usable by an MLP",
    "usable.cnn": "usable by a CNN",
    "usable.lost": "lost to a CNN by coding",
    "label_entropy": "H(Y)",
    "label_information": "I(Z;Y)",
    "label_information.error": "I(Z;Y) from errors alone",
    "bayes_error": "Bayes error",
    "description_length": "labels given codes",
    "description_length.uniform": "labels alone, n log2 K",
    "description_length.limit": "labels given codes, learned",
    "mse": "mean squared error",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "rate.gaussian": "Gaussian R(D), above R(D)",
    "rate.gap": "coder above Gaussian R(D)",
    "distances.distortion": "distortion of distances",
    "distances.spread": "spread of distance ratios",
    "distances.correlation": "distances, correlation",
    "distances.johnson_lindenstrauss": "Johnson-Lindenstrauss bound",
    "norms.spread": "spread of norm ratios",
    "dimension.two_nn": "dimension, TwoNN",
    "dimension.two_nn.half": "dimension, TwoNN, half of n",
    "dimension.ml": "dimension, likelihood",
    "dimension.ml.half": "dimension, likelihood, half",
    "neighbours.information": "I(Z;Y) by neighbours",
    "neighbours.shuffled": "... of shuffled pairs",
    "neighbours.copies": "... of two copies, halved",
    "neighbours.half": "... of half the records",
    "contrastive.information": "I(Z;Z') of one class",
}
"""What people are shown for a measure's name."""


def table(found: Sequence[Measured]) -> Table:
    """For a terminal. One store: a column each for figure, interval, n and verdict; several: a
    column a store.
    """
    grid = Table(box=None, header_style="bold", pad_edge=False)
    header, rows = cells(found)
    for place, name in enumerate(header):
        left = place < 2
        grid.add_column(name, justify="left" if left else "right", overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid


def cells(found: Sequence[Measured]) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of the table."""
    names = list(dict.fromkeys(one.name for store in found for one in store.measurements))
    if len(found) == 1:
        by_name = {one.name: one for one in found[0].measurements}
        header = ["measure", "unit", "figure", "99.9 % interval or bounds", "n", "verdict"]
        return header, [_single(by_name[name]) for name in names]
    header = ["measure", "unit", *(str(i) for i in range(1, len(found) + 1))]
    stores = [{one.name: one for one in store.measurements} for store in found]
    rows = []
    for name in names:
        there = [store.get(name) for store in stores]
        unit = next((one.unit for one in there if one is not None and one.unit), "")
        rows.append([title(name), unit, *(short(one) for one in there)])
    return header, rows


def _single(one: Measurement) -> list[str]:
    interval = "" if one.low is None else f"{number(one.low)} to {number(one.high)}"
    figure = number(one.value) if one.available else NONE
    return [title(one.name), one.unit, figure, interval, f"{one.n:,}", str(one.verdict)]


def title(name: str) -> str:
    """What people are shown for a measure's name."""
    return TITLES.get(name, name)


def short(one: Measurement | None) -> str:
    """One cell among several stores: the figure or the ends, and `?` where it is doubted."""
    if one is None or not one.available:
        return NONE
    text = number(one.value)
    if one.value is None:
        text = f"{number(one.low)}..{number(one.high)}"
    return text + (DOUBT if one.verdict is Verdict.UNRELIABLE else "")


def number(figure: float | None) -> str:
    """Four digits, never an exponent where a person would not write one."""
    if figure is None:
        return ""
    if math.isinf(figure):
        return "∞" if figure > 0 else "-∞"
    if abs(figure) >= 9999.5:
        return f"{figure:,.0f}"
    return f"{figure:.4g}" if abs(figure) >= 0.001 or figure == 0 else f"{figure:.1e}"


def notes(found: Sequence[Measured]) -> list[str]:
    """What the table does not say: which store is which, and every reason and warning, once."""
    lines = []
    if len(found) > 1:
        lines += [f"{i}  {one.codec}  ({one.where})" for i, one in enumerate(found, 1)]
        lines.append(f"{DOUBT} marks a figure that is unreliable, {NONE} one that is not available")
    return lines + _warnings(found)


def _warnings(found: Sequence[Measured]) -> list[str]:
    """Each warning once, with the measures and the stores that it is of."""
    stores: dict[tuple[str, str], list[str]] = {}
    for i, store in enumerate(found, 1):
        for one in store.measurements:
            for warning in one.warnings:
                stores.setdefault((one.name, warning), []).append(str(i))
    names: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (name, warning), places in stores.items():
        names.setdefault((warning, tuple(places)), []).append(title(name))
    lines = []
    for (warning, stores_of_it), titles in names.items():
        which = "" if len(stores_of_it) == len(found) else f" [{', '.join(stores_of_it)}]"
        lines.append(f"{'; '.join(titles)}{which}: {warning}")
    return lines


def markdown(found: Sequence[Measured]) -> str:
    """The same as a file for people."""
    header, rows = cells(found)
    return markdown_table(header, rows) + "\n" + "".join(f"- {note}\n" for note in notes(found))
