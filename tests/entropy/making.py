"""Codes and predictors that any version of NumPy makes alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.network import Weights
from fewbytes.types import Labels


def pattern(shape: tuple[int, ...], largest: int, start: int = 1) -> NDArray[np.int64]:
    """Whole numbers from -largest to largest that look like noise."""
    count = np.arange(start, start + int(np.prod(shape)), dtype=np.int64)
    mixed = (count * count * 2654435761 + count * 40503) >> 7
    return (mixed % (2 * largest + 1) - largest).reshape(shape)


def blobs(n: int, shape: tuple[int, ...], alphabet: int) -> tuple[NDArray[Any], Labels]:
    """Codes (n, *shape) with runs of equal symbols, a few of them twice, and labels (n,)."""
    noise = np.abs(pattern((n, *shape), 4 * alphabet))
    codes = np.where(noise < alphabet, noise, 0)
    codes[:, 1::2] = codes[:, : codes.shape[1] // 2 * 2 : 2]
    codes[n // 2 : n // 2 + n // 4] = codes[: n // 4]
    labels = np.abs(pattern((n,), 2, start=99))
    labels[n // 2 : n // 2 + n // 4] = labels[: n // 4]
    return codes.astype(np.uint8 if alphabet <= 256 else "<u2"), labels


def some_weights(causal: Causal, alphabet: int, units: int = 6, classes: int = 3) -> Weights:
    """Weights of a predictor that fits codes of a shape; they predict nothing in particular."""
    features, nodes = 2, Decisions(alphabet, 0).nodes
    rows, columns, channels = causal.grid
    return Weights(
        features=pattern((alphabet + 1, features), 30),
        first=pattern((len(causal.offsets) * features, units), 90),
        rows=pattern((rows, units), 60),
        columns=pattern((columns, units), 60, 7),
        channels=pattern((channels, units), 60, 9),
        classes=pattern((classes + 1, units), 100),
        second=pattern((units, units), 80),
        second_bias=pattern((units,), 3000),
        decide=pattern((units, nodes), 70),
        decide_bias=pattern((nodes,), 2000),
        shifts=np.array([4, 7, 6, 5]),
        usual=np.array(0),
    )
