"""How many more bytes one family of codecs takes than another at equal fidelity: BD-rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.distortion.bd_rate import LEAST_POINTS, bd_rate
from fewbytes.report.study.series import distortions, family
from fewbytes.studies.summary import Line

Curve = list[tuple[float, float]]


def rate_differences(lines: Sequence[Line]) -> list[str]:
    """A line for each pair of families, such as the steps of a sweep, of which enough codecs were
    studied: the mean difference of bytes at equal PSNR, or why there is none.
    """
    curves = {
        name: points for name, points in _curves(lines).items() if len(points) >= LEAST_POINTS
    }
    try:
        return [_difference(*a, *b) for a, b in combinations(curves.items(), 2)]
    except MissingExtraError as error:
        return [str(error)]


def _curves(lines: Sequence[Line]) -> dict[str, Curve]:
    """Bytes an image and PSNR of each lossy codec, by family."""
    curves: dict[str, Curve] = {}
    for line in distortions(lines):
        height = line.psnr
        if height is not None and math.isfinite(height):
            curves.setdefault(family(line.codec), []).append((line.total_bytes, height))
    return curves


def _difference(reference: str, anchor: Curve, other: str, points: Curve) -> str:
    pair = f"{other} against {reference}"
    try:
        found = bd_rate(anchor, points)
    except InputError as error:
        return f"Bytes at equal PSNR, {pair}: not comparable: {error}."
    doubt = "".join(f"; {warning}" for warning in found.warnings)
    return (
        f"Bytes at equal PSNR, {pair} (BD-rate): {found.value:+.1f} % "
        f"[{found.low:+.1f}, {found.high:+.1f}]{doubt}."
    )
