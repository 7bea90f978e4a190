"""The Bjontegaard delta rate: how many per cent fewer bytes a codec takes for the same quality.

Between the qualities that both curves reach, the mean difference of the logarithm of the rate
(Bjontegaard 2001, VCEG-M33), as a percentage of the reference's rate. Below zero saves.

The curves between their points are guesses. Akima's piecewise cubics (1970) are the ones closest
to densely measured curves in Herglotz et al. 2024, and do not swing where a point stands out; the
interval says how much hangs on that choice.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.measurement import Means, Measurement

LEAST_POINTS = 4
"""Of a curve: what a cubic needs, and what VCEG-M33 is defined for."""

OVERLAP = 0.5
"""Of the qualities that either curve reaches: below it the figure speaks of a small part."""

REFERENCE = (
    "Bjontegaard 2001, ITU-T SG16 VCEG-M33; Akima 1970, J. ACM 17(4); "
    "Herglotz et al. 2024, IEEE Trans. Image Process. 33 (The Bjontegaard Bible)"
)

Point = tuple[float, float]
Curve = NDArray[np.float64]
"""(2, points): rates and qualities, both rising."""


def bd_rate(reference: Sequence[Point], other: Sequence[Point]) -> Measurement:
    """How many per cent more rate than `reference` the codec `other` takes: `bd_rate`, "%".

    Both are points (rate, quality), in any order: a rate above 0 of any unit, the same for both,
    and a quality that rises with it, such as dB of PSNR or a fraction of right answers. `n` is the
    points of both curves.

    The interval is about interpolation alone: in the logarithm, to either side, the most that
    another interpolation of the same points differs (PCHIP, Fritsch & Butland 1984; Bjontegaard's
    cubic), and for each curve the most that leaving out one of its inner points changes. A point
    left out leaves a gap twice as wide, so it costs more than the curve between points can hide
    where the curves are smooth on the scale of their points. Errors of the points are not in it.

    Raises:
        InputError: fewer than LEAST_POINTS points, a rate or quality that is not finite, a rate of
            0 or less, quality that does not rise with the rate, no common quality.
        MissingExtraError: bjontegaard is not installed.
    """
    anchor, test = _curve(reference, "reference"), _curve(other, "other")
    start, end = max(anchor[1, 0], test[1, 0]), min(anchor[1, -1], test[1, -1])
    if end <= start:
        raise InputError(
            f"no common quality: the reference reaches {anchor[1, 0]:g} to {anchor[1, -1]:g}, "
            f"the other {test[1, 0]:g} to {test[1, -1]:g}"
        )
    delta = _differ()
    value = delta(anchor, test, "akima")
    choice = max(abs(delta(anchor, test, method) - value) for method in ("pchip", "cubic"))
    left = max(abs(delta(one, test, "akima") - value) for one in _without_one(anchor))
    right = max(abs(delta(anchor, one, "akima") - value) for one in _without_one(test))
    spread = max(choice, left + right)
    common = (end - start) / (max(anchor[1, -1], test[1, -1]) - min(anchor[1, 0], test[1, 0]))
    found = Measurement(
        "bd_rate", "%", _per_cent(value), _per_cent(value - spread), _per_cent(value + spread),
        anchor.shape[1] + test.shape[1],
        "Akima interpolation of the logarithm of the rate (bjontegaard); ends by PCHIP, by a cubic "
        "and by leaving out points; no error of the points themselves",
        REFERENCE, Means.BOUNDS,
    )  # fmt: skip
    if common < OVERLAP:
        found = found.warned(
            f"the curves have {common:.0%} of their qualities in common; nothing is said of others"
        )
    return found


def _curve(points: Sequence[Point], which: str) -> Curve:
    if len(points) < LEAST_POINTS:
        raise InputError(f"{which}: {len(points)} points; a curve needs at least {LEAST_POINTS}")
    found = np.asarray(points, dtype=np.float64)
    if found.shape != (len(points), 2) or not np.isfinite(found).all():
        raise InputError(f"{which}: a point must be (rate, quality), both finite")
    found = found[found[:, 0].argsort()].T
    if found[0, 0] <= 0:
        raise InputError(f"{which}: a rate must be above 0, not {found[0, 0]:g}")
    if not (np.diff(found) > 0).all():
        raise InputError(f"{which}: quality must rise with the rate, from each point to the next")
    return found


def _without_one(curve: Curve) -> list[Curve]:
    """The curve without each of its inner points: the ends stay, and so the common qualities."""
    return [np.delete(curve, place, axis=1) for place in range(1, curve.shape[1] - 1)]


def _differ() -> Callable[[Curve, Curve, str], float]:
    """The mean difference of the decimal logarithm of the rates."""
    try:
        # imports matplotlib, which takes a second, so not before it is needed
        from bjontegaard import bd_rate as library
    except ImportError:
        raise MissingExtraError("bd_rate", "bjontegaard", "measure") from None

    def delta(anchor: Curve, test: Curve, method: str) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an ill-conditioned cubic only widens the interval
            found = library(
                *anchor, *test, method, require_matching_points=False, min_overlap=0
            )  # fmt: skip
        return math.log10(1 + float(found) / 100)

    return delta


def _per_cent(exponent: float) -> float:
    return (10**exponent - 1) * 100
