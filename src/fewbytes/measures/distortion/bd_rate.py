"""The Bjontegaard delta rate: how many per cent fewer bytes a codec takes for the same quality.

Between the qualities that both curves reach, the mean difference of the logarithm of the rate
(Bjontegaard 2001, VCEG-M33), as a percentage of the reference's rate. Below zero saves.

The curves between their points are guesses. Akima's piecewise cubics (1970) are the ones closest
to densely measured curves in Herglotz et al. 2024, and do not swing where a point stands out; the
interval says how much hangs on that choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.measurement import Means, Measurement

LEAST_POINTS = 4
"""Of a curve: what a cubic needs, and what VCEG-M33 is defined for."""

OVERLAP = 0.5
"""Of the qualities that either curve reaches: below it the figure speaks of a small part."""

SPREAD = 0.3
"""Decades of rate, a factor of two, above which interpolations differ too much to call one."""

MOST = 300
"""Decades of rate, below which a percentage is a float64."""

REFERENCE = (
    "Bjontegaard 2001, ITU-T SG16 VCEG-M33; Akima 1970, J. ACM 17(4); "
    "Herglotz et al. 2024, IEEE Trans. Image Process. 33 (The Bjontegaard Bible)"
)

Point = tuple[float, float]
Curve = NDArray[np.float64]
"""(2, points): rates and qualities, both rising."""
Interpolation = Callable[[Curve, Curve], Any]
"""Of points x and y: the integral, as a function of x."""


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

    Called unreliable where those differ by more than SPREAD, as on a curve that saturates: there
    the rate climbs almost straight up, and its points leave open where.

    Raises:
        InputError: fewer than LEAST_POINTS points, a rate or quality that is not a finite number, a
            rate of 0 or less, quality that does not rise with the rate, no common quality, or
            figures beyond what float64 holds.
        MissingExtraError: bjontegaard is not installed.
    """
    anchor, test = _curve(reference, "reference"), _curve(other, "other")
    start, end = max(anchor[1, 0], test[1, 0]), min(anchor[1, -1], test[1, -1])
    if end <= start:
        raise InputError(
            f"no common quality: the reference reaches {anchor[1, 0]:g} to {anchor[1, -1]:g}, "
            f"the other {test[1, 0]:g} to {test[1, -1]:g}"
        )
    anchor, test = _scaled(anchor, test)
    library, value = _library(), _difference(anchor, test, _akima)
    if not abs(value) < MOST:
        raise InputError(f"the curves are 10^{value:.0f} apart, beyond what float64 holds")
    figure = float(library(*anchor, *test, "akima", require_matching_points=False, min_overlap=0))
    spread = _spread(anchor, test, value)
    found = Measurement(
        "bd_rate", "%", figure,
        min(figure, _per_cent(value - spread)), max(figure, _per_cent(value + spread)),
        anchor.shape[1] + test.shape[1],
        "Akima interpolation of the logarithm of the rate (bjontegaard); ends by PCHIP, by a cubic "
        "and by leaving out points; no error of the points themselves",
        REFERENCE, Means.BOUNDS,
    )  # fmt: skip
    common = min(anchor[1, -1], test[1, -1]) - max(anchor[1, 0], test[1, 0])
    if common < OVERLAP:
        found = found.warned(
            f"the curves have {common:.0%} of their qualities in common; nothing is said of others"
        )
    if spread > SPREAD:
        found = found.doubted(
            f"interpolations of the curves are 10^{spread:.2g} apart; more points are needed"
        )
    return found


def _curve(points: Sequence[Point], which: str) -> Curve:
    try:
        listed = list(points)
        found = np.asarray(listed)
    except (TypeError, ValueError):
        raise InputError(f"{which}: points must be pairs of numbers (rate, quality)") from None
    if len(listed) < LEAST_POINTS:
        raise InputError(f"{which}: {len(listed)} points; a curve needs at least {LEAST_POINTS}")
    if found.dtype.kind not in "uif":
        raise InputError(f"{which}: points must be pairs of numbers (rate, quality)")
    found = found.astype(np.float64)
    if found.shape != (len(listed), 2) or not np.isfinite(found).all():
        raise InputError(f"{which}: a point must be (rate, quality), both finite")
    found = found[found[:, 0].argsort()].T
    if found[0, 0] <= 0:
        raise InputError(f"{which}: a rate must be above 0, not {found[0, 0]:g}")
    if not (found[:, 1:] > found[:, :-1]).all():
        raise InputError(f"{which}: quality must rise with the rate, from each point to the next")
    return found


def _scaled(*curves: Curve) -> list[Curve]:
    """The same with qualities from 0 to 1 over all curves, on which the figure does not depend."""
    low, high = min(c[1, 0] for c in curves), max(c[1, -1] for c in curves)
    # halved, for the span of two finite numbers need not be one
    scaled = [np.stack([c[0], (c[1] / 2 - low / 2) / (high / 2 - low / 2)]) for c in curves]
    if not all((np.diff(c[1]) > 0).all() for c in scaled):
        raise InputError(f"qualities of {low:g} to {high:g}: some are too close to be told apart")
    return scaled


def _without_one(curve: Curve) -> list[Curve]:
    """The curve without each of its inner points: the ends stay, and so the common qualities."""
    return [np.delete(curve, place, axis=1) for place in range(1, curve.shape[1] - 1)]


def _library() -> Callable[..., Any]:
    try:
        # imports matplotlib, which takes a second, so not before it is needed
        from bjontegaard import bd_rate as library
    except ImportError:
        raise MissingExtraError("bd_rate", "bjontegaard", "measure") from None
    found: Callable[..., Any] = library
    return found


def _spread(anchor: Curve, test: Curve, value: float) -> float:
    """How far other interpolations are from `value`, in decades of rate."""

    def apart(a: Curve, b: Curve, method: Interpolation = _akima) -> float:
        return abs(_difference(a, b, method) - value)

    choice = max(apart(anchor, test, method) for method in (_pchip, _cubic))
    left = max(apart(one, test) for one in _without_one(anchor))
    right = max(apart(anchor, one) for one in _without_one(test))
    return max(choice, left + right)


def _difference(anchor: Curve, test: Curve, method: Interpolation) -> float:
    """The mean difference of the decimal logarithm of the rates over the common qualities."""
    start, end = max(anchor[1, 0], test[1, 0]), min(anchor[1, -1], test[1, -1])
    integrals = []
    for rates, qualities in (anchor, test):
        whole = method(qualities, np.log10(rates))
        integrals.append(float(whole(end)) - float(whole(start)))
    return (integrals[1] - integrals[0]) / float(end - start)


def _akima(x: Curve, y: Curve) -> Any:
    return Akima1DInterpolator(x, y).antiderivative()


def _pchip(x: Curve, y: Curve) -> Any:
    return PchipInterpolator(x, y).antiderivative()


def _cubic(x: Curve, y: Curve) -> Any:
    # `full`, or points that lie close together warn: then the cubic only widens the interval
    return np.polynomial.Polynomial.fit(x, y, 3, full=True)[0].integ()


def _per_cent(exponent: float) -> float:
    """Of a rate that is 10^exponent of another; infinite where float64 does not hold it."""
    return (10**exponent - 1) * 100 if exponent < MOST else math.inf
