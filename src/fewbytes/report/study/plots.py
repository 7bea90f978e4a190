"""Drawing a study's plots. The data comes from `series`; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fewbytes.report.distortion_plot import Point, Variances, draw_distortions
from fewbytes.report.drawing import legend, new_figure, png
from fewbytes.report.palette import colours
from fewbytes.report.study import series
from fewbytes.studies.summary import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = {"code": "--", "image": "-"}
MARKERS = {"code": "s", "image": "o"}


def draw(
    lines: Sequence[Line], cells: series.Curves, dataset: str, variances: Variances = None
) -> dict[str, bytes]:
    """Every plot of a study as PNG, by file name. `variances` are those of the images along their
    principal axes; None where they are not known.
    """
    figures = {
        f"train_loss_{dataset}_across_runs.png": _loss_figure(
            series.train_loss(lines, cells),
            f"Training loss, labels smoothed, on {dataset}",
            "training step",
        ),
        f"val_loss_{dataset}_across_runs.png": _loss_figure(
            series.val_loss(lines, cells), f"Validation loss on {dataset}", "epoch"
        ),
        f"test_accuracy_{dataset}_across_runs.png": _bars(lines, dataset),
        f"accuracy_vs_bytes_{dataset}.png": _accuracy_vs_bytes(lines, dataset),
    }
    if series.informed(lines):
        figures[f"accuracy_vs_information_{dataset}.png"] = _informed(lines, dataset)
    if series.distortions(lines):
        figures[f"rate_vs_distortion_{dataset}.png"] = _distorted(lines, dataset, variances)
    return {name: png(figure) for name, figure in figures.items()}


def _loss_figure(bands: Sequence[series.Band], title: str, x_label: str) -> Figure:
    figure, axes = new_figure(9, 6)
    colour = colours(band.line.codec for band in bands)
    for band in bands:
        shade = colour[band.line.codec]
        style = STYLES[band.line.view] if band.line.model == "cnn" else ":"
        axes.plot(band.x, band.mean, style, color=shade, label=band.line.label, linewidth=1.6)
        low, high = band.mean - band.stderr, band.mean + band.stderr
        axes.fill_between(band.x, low, high, color=shade, alpha=0.18, linewidth=0)
    axes.set_yscale("log")
    axes.set(title=f"{title} (mean over seeds, band: standard error)", xlabel=x_label)
    axes.set_ylabel("cross-entropy, nats")
    if x_label == "epoch" and bands:
        axes.set_xticks(range(1, max(len(band.x) for band in bands) + 1))
    _plain_log_ticks(axes)
    legend(axes, len(bands))
    return figure


def _plain_log_ticks(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, ScalarFormatter

    for which in ("major", "minor"):
        formatter = ScalarFormatter()
        formatter.set_scientific(False)
        getattr(axes.yaxis, f"set_{which}_formatter")(formatter)
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5)))


def _bars(lines: Sequence[Line], dataset: str) -> Figure:
    ordered = list(reversed(lines))
    figure, axes = new_figure(9, 1.6 + 0.42 * len(lines))
    colour = colours(line.codec for line in lines)
    means = [100 * line.test_accuracy.mean for line in ordered]
    errors = [0.0 if line.seeds < 2 else 100 * line.test_accuracy.stderr for line in ordered]
    axes.barh(
        range(len(ordered)),
        means,
        xerr=errors,
        capsize=3,
        color=[colour[line.codec] for line in ordered],
        alpha=0.85,
        error_kw={"linewidth": 1.2},
    )
    if means:
        low, high = min(means), max(means)
        axes.set_xlim(max(0.0, low - 0.6 * (high - low) - 0.2), high + 0.25 * (high - low) + 0.1)
    for place, (mean, error) in enumerate(zip(means, errors, strict=True)):
        axes.text(mean + error, place, f" {mean:.2f}", va="center", fontsize=8)
    axes.set_yticks(range(len(ordered)), [line.label for line in ordered], fontsize=8)
    axes.set_xlabel("test accuracy, % (axis does not start at 0)")
    figure.suptitle(f"Test accuracy on {dataset} (mean over seeds, bar: standard error)")
    axes.grid(axis="y", visible=False)
    return figure


def _accuracy_vs_bytes(lines: Sequence[Line], dataset: str) -> Figure:
    figure, axes = new_figure(9, 6.5)
    colour = colours(line.codec for line in lines)
    edge = series.best(lines)
    axes.step(
        edge.x, [100 * y for y in edge.y], where="post", color="0.6", linewidth=5, alpha=0.35,
        label="frontier", solid_capstyle="round",
    )  # fmt: skip
    for curve in series.curves(lines):
        shade = colour[curve.lines[0].codec]
        axes.plot(curve.x, [100 * y for y in curve.y], color=shade, linewidth=0.9, alpha=0.7)
        for line in curve.lines:
            xs, ys = [x for x, _ in line.cells], [100 * y for _, y in line.cells]
            axes.scatter(xs, ys, s=9, color=colour[line.codec], alpha=0.5)
            _mark(axes, line, line.total_bytes, colour[line.codec])
    _log_bytes(axes)
    axes.set_ylabel("test accuracy, %")
    axes.set_title(f"Accuracy against bytes on {dataset} (dots: seeds, marks: their means)")
    legend(axes, len(lines) + 1)
    return figure


def _mark(axes: Axes, line: Line, x: float, shade: str, x_error: float | None = None) -> None:
    """A line's mean accuracy at `x`, with standard errors where there are seeds to have them."""
    axes.errorbar(
        x,
        100 * line.test_accuracy.mean,
        xerr=x_error,
        yerr=100 * line.test_accuracy.stderr if line.seeds > 1 else None,
        fmt=MARKERS[line.view],
        color=shade,
        markerfacecolor="white" if line.model != "cnn" else None,
        capsize=3,
        markersize=7,
        label=line.label,
    )


