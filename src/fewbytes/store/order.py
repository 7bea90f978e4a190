"""The order of records in an epoch: from (seed, epoch) alone, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def permutation(n: int, seed: int, epoch: int, stream: int = 0) -> NDArray[np.int64]:
    """The numbers 0 to n - 1 in an order drawn by (seed, epoch, stream).

    Each number gets random high bits and is sorted by them. The bits are Philox4x64-10's (Salmon
    et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), which NumPy promises never to
    change, as it does not promise of its shuffles.
    """
    bits = np.uint64((1 << max(1, (n - 1).bit_length())) - 1)
    source = np.random.Philox(counter=[0, 0, 0, stream], key=[seed, epoch])
    keys = source.random_raw(n)
    keys &= ~bits
    keys |= np.arange(n, dtype=np.uint64)
    keys.sort()
    keys &= bits
    return keys.view(np.int64)
