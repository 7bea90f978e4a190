"""Records that agree so far: runs of sorted records, split by one decision after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Runs of records: group i holds `size[i]` records from `first[i]` on. Together they tile the
    block. Records whose order matters are groups of one.
    """

    first: Numbers
    size: Numbers

    @classmethod
    def alone(cls, records: int) -> Groups:
        """Every record by itself."""
        return cls(np.arange(records), np.ones(records, np.int64))

    @classmethod
    def runs(cls, values: NDArray[np.integer]) -> Groups:
        """Runs of equal values (n,)."""
        first = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
        return cls(first, np.diff(first, append=len(values)))

    def __len__(self) -> int:
        return len(self.first)

    def spread(self, values: Numbers) -> Numbers:
        """A value for each record (n,) from one for each group."""
        return values if self.single else np.repeat(values, self.size)

    @property
    def single(self) -> bool:
        """Whether every group is one record."""
        return not len(self) or int(self.size.max()) == 1

    def ones(self, bits: NDArray[np.bool_]) -> Numbers:
        """How many records of each group have a 1 in `bits` (n,)."""
        if self.single:
            return bits[self.first].astype(np.int64)
        total = np.concatenate([[0], np.cumsum(bits)])
        result: Numbers = total[self.first + self.size] - total[self.first]
        return result

    def take(self, rows: Numbers) -> Groups:
        """Some of the groups, which then tile a part of the block."""
        return Groups(self.first[rows], self.size[rows])


def split(groups: Groups, ones: Numbers) -> tuple[Groups, Numbers, Numbers]:
    """The groups after a decision in which the last `ones` records of each went the way of a 1.

    Returns:
        the new groups, sorted; the decision of each; the old group that each came from.
    """
    if groups.single:
        return groups, ones, np.arange(len(groups))
    zeros = groups.size - ones
    first = np.stack([groups.first, groups.first + zeros], 1).ravel()
    size = np.stack([zeros, ones], 1).ravel()
    kept = size > 0
    bits = np.tile(np.array([0, 1]), len(groups))[kept]
    return Groups(first[kept], size[kept]), bits, np.repeat(np.arange(len(groups)), 2)[kept]
