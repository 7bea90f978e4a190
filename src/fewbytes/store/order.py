"""The order of records in an epoch: from (seed, epoch) alone, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def permutation(n: int, seed: int, epoch: int, stream: int = 0) -> NDArray[np.int64]:
    """The numbers 0 to n - 1 in an order drawn by (seed, epoch, stream).

    Each number draws a key and is sorted by it, 16 bits at a time (a radix sort, which is quicker
    than a shuffle); keys are so long that even one tie, which leaves two numbers as they were, is
    unlikely. The bits are Philox4x64-10's (Salmon et al. 2011, "Parallel random numbers: as easy
    as 1, 2, 3"), which NumPy promises never to change, as it does not promise of its shuffles.
    """
    digits = max(1, -(-2 * n.bit_length() // 16))  # n^2 / 2 pairs could tie
    source = np.random.Philox(counter=[0, 0, 0, stream], key=[seed, epoch])
    words = source.random_raw(-(-n * digits // 4)).astype("<u8", copy=False)
    keys = words.view("<u2")[: n * digits].reshape(digits, n)
    order = np.argsort(keys[0], kind="stable")
    for digit in keys[1:]:
        order = order[np.argsort(digit[order], kind="stable")]
    return order
