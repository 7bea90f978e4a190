"""Fidelity against bytes, beside what a Gaussian source would need: for studies and for stores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fewbytes.report.drawing import legend
from fewbytes.report.study import series

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

Variances: TypeAlias = "NDArray[np.float64] | None"


@dataclass(frozen=True)
class Point:
    """A codec: what it is called, bytes an image, PSNR in dB (infinite where it is exact)."""

    label: str
    colour: str
    size: float
    psnr: float


def draw_distortions(axes: Axes, points: Sequence[Point], variances: Variances) -> None:
    """A mark for each codec, exact ones as triangles at the top; the bound of a Gaussian source of
    these variances along its principal axes, None where they are not known.
    """
    top = max((point.psnr for point in points if math.isfinite(point.psnr)), default=40.0) + 5
    for point in points:
        exact = math.isinf(point.psnr)
        axes.plot(
            point.size, min(point.psnr, top), "^" if exact else "o",
            color=point.colour, markersize=8,
            label=point.label + (" (exact: no finite PSNR)" if exact else ""),
        )  # fmt: skip
    if variances is not None:
        sizes = [point.size for point in points]
        bound = series.gaussian_bound(variances, min(sizes), max(sizes))
        within = bound.y <= top
        axes.plot(bound.x[within], bound.y[within], color="0.5", label=series.GAUSSIAN)
    axes.set_ylabel("PSNR of decoded images, dB")
    legend(axes, len(points) + (variances is not None))
