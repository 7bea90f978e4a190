"""Figures as people read them, wherever they are shown."""

from __future__ import annotations

import math

from fewbytes.studies.summary import Estimate


def percent(estimate: Estimate) -> str:
    """`99.53 ± 0.02` in per cent: mean and standard error; the mean alone for one seed, a dash
    where nothing was tested.
    """
    if estimate.n == 0:
        return "—"
    error = "" if math.isnan(estimate.stderr) else f" ± {100 * estimate.stderr:.2f}"
    return f"{100 * estimate.mean:.2f}{error}"


def size(bytes: int) -> str:
    """`47.1 MB`: three digits and a unit of 1,000."""
    value, units = float(bytes), ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    digits = 0 if units[0] == "B" or value >= 99.95 else 1
    return f"{value:.{digits}f} {units[0]}"
