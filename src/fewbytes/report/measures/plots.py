"""Drawing what was measured: where the bits are, what was lost, rate against distortion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information.lost_information import pointwise_loss
from fewbytes.measures.measured import Measured
from fewbytes.report.distortion_plot import Point, draw_distortions
from fewbytes.report.drawing import legend, new_figure, png
from fewbytes.report.palette import colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORST = 16
"""Images shown of those that lost most."""

Found = TypeVar("Found")


def draw(found: Sequence[Measured]) -> dict[str, bytes]:
    """Every picture that the measurements give, as PNG by file name."""
    figures = {
        "rate_distortion.png": _rate_distortion(found),
        "description_length.png": _lengths(found),
        "positions.png": _positions(found),
    }
    for i, store in enumerate(found, 1):
        number = "" if len(found) == 1 else f"_{i}"
        figures[f"lost{number}.png"] = _lost(store)
    return {name: png(figure) for name, figure in figures.items() if figure is not None}


def _rate_distortion(found: Sequence[Measured]) -> Figure | None:
    """Fidelity against the bits that the coder needed, with those of a Gaussian source."""
    shown = [store for store in found if store.get("psnr") is not None]
    if not shown:
        return None
    figure, axes = new_figure(9, 6)
    colour = colours(store.codec for store in shown)
    points = [
        Point(
            store.codec, colour[store.codec], store.findings.material.coded_bits / 8,
            store["psnr"].value or math.inf,
        )
        for store in shown
    ]  # fmt: skip
    draw_distortions(axes, points, had(lambda: shown[0].findings.moments.variances))
    axes.set_xscale("log")
    axes.set_xlabel("bytes per image that the coder needed (log scale)")
    axes.set_title("Rate against distortion")
    return figure


def _lengths(found: Sequence[Measured]) -> Figure | None:
    """How the labels' description grows with the records seen."""
    shown = [store for store in found if store.get("description_length") is not None]
    if not shown:
        return None
    figure, axes = new_figure(9, 6)
    colour = colours(store.codec for store in shown)
    for store in shown:
        curve = store.findings.lengths
        axes.plot(curve.seen, curve.bits, color=colour[store.codec], label=store.codec)
    seen = shown[0].findings.lengths.seen
    uniform = shown[0]["description_length.uniform"].value or 0.0
    axes.plot([0, seen[-1]], [0, uniform], ":", color="0.5", label="n log2 K: without the codes")
    axes.set(xscale="log", yscale="log", xlabel="labels described", ylabel="bits (mean of orders)")
    axes.set_title("Prequential description length of the labels, given the codes")
    legend(axes, len(shown) + 1)
    return figure


def _positions(found: Sequence[Measured]) -> Figure | None:
    """Where in a code the bits are."""
    shown = [
        (store, store.findings.positions)
        for store in found
        if store.get("entropy.position") is not None
    ]
    if not shown:
        return None
    from matplotlib.figure import Figure

    columns = min(4, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(3.6 * columns, 3.4 * rows), dpi=150, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (store, bits) in zip(grid.flat, shown, strict=False):
        drawn = axes.imshow(as_picture(bits), cmap="viridis", vmin=0)
        figure.colorbar(drawn, ax=axes, shrink=0.8)
        axes.set_title(store.codec, fontsize=7, wrap=True)
    figure.suptitle("Entropy of each position of a code, bits")
    return figure


def as_picture(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits of a code's positions, (*code_shape), as rows and columns: channels are summed, and what
    has no rows of its own is folded into about a square, the rest NaN.
    """
    if bits.ndim == 3:
        return np.asarray(bits.sum(-1))
    flat = bits.ravel()
    columns = math.ceil(math.sqrt(len(flat)))
    rows = math.ceil(len(flat) / columns)
    picture = np.full(rows * columns, np.nan)
    picture[: len(flat)] = flat
    return picture.reshape(rows, columns)


def _lost(store: Measured) -> Figure | None:
    """The images that lost the most usable information: original above, decoded below."""
    if store.get("usable.lost") is None:
        return None
    findings = store.findings
    codes, originals = findings.usable("cnn"), findings.usable_original
    lost = pointwise_loss(codes, originals)
    worst = np.argsort(-lost, kind="stable")[:WORST]
    from matplotlib.figure import Figure

    columns = 8
    rows = 2 * math.ceil(len(worst) / columns)
    figure = Figure(figsize=(1.35 * columns, 1.75 * rows), dpi=150, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, record in enumerate(worst):
        row, column = 2 * (place // columns), place % columns
        number = codes.records[record]
        _show(grid[row, column], findings.material.originals[number])
        _show(grid[row + 1, column], findings.material.pictures[number])
        label, read = codes.labels[record], codes.log_probabilities[record].argmax()
        grid[row, column].set_title(f"class {label}", fontsize=8)
        grid[row + 1, column].set_title(f"read as {read}\n-{lost[record]:.1f} bits", fontsize=8)
    figure.suptitle(
        f"{store.codec}: held-out images that lost most of what a {codes.family} reads of the "
        "label\n(originals above, decoded below)", fontsize=9,
    )  # fmt: skip
    return figure


def _show(axes: Axes, image: NDArray[np.uint8]) -> None:
    grey = image.shape[-1] != 3
    axes.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=255)


def had(make: Callable[[], Found]) -> Found | None:
    """What `make` gives; None where it cannot be had of these codes."""
    try:
        return make()
    except InputError:
        return None
