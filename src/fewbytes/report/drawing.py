"""What all plots share: figures without clutter, legends below, PNG without a time stamp."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plots_available() -> bool:
    """Whether plots can be drawn here: matplotlib is installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    del mpl
    return True


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with one pair of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The figure as a file, the same bytes for the same figure."""
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def legend(axes: Axes, entries: int) -> None:
    """Below the axes, in one column or two."""
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.13),
        ncols=1 if entries <= 4 else 2,
        fontsize=8,
        frameon=False,
    )
