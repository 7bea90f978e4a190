"""What a trained network proves that its inputs say of the label: from its logits on images that it
was not trained on.

Each half of the images calibrates the network (temperature, floor) for the other, so that every
image is judged and none by a calibration that has seen it. The rest is as for any probe: see
`usable` and `label_information`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.measures.label_information import BARBER_AGAKOV
from fewbytes.measures.measurement import Means, Measurement
from fewbytes.measures.probes import Family, Records, check_records, fit_probe
from fewbytes.measures.probes.concentration import (
    TAIL,
    entropy_interval,
    mean_low,
    plug_in_entropy,
)  # fmt: skip
from fewbytes.measures.probes.contract import Scorer, Values
from fewbytes.types import Labels

LEAST_RECORDS = 40


def network_information(
    logits: NDArray[Any], labels: Labels, *, classes: int, seed: int = 0
) -> Measurement:
    """I(Z; Y) between the least that the network's logits (n, classes) prove and H(Y), bits:
    `label_information.network`. `labels` (n,) are those of images it was not trained on.

    Raises:
        InputError: fewer than 40 images, one class only, or logits that are not finite numbers.
    """
    records = check_records(logits, labels, classes, LEAST_RECORDS)
    order = np.random.default_rng(seed).permutation(len(records))
    halves = [records.taken(rows) for rows in np.array_split(order, 2)]
    ends = [_low(halves[0], halves[1], seed), _low(halves[1], halves[0], seed)]
    high = entropy_interval(records.counts, TAIL)[2]
    low = min(high, max(0.0, sum(ends) / 2))
    return Measurement(
        "label_information.network", "bits", None, low, high, len(records),
        "low: held-out log-loss of the network, each half calibrated on the other, betting "
        "low end; high: H(Y)",
        BARBER_AGAKOV, Means.BOUNDS,
    )  # fmt: skip


def _low(calibrating: Records, held: Records, seed: int) -> float:
    """Bits proven by one half."""
    probe = fit_probe(_Given(), calibrating, calibrating, seed)
    told = np.take_along_axis(probe.log_probabilities(held.values), held.labels[:, None], 1)[:, 0]
    untold = probe.log_frequencies[held.labels]
    pointwise = (told - untold) / math.log(2)
    # what knows no codes is charged the entropy of these labels at most, as in `usable`
    excess = max(0.0, -float(untold.mean()) / math.log(2) - plug_in_entropy(held.counts))
    reach = probe.reach(calibrating.counts + held.counts)
    return mean_low(pointwise, *reach, TAIL / 2) - excess


class _Given(Family, Scorer):
    """Values that are scores already."""

    name = "network"

    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        """Nothing is left to fit."""
        return self

    def scores(self, values: Values) -> NDArray[np.float64]:
        return values.astype(np.float64)
