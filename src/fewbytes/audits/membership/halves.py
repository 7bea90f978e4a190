"""Which network is trained on which records: random halves, in complementary pairs.

For each pair of networks every record throws a fair coin; the first is trained on the heads, the
second on the tails, so that each record is in exactly half of an even number of networks. Where a
network is attacked with the others as shadows, its partner is left out: with it, a record that is
in half of all networks would betray by how many shadows hold it whether the target does too. The
coins of the pairs that are left say nothing of the target's.

Coins are thrown for each record by itself, as `epsilon_of_guesses` needs it; halves differ in size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError

FEWEST = 8
"""Networks: two of those that help are to hold each record, and two not, even where a pair is set
aside for the bound on epsilon and the others attack each other."""

Members = NDArray[np.bool_]


def halves(networks: int, records: int, seed: int | np.random.SeedSequence) -> Members:
    """Whether network i is trained on record j, (networks, records); networks 2 i and 2 i + 1 are
    partners.

    Raises:
        InputError: fewer than FEWEST networks.
    """
    if networks < FEWEST:
        raise InputError(f"{networks} shadow networks; the attacks need at least {FEWEST}")
    rng = np.random.default_rng(seed)
    heads = rng.integers(0, 2, (-(-networks // 2), records)).astype(bool)
    return np.stack([heads, ~heads], axis=1).reshape(-1, records)[:networks]
