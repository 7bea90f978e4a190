"""Codecs against the raw images: differences of accuracy, with intervals over seeds and images.

The interval is that of `fewbytes advise` (`advice/paired.py`): Student's over paired seeds, but
never narrower than the images alone allow, since two seeds that happen to agree prove nothing. What
a study keeps of the test split is what its networks predicted, without the labels; so where two
predictions of an image differ, one is taken to be right and the other wrong. That may widen an
interval, and cannot narrow it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.advice.paired import Paired
from fewbytes.report.page.reading import Contents
from fewbytes.studies.config import RAW
from fewbytes.studies.results import Row
from fewbytes.studies.summary import LEVEL, Line

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Gap:
    """Accuracy minus that of the raw images, a fraction, and the ends of its interval at LEVEL: NaN
    for one seed, or where predictions are gone.
    """

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.low)


def gaps(run: Contents) -> dict[str, Gap]:
    """By the lines' labels; the raw images, and what has no pair among them, are not there."""
    accuracy = "test_accuracy" if run.judged_on == "test" else "val_accuracy"
    done = {row["cell"]: row for row in run.rows if row["status"] == "ok"}
    raw = {(row["model"], row["seed"]): row for row in done.values() if row["codec"] == RAW}
    found = {}
    for line in run.lines:
        rows = [] if line.is_raw else [done[key] for key in line.keys]
        pairs = [(a, raw[a["model"], a["seed"]]) for a in rows if (a["model"], a["seed"]) in raw]
        if pairs:
            found[line.label] = _gap(run, line, pairs, accuracy)
    return found


def _gap(run: Contents, line: Line, pairs: list[tuple[Row, Row]], accuracy: str) -> Gap:
    differences = tuple(float(a[accuracy] - b[accuracy]) for a, b in pairs)
    mean, n = float(np.mean(differences)), len(differences)
    if line.psnr == math.inf and n > 1 and not any(differences):
        return Gap(0.0, 0.0, 0.0, n)  # the same images train the same networks
    kept = [(run.curves.get(a["cell"], {}), run.curves.get(b["cell"], {})) for a, b in pairs]
    differ = [_differing(a, b, run.judged_on) for a, b in kept]
    known = [one for one in differ if one is not None]
    if n < 2 or len(known) < n:
        return Gap(mean, math.nan, math.nan, n)
    images = float(np.mean([len(one) for one in known]))
    variances = [
        max(0.0, float(one.mean()) - gap**2) / len(one)
        for one, gap in zip(known, differences, strict=True)
    ]
    paired = Paired(differences, float(np.mean(variances)), images)
    turned = Paired(tuple(-gap for gap in differences), paired.image_variance, images)
    level = (1 + LEVEL) / 2
    return Gap(mean, paired.lower(level), -turned.lower(level), n)


def _differing(a: Arrays, b: Arrays, judged_on: str) -> NDArray[np.bool_] | None:
    """For every image that two networks of one seed were judged on, whether one of them may be
    right where the other is wrong; None where that was not kept, or the images were not the same.
    """
    names = ("test_predictions",) if judged_on == "test" else ("val_numbers", "val_right")
    if not all(_is_list(one.get(name)) for one in (a, b) for name in names):
        return None
    first, second = ([one[name] for name in names] for one in (a, b))
    if any(x.shape != y.shape for x, y in zip(first, second, strict=True)):
        return None
    if judged_on != "test":
        order, other = np.argsort(first[0]), np.argsort(second[0])
        if len(order) != len(first[1]) or not np.array_equal(first[0][order], second[0][other]):
            return None
        return np.asarray(first[1][order] != second[1][other])
    return np.asarray(first[0] != second[0])


def _is_list(array: NDArray[Any] | None) -> bool:
    return array is not None and array.ndim == 1 and array.size > 0 and array.dtype.kind in "biu"
