"""A bag of records compared with a reference: could it have been drawn from there?

A part of the reference is learned from; bag and rest are then compared by a permutation test with
four statistics, whose level is exact for bags of any size:

    energy distance     of the bag from the rest: any difference, the more records the better
    atypical            records less typical than the reference's own
    too typical         records more typical than its own
    like another set    records that look like another candidate's, where there is one
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.identification.energy_distance import distances, energy_distances
from fewbytes.audits.identification.kernel_ridge import KernelRidge
from fewbytes.audits.identification.permutation import deviations, p_value, ranks, subsets
from fewbytes.audits.identification.typicality import Gaussian

ENERGY, ATYPICAL, TOO_TYPICAL, OTHER = (
    "energy distance", "atypical", "too typical", "like another set",
)  # fmt: skip

FARTHEST = 1e6
"""Deviations of the reference beyond which a value is as far as any."""

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Comparison:
    """What came out of one test."""

    p_value: float
    statistic: str
    """The one that sets the bag apart most."""
    deviations: float
    """By how many standard deviations of random subsets."""
    subsets: int
    """Subsets that it was ranked among, itself counted."""


@dataclass(frozen=True)
class Scores:
    """What was learned of a set, to compare others with it."""

    centre: NDArray[np.float64]
    spread: float
    typical: Gaussian
    likeness: KernelRidge | None

    @classmethod
    def of(cls, learned: Points, others: Sequence[Points] = ()) -> Scores:
        """Learned from records of the set (l, d), and of other sets, each (l_i, d)."""
        centre = learned.mean(0, dtype=np.float64)
        spread = float(np.sqrt(np.square(learned - centre).sum(1).mean())) or 1.0
        scaled = [_scaled(points, centre, spread) for points in (learned, *others)]
        likeness = KernelRidge.of(scaled) if others else None
        return cls(centre, spread, Gaussian.of(scaled[0]), likeness)

    def compared(
        self, bag: Points, rest: Points, *, count: int, seed: int, break_ties: bool = False
    ) -> Comparison:
        """Test whether `bag` (k, d) was drawn as `rest` (n, d) was; no record of `rest` was learned
        from. It is ranked among `count` random subsets; with `break_ties` the level is exact where
        codes are few.
        """
        pooled = _scaled(np.concatenate([bag, rest]), self.centre, self.spread)
        chosen = subsets(len(pooled), len(bag), count, seed)
        typical = self.typical.log_density(pooled)[chosen].mean(1)
        named = {
            ENERGY: energy_distances(distances(pooled), chosen),
            ATYPICAL: -typical,
            TOO_TYPICAL: typical,
        }
        if self.likeness is not None:
            named[OTHER] = -self.likeness.scores(pooled)[:, 0][chosen].mean(1)
        rng = np.random.default_rng([seed, 1]) if break_ties else None
        p = p_value(np.stack(list(named.values())), rng)
        firsts = {name: ranks(one)[0] for name, one in named.items()}
        farthest = min(named, key=lambda name: (firsts[name], -deviations(named[name])))
        return Comparison(p, farthest, deviations(named[farthest]), len(chosen))


def _scaled(points: Points, centre: NDArray[np.float64], spread: float) -> Points:
    near = np.clip((points - centre) / spread, -FARTHEST, FARTHEST)
    return near.astype(np.float32)
