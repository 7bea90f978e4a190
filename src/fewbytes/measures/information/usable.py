"""Usable information: what a family of predictors can read of the labels in the codes.

Xu, Zhao, Song, Stewart, Ermon (2020), "A theory of usable information under computational
constraints", Definition 2: I_V(Z -> Y) = H_V(Y | nothing) - H_V(Y | Z), each the least expected
log-loss of any member of the family V. Pointwise values: Ethayarajh, Choi, Swayamdipta (2022),
"Understanding dataset difficulty with V-usable information", equation 4. A family that holds the
true posterior gives the mutual information I(Z; Y); none gives more.

The interval is meant to hold I_V of the family.

Low end. A fitted member's expected loss is no less than the family's least, so the mean pointwise
value on records that it never saw, less that mean's sampling error, bounds I_V from below.
Probabilities have a floor, so pointwise values are bounded, and the lower end of their expected
mean (`mean_low`) supposes nothing else of the losses. Parts are stratified: this
takes the labels' own sampling error away from between the parts, and leaves the bound on the safe
side. What knows no codes is here charged the entropy of the evaluated labels at most, which on
average is no more than H(Y).

High end. The least loss of a *linear* probe on the fit records is a convex problem; in expectation
it is no more than the family's least loss, and the family's best member strays from its own
expectation by an ordinary mean's sampling error (normal, deviation of the held-out values). With
fewer records than weights it is 0, and the end is H(Y). For the *other* families no such end is
known, and the high end is that of H(Y).

The floor under the probabilities is not in the linear family; where it would better the best linear
fit by more than the 0.0056 bits that it may cost (codes with far outliers), the high end is H(Y).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from fewbytes.measures.information.probes import (
    Probe,
    Records,
    check_records,
    family_named,
    fit_probe,
    some_records,
    three_parts,
)  # fmt: skip
from fewbytes.measures.information.probes.calibration import FLOOR, floored
from fewbytes.measures.information.probes.concentration import (
    TAIL,
    entropy_interval,
    frequency_divergence,
    mean_low,
    plug_in_entropy,
)  # fmt: skip
from fewbytes.measures.measurement import Means, Measurement
from fewbytes.types import Labels

LEAST_RECORDS = 50
MOST_RECORDS = 20_000

REFERENCE = "Xu et al. 2020, Definition 2; Ethayarajh et al. 2022, equation 4"

_NO_HIGH_END = "the high end is that of H(Y): no upper end of what such a family can read is known"

_FLOORED = (
    "the floor under the probabilities betters the best linear fit, as it does for codes with far "
    "outliers: the high end is that of H(Y)"
)


@dataclass(frozen=True)
class Usable:
    """Usable information with what it was computed from."""

    measurement: Measurement
    """`usable.<family>`, in bits: value the mean pointwise value, 0 where that is negative."""
    pointwise: NDArray[np.float64]
    """log2 p(y | z) / q(y) of each evaluated record (m,), in bits; q the label frequencies."""
    records: NDArray[np.int64]
    """Numbers of the evaluated records (m,)."""
    log_probabilities: NDArray[np.float64]
    """Of the classes, for the evaluated records (m, classes), in nats."""
    labels: Labels
    """Of the evaluated records (m,)."""
    counts: NDArray[np.int64]
    """All records given, evaluated or not, by class (classes,); zeros of classes never seen."""
    reach: tuple[float, float]
    """The least and the greatest bits that a pointwise value could have been."""
    excess: float
    """Bits by which the frequencies' loss on the evaluated labels exceeds these labels' entropy."""

    @property
    def family(self) -> str:
        """The family's name."""
        return self.measurement.name.partition(".")[2]

    def low(self, failure: float) -> float:
        """A lower end, in bits, of what the family can read; wrong with probability `failure`."""
        return max(0.0, mean_low(self.pointwise, *self.reach, failure) - self.excess)

    @property
    def errors(self) -> int:
        """How many of the evaluated records' most probable class is not theirs."""
        return int((self.log_probabilities.argmax(1) != self.labels).sum())


def usable_information(
    values: NDArray[Any],
    labels: NDArray[Any],
    *,
    family: str,
    picture: bool = False,
    classes: int | None = None,
    seed: int = 0,
    records: int = MOST_RECORDS,
) -> Usable:
    """Bits of the labels (n,) that probes of `family` read in values (n, *shape).

    `picture`: shape is (height, width, channels). `classes`: how many there are, seen or not; those
    up to the largest label without it, and the high end then supposes that there are no more. At
    most `records` records, drawn by the seed, are
    fitted, calibrated and evaluated on: 70, 10 and 20 % of each class.

    Raises:
        InputError: fewer than 50 records, a class with fewer than 3, one class only, values or
            labels that cannot be used, an unknown family, or one that cannot take such values.
    """
    every = check_records(values, labels, classes, LEAST_RECORDS)
    chosen = family_named(family, every.shape, picture)
    rows = some_records(len(every), records, seed)
    parts = three_parts(every.labels[rows], seed)
    fitting, calibrating, held = (every.taken(rows[part]) for part in parts)
    probe = fit_probe(chosen, fitting, calibrating, seed)
    logs, pointwise, excess = probe.judge(held)
    found = Usable(
        Measurement.unavailable(f"usable.{family}", "bits", ""),
        pointwise, rows[parts.evaluate], logs, held.labels,
        every.counts, probe.reach(every.counts), excess,
    )  # fmt: skip
    return _measured(found, *_high_end(found, probe, fitting))


def _measured(found: Usable, high: float, warnings: tuple[str, ...]) -> Usable:
    mean = float(found.pointwise.mean())
    if mean < 0:
        warnings += (
            f"the held-out mean was {mean:.4f} bits: the probe learned nothing that lasts",
        )
    low = min(found.low(TAIL), high)
    measurement = Measurement(
        found.measurement.name, "bits", min(max(mean, low), high), low, high, len(found.pointwise),
        f"{found.family} probe, temperature-scaled, floor {FLOOR:.4f}; held-out mean, "
        "low end by betting",
        REFERENCE, Means.BOUNDS, warnings=warnings,
    )  # fmt: skip
    return replace(found, measurement=measurement)


def _high_end(found: Usable, probe: Probe, fitting: Records) -> tuple[float, tuple[str, ...]]:
    """Bits that the family can read at most, and what is to be said of that."""
    optimum = probe.scorer.optimum(fitting)
    if optimum is None:
        return entropy_interval(found.counts, TAIL)[2], (_NO_HIGH_END,)
    failure = TAIL / 3
    entropy = entropy_interval(found.counts, failure)[2]
    rows = np.arange(len(fitting))
    plain = optimum.log_probabilities
    gain = (floored(plain, probe) - plain)[rows, fitting.labels].mean() / math.log(2)
    n = len(fitting)
    nats = frequency_divergence(n, len(found.counts), failure) - optimum.loss
    stray = float(ndtri(1 - failure) * found.pointwise.std(ddof=1)) / math.sqrt(n)
    high = plug_in_entropy(fitting.counts) + nats / math.log(2) + stray + max(0.0, float(gain))
    if gain > -math.log2(1 - FLOOR) or found.low(TAIL) > high:
        return entropy, (_FLOORED,)
    if high >= entropy:
        return entropy, (f"the best linear fit to {n} records bounds nothing below H(Y)",)
    return max(0.0, high), ()
