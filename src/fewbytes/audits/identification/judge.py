"""The test that decides whether a bag is of a candidate: what `identify` runs, and `halves` checks.

A candidate's records are split into those learned from and those compared with. The first are used
but where they are among the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.census import hashed
from fewbytes.audits.identification.candidates import Points
from fewbytes.audits.identification.comparison import Comparison, Scores

LEAST_SUBSETS = 1_999


@dataclass(frozen=True)
class Judge:
    """One candidate, and the others that a bag may look like."""

    learned: Points
    """(l, d)."""
    others: Sequence[Points] = ()
    """Each (l_i, d)."""
    _kept: dict[bytes, Scores] = field(default_factory=dict, repr=False)

    def compared(
        self, bag: Points, rest: Points, *, seed: int, count: int = LEAST_SUBSETS
    ) -> Comparison:
        """The test of a bag (k, d) against records (n, d) of the candidate that were not learned
        from, among `count` random subsets.
        """
        unseen = self._unseen(np.concatenate([bag, rest]))
        if (which := unseen.tobytes()) not in self._kept:
            self._kept[which] = Scores.of(self.learned[unseen], self.others)
        return self._kept[which].compared(bag, rest, count=count, seed=seed)

    def _unseen(self, pooled: Points) -> NDArray[np.bool_]:
        """Which of the records learned from are none of those that are compared (n, d).

        What the codes were made of may be among the images drawn to learn from, but none of the
        reference is: to learn from it would set the bag apart. Where codes are so few that most are
        there many times, the reference is no better off, and all are kept.
        """
        unseen = ~np.isin(hashed(self.learned), hashed(pooled))
        return unseen if 2 * unseen.sum() >= len(self.learned) else np.ones_like(unseen)
