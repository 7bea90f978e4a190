"""Drawing what an audit found: how far each attack came, and what it made of the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.audited import Audited
from fewbytes.audits.finding import Finding, Outcome
from fewbytes.measures.measurement import Measurement
from fewbytes.report.drawing import legend, new_figure, png
from fewbytes.report.palette import HUES, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REBUILT = "reconstruction."

SHOWN = 10
"""Images of a grid, at most."""

_COLOURS = {
    Outcome.DISCLOSED: "tab:red", Outcome.NOT_SHOWN: "tab:blue", Outcome.CONTROL_FAILED: "gold",
}  # fmt: skip


def draw(audited: Audited) -> dict[str, bytes]:
    """Every picture that the findings give, as PNG by file name."""
    found = {one.attack: one for one in audited.findings if one.outcome is not Outcome.UNAVAILABLE}
    figures = {name: drawn(found) for name, drawn in PICTURES.items()}
    for figure in figures.values():
        if figure is not None:
            figure.suptitle(audited.codec, fontsize=8, wrap=True)
    return {name: png(figure) for name, figure in figures.items() if figure is not None}


def _shares(found: Mapping[str, Finding]) -> Figure | None:
    """Every attack whose figure is a share: its interval, chance and both controls."""
    shown = [one for one in found.values() if _is_share(one)][::-1]
    if not shown:
        return None
    figure, axes = new_figure(10, 1.2 + 0.32 * len(shown))
    for place, one in enumerate(shown):
        colour = _COLOURS.get(one.outcome, "0.5")
        low, value, high = _points(one.trial.figure)
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot(value, place, "o", color=colour, markersize=6)
        for control, mark in ((one.positive, "^"), (one.null, "v")):
            if control is not None and control.figure.available:
                axes.plot(_points(control.figure)[1], place, mark, color="0.6", markersize=5)
        assert one.trial.chance is not None
        axes.plot(_points(one.trial.chance)[1], place, "|", color="black", markersize=12)
    axes.set_yticks(range(len(shown)), [one.claim.title for one in shown], fontsize=7)
    axes.set(
        xlim=(-0.02, 1.02),
        xlabel="share (red: disclosed; | chance; grey: ▲ must succeed, ▼ must fail)",
    )
    return figure


def _is_share(one: Finding) -> bool:
    return one.trial.figure.unit == "share" and one.trial.chance is not None


def _points(one: Measurement) -> tuple[float, float, float]:
    """Low end, figure and high end; the middle where there is no figure."""
    low, high = one.low or 0.0, one.high or 0.0
    return low, (low + high) / 2 if one.value is None else one.value, high


def _rebuilt(found: Mapping[str, Finding]) -> Figure | None:
    """Originals, their codes, and what each attacker made of them."""
    rungs = {
        name.split(".")[1]: one.trial.exhibit
        for name, one in found.items()
        if name.startswith(REBUILT) and "rebuilt" in one.trial.exhibit
    }
    if not rungs:
        return None
    first = next(iter(rungs.values()))
    rows = [("original", first["originals"][:SHOWN]), ("code", first["codes"][:SHOWN])]
    rows += [(n.replace("_", " "), made["rebuilt"][:SHOWN]) for n, made in rungs.items()]
    return _grid(rows)


def _second_preimages(found: Mapping[str, Finding]) -> Figure | None:
    """Images, and others made to have the same code."""
    for name in ("uniqueness.second_preimage", "uniqueness.preimage"):
        exhibit = found[name].trial.exhibit if name in found else {}
        if len(exhibit.get("images", ())):
            first, second = exhibit["originals"][:SHOWN], exhibit["images"][:SHOWN]
            return _grid([("original", first), ("same code", second)])
    return None


def _grid(rows: Sequence[tuple[str, NDArray[Any]]]) -> Figure:
    """Pictures (n, h, w, c), or vectors folded into about a square, a row under a title each."""
    from matplotlib.figure import Figure

    columns = max(len(pictures) for _, pictures in rows)
    size = (1.6 + 0.9 * columns, 0.5 + 0.95 * len(rows))
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for line, (title, pictures) in zip(grid, rows, strict=True):
        for axes in line:
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(title, rotation=0, ha="right", va="center", fontsize=8)
        for axes, picture in zip(line, pictures, strict=False):
            _show(axes, picture)
    return figure


def _show(axes: Axes, picture: NDArray[Any]) -> None:
    if picture.ndim == 3 and picture.shape[-1] == 3 and picture.dtype == np.uint8:
        axes.imshow(picture)
    elif picture.dtype == np.uint8 and picture.ndim == 3:
        axes.imshow(picture[..., 0], cmap="gray", vmin=0, vmax=255)
    else:
        axes.imshow(folded(picture), cmap="gray")


def folded(code: NDArray[Any]) -> NDArray[np.float64]:
    """A code as rows and columns: its own, channels averaged, or about a square, the rest NaN."""
    if code.ndim == 3 and min(code.shape[:2]) > 1:
        return np.asarray(code.mean(-1), np.float64)
    flat = np.asarray(code, np.float64).ravel()
    columns = int(np.ceil(np.sqrt(len(flat))))
    square = np.full(-(-len(flat) // columns) * columns, np.nan)
    square[: len(flat)] = flat
    return square.reshape(-1, columns)


def _known_pairs(found: Mapping[str, Finding]) -> Figure | None:
    """What known pairs are worth under an unknown key."""
    if "keys.decode" not in found:
        return None
    exhibit = found["keys.decode"].trial.exhibit
    figure, axes = new_figure(9, 5.5)
    axes.plot(exhibit["pairs"], exhibit["decode"], "o-", color="tab:red", label="rebuilt images")
    axes.axhline(float(exhibit["mean"][0]), color="0.5", ls=":", label="the mean image: no code")
    axes.set(xscale="log", xlabel="known pairs of image and code (log scale)", ylabel="PSNR, dB")
    legend(axes, 2)
    return figure


def _ranks(found: Mapping[str, Finding]) -> Figure | None:
    """Cumulative match curves."""
    curves = {n: one for n, one in found.items() if "rank" in one.trial.exhibit}
    curves = {n: one for n, one in curves.items() if n.endswith("rank_1")}
    if not curves:
        return None
    figure, axes = new_figure(9, 5.5)
    colour = colours(curves)
    for name, one in curves.items():
        exhibit = one.trial.exhibit
        axes.plot(
            exhibit["rank"], exhibit["share"], "o-", color=colour[name], label=one.claim.title
        )
    axes.set(ylim=(-0.02, 1.02), xlabel="rank", ylabel="share of records found up to there")
    legend(axes, len(curves))
    return figure


def _bags(found: Mapping[str, Finding]) -> Figure | None:
    """How many records it takes to tell the data set."""
    figure, axes, drawn = None, None, 0
    for prefix, label in (("bag", "codec known"), ("keyed", "under a fresh secret projection")):
        start = f"identification.{prefix}_"
        points = {int(n[len(start) :]): f for n, f in found.items() if n.startswith(start)}
        if not points:
            continue
        if axes is None:
            figure, axes = new_figure(9, 5.5)
        drawn += 1
        sizes = sorted(points)
        low, share, high = zip(*(_points(points[n].trial.figure) for n in sizes), strict=True)
        axes.plot(sizes, share, "o-", label=label)
        axes.fill_between(sizes, low, high, alpha=0.15)
    if axes is None:
        return None
    axes.set(
        xscale="log", ylim=(-0.02, 1.02), xlabel="records in the bag (log scale)",
        ylabel="share of bags whose data set is named",
    )  # fmt: skip
    legend(axes, drawn)
    return figure


_NETWORKS = {
    "membership": "trained on the codes", "membership.raw": "trained on the images",
    "membership.dp_sgd": "by DP-SGD", "membership.matched": "stopped early, as accurate",
}  # fmt: skip
_SCORERS = {
    "lira": "LiRA", "lira_offline": "LiRA, offline", "rmia": "RMIA", "loss": "loss",
}  # fmt: skip


def _membership(found: Mapping[str, Finding]) -> Figure | None:
    """True against false positives, on logarithmic axes: what counts is on the left. A panel for
    each kind of networks.
    """
    curves = {n: one.trial.exhibit for n, one in found.items() if "fpr" in one.trial.exhibit}
    panels = [name for name in _NETWORKS if f"{name}.lira.auc" in curves]
    if not panels:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.6 * len(panels), 4.6), dpi=150, layout="constrained")
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, name in zip(grid, panels, strict=True):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        for (scorer, label), colour in zip(_SCORERS.items(), HUES, strict=False):
            curve = curves.get(f"{name}.{scorer}.auc")
            if curve is not None:
                axes.plot(curve["fpr"], curve["tpr"], color=colour, label=label)
        axes.plot([1e-4, 1], [1e-4, 1], ":", color="0.5", label="chance")
        axes.set(
            xscale="log", yscale="log", xlim=(1e-4, 1), ylim=(1e-4, 1.1),
            xlabel="false positives", title=_NETWORKS[name],
        )  # fmt: skip
        axes.title.set_fontsize(9)
    grid[0].set_ylabel("true positives")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    return figure


PICTURES: Mapping[str, Callable[[Mapping[str, Finding]], Figure | None]] = {
    "shares.png": _shares,
    "rebuilt.png": _rebuilt,
    "known_pairs.png": _known_pairs,
    "ranks.png": _ranks,
    "bags.png": _bags,
    "membership.png": _membership,
    "second_preimages.png": _second_preimages,
}
"""Every picture there may be, by the name of its file."""
