"""The data set named from 1 to 100 codes, the codec known.

An attacker who suspects some data sets codes images of each, learns to tell their codes apart
(kernel ridge regression), and names the set that the codes of a bag look like on average. Bags are
of every candidate alike, so that guessing is right once in as many times as there are candidates;
no record is in two bags.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import clopper_pearson, exactly, share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.identification.data_sets import around_zero, coded_sets, whole_codes
from fewbytes.audits.identification.kernel_ridge import KernelRidge
from fewbytes.measures.measurement import Measurement

SIZES = (1, 3, 10, 30, 100)
"""Codes in a bag."""

REFERENCE = "Saunders, Gammerman & Vovk 1998, ICML, eq. 9"

Named = Callable[[int], NDArray[np.bool_]]
"""Of a bag size, whether each bag was named rightly: as many bags of every data set."""


def trials(prefix: str, sets: int, named: Named, most: int, method: str) -> list[Trial]:
    """A trial for each size of bag, each with the whole curve as its exhibit: arrays `sizes`,
    `success`, `low`, `high` and `chance`, one figure a size, NaN where bags were too few.

    `most` are the records of each data set that can be put into bags.
    """
    found = [_figure(f"{prefix}{size}", sets, size, named, most, method) for size in SIZES]
    curve = {
        "sizes": np.array(SIZES),
        "success": _column([one.value for one in found]),
        "low": _column([one.low for one in found]),
        "high": _column([one.high for one in found]),
        "chance": np.full(len(SIZES), 1 / sets),
    }
    guess = f"one of {sets} data sets, each as likely"
    return [Trial(one, exactly(one.name, "share", 1 / sets, guess), exhibit=curve) for one in found]


def bags_of(points: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Points (m, d) cut into bags (m // size, size, d)."""
    count = len(points) // size
    return points[: count * size].reshape(count, size, -1)


def _figure(name: str, sets: int, size: int, named: Named, most: int, method: str) -> Measurement:
    bags = most // size * sets
    if not bags or clopper_pearson(bags, bags)[0] <= 1 / sets:
        return Measurement.unavailable(
            name, "share", f"{bags} bags of {size} records: too few to tell from chance", bags
        )
    right = named(size)
    return share(name, int(right.sum()), len(right), f"{method}; {sets} data sets", REFERENCE)


def _column(figures: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if one is None else one for one in figures])


def _run(exposure: Exposure, settings: Settings) -> list[Trial]:
    sets = around_zero(coded_sets(exposure, settings))
    ridge = KernelRidge.of([one.learned for one in sets])
    most = min(len(one.judged) for one in sets)
    scores = [ridge.scores(one.judged[:most]).astype(np.float32) for one in sets]

    def named(size: int) -> NDArray[np.bool_]:
        means = [bags_of(of_set, size).mean(1) for of_set in scores]
        return np.concatenate([mean.argmax(1) == place for place, mean in enumerate(means)])

    return trials("identification.bag_", len(sets), named, most, "mean kernel ridge score of a bag")


def in_words(size: int) -> str:
    """A bag."""
    return "one code" if size == 1 else f"{size} codes"


def _claim(size: int) -> Claim:
    codes = in_words(size)
    return Claim(
        title=f"Data set named from {codes}",
        unit="share",
        disclosed=f"Who has {codes}, the codec, with its secret key where it has one, and images "
        "of the data sets that it may be of can say which it is: right for {value} of bags ({low} "
        "to {high}; guessing: {chance}).",
        not_shown=f"From {codes} the data set was named no oftener than by guessing ({{value}}; "
        "guessing: {chance}).",
        covers="An attacker who knows the codec, with its secret key where it has one, has images "
        "of each data set in question, and supposes that the codes are of one of them, each as "
        "likely. Success of this attack; a better one may need fewer codes.",
    )


BAGS = Attack({f"identification.bag_{n}": _claim(n) for n in SIZES}, _run, null=whole_codes)