def _log_bytes(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("bytes per image, everything counted (log scale)")


def _informed(lines: Sequence[Line], dataset: str) -> Figure:
    """Accuracy against what the codes say of the label, with the least that Fano allows."""
    figure, axes = new_figure(9, 6.5)
    colour = colours(line.codec for line in lines)
    shown = series.informed(lines)
    for line in shown:
        assert line.label_bits is not None
        error = line.label_bits.stderr if line.seeds > 1 else None
        _mark(axes, line, line.label_bits.mean, colour[line.codec], error)
    x_range, y_range = axes.get_xlim(), axes.get_ylim()
    if (least := series.least_information(shown)) is not None:
        axes.plot(
            least.x, 100 * least.y, color="0.5", label="Fano: an accuracy takes these bits at least"
        )
    if entropy := shown[0].label_entropy:
        axes.axvline(entropy, color="0.5", linestyle=":", label="H(Y): all there is to know")
        x_range = (x_range[0], max(x_range[1], entropy + 0.03 * (entropy - x_range[0])))
    axes.set(xlim=x_range, ylim=y_range)
    axes.set_xlabel("I(Z;Y), lower end, bits (held-out log-loss of the calibrated network)")
    axes.set_ylabel("test accuracy, %")
    axes.set_title(f"Accuracy against information on the label, {dataset} (means over seeds)")
    legend(axes, len(shown) + 2)
    return figure


def _distorted(lines: Sequence[Line], dataset: str, variances: Variances) -> Figure:
    """Fidelity of decoded images against bytes, with what a Gaussian source would need."""
    figure, axes = new_figure(9, 6.5)
    colour = colours(line.codec for line in lines)
    shown = series.distortions(lines)
    points = [
        Point(line.marked, colour[line.codec], line.total_bytes, line.psnr or 0.0) for line in shown
    ]
    draw_distortions(axes, points, variances)
    _log_bytes(axes)
    axes.set_title(f"Rate against distortion on {dataset}")
    return figure
