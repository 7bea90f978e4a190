"""RMIA: is a record more probable under the target than under reference networks, and more so
than records of the population are?

Zarifzadeh, Liu & Shokri 2024, "Low-cost high-power membership inference attacks":

    score(x) = Pr over z [ (p(x | target) / p(x)) / (p(z | target) / p(z)) >= gamma ]

where p(. | network) is the probability of the true label and p(.) its mean over reference networks.
This is the online attack: half of the references hold x, so that no constant has to stand in for
them. No network holds any z. Each network in turn is the target, and those that are neither it nor
its partner are the references. Ratios are of the probabilities that networks give: how sure one is
of all records is in those of x and of z alike.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from fewbytes.audits.membership.shadows import Floats, Shadows

GAMMA = 2.0
"""The paper's choice."""

_TINY = 1e-300
"""Least probability: below it a ratio would be 0 / 0."""


def rmia(shadows: Shadows) -> Floats:
    """Share of the population that each record dominates under each network, (networks, n)."""
    records = np.maximum(expit(shadows.confidence), _TINY)
    population = np.maximum(expit(shadows.population), _TINY)
    references = shadows.helped(np.ones_like(population))
    x = records / (_mean(shadows, records, inside=True) + _mean(shadows, records, inside=False))
    z = np.sort(population / (shadows.helped(population) / references), axis=1)
    dominated = [
        np.searchsorted(GAMMA * low, 2 * own, side="right") for low, own in zip(z, x, strict=True)
    ]
    scores: Floats = np.stack(dominated) / z.shape[1]
    return scores


def _mean(shadows: Shadows, probability: Floats, *, inside: bool) -> Floats:
    """Over the references of each network that hold a record, or that do not, (networks, n)."""
    counted = shadows.members == inside
    return shadows.helped(np.where(counted, probability, 0)) / shadows.helped(counted)
