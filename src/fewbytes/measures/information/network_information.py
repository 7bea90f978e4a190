"""What a trained network proves that its inputs say of the label: from its logits on images that it
was not trained on.

A third of the images calibrates the network (its temperature), and all others are judged together:
two halves that calibrate each other would need two bets, each on half of the images and at half of
the failure probability. A proof of m bits by n images costs a few nats whatever the network is, as
none may show an image of the greatest loss; so that the floor under the probabilities, which limits
that loss, is chosen by n. The rest is as for any probe: see `usable` and `label_information`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.measures.information.label_information import BARBER_AGAKOV
from fewbytes.measures.information.probes import Family, Records, check_records, fit_probe
from fewbytes.measures.information.probes.concentration import (
    SHARES,
    TAIL,
    entropy_interval,
    mean_low,
)  # fmt: skip
from fewbytes.measures.information.probes.contract import Scorer, Values
from fewbytes.measures.measurement import Means, Measurement
from fewbytes.types import Labels

LEAST_RECORDS = 40

FEW_RECORDS = 400
"""Judged images, with fewer of which the low end is far from what the network reads."""

LARGEST_FLOOR = 0.2


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
    cut = len(order) // 3
    held = records.taken(order[cut:])
    high = entropy_interval(records.counts, TAIL)[2]
    low = max(0.0, _low(records.taken(order[:cut]), held, seed))
    found = Measurement(
        "label_information.network", "bits", None, min(low, high), high, len(held),
        "low: log-loss of the network on two thirds of the images, calibrated on the others, "
        "betting low end; high: H(Y)",
        BARBER_AGAKOV, Means.BOUNDS,
    )  # fmt: skip
    if not low:
        found = found.warned(f"{len(held)} judged images prove nothing of what the network reads")
    elif len(held) < FEW_RECORDS:
        found = found.warned(f"{len(held)} judged images: the low end proves little, however good")
    if low > high:
        found = found.doubted(f"logits prove {low:.4g} bits, more than the {high:.4g} of H(Y)")
    return found


def _low(calibrating: Records, held: Records, seed: int) -> float:
    """Bits proven."""
    probe = fit_probe(_Given(), calibrating, calibrating, seed)
    # a floor f costs f / ln 2 bits of every image at most, and log2(1 / f) times the nats of a
    # bet's stake by the number of images: the least sum is where f is the latter ratio
    stake = math.log(len(SHARES) / TAIL) / len(held)
    probe = replace(probe, floor=max(probe.floor, min(stake, LARGEST_FLOOR)))
    _, pointwise, excess = probe.judge(held)
    return mean_low(pointwise, *probe.reach(calibrating.counts + held.counts), TAIL) - excess


class _Given(Family, Scorer):
    """Values that are scores already."""

    name = "network"

    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        """Nothing is left to fit."""
        return self

    def scores(self, values: Values) -> NDArray[np.float64]:
        return values.astype(np.float64)
