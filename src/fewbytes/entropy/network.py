"""A small network that predicts decisions from neighbours, computed in whole numbers.

    feature    each neighbour's symbol is looked up: a few numbers of 8 bits a symbol
    layer 1    weights of 8 bits, plus what row, column, channel and class add
    layer 2    weights of 8 bits
    decision   weights of 8 bits a node: log-odds in 64ths of a nat

After layers 1 and 2 the sum is divided by a power of two, rounded down, and brought into 0 to 255.
No sum passes 2^24, so 32-bit floats hold every one exactly: whatever the machine, its order of
summing and its threads, the probabilities are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.logistic import probability
from fewbytes.errors import CorruptError
from fewbytes.types import Labels, State

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
"""Whole numbers, held in floats."""

TOP = 255
"""Largest output of a unit."""

EXACT = 1 << 24
"""Below, 32-bit floats hold every whole number."""

AT_ONCE = 1 << 13
"""Records that pass through the layers together: what fits the processor's cache."""


@dataclass(frozen=True)
class Weights:
    """All that is learned: whole numbers. `symbols` stands for the alphabet and one more, for what
    lies outside the picture; the last class is for records whose class is not known.
    """

    features: NDArray[Any]
    """(symbols, F)"""
    first: NDArray[Any]
    """(neighbours F, U)"""
    rows: NDArray[Any]
    """(rows, U); like `columns`, `channels` and `classes`, in units of 2^shifts[0]"""
    columns: NDArray[Any]
    channels: NDArray[Any]
    classes: NDArray[Any]
    second: NDArray[Any]
    """(U, V)"""
    second_bias: NDArray[Any]
    decide: NDArray[Any]
    """(V, nodes)"""
    decide_bias: NDArray[Any]
    shifts: NDArray[Any]
    """of the places, and of the sums of the first layer, the second and the decision"""
    usual: NDArray[Any]

    AXES: ClassVar = {"second_bias": 1, "decide_bias": 1, "shifts": 1, "usual": 0}
    WIDE: ClassVar = {"second_bias": "i4", "decide_bias": "i4", "usual": "i2"}

    def state(self) -> State:
        """As tensors."""
        kinds = {f.name: self.WIDE.get(f.name, "i1") for f in fields(self)}
        return {
            name: torch.from_numpy(np.array(getattr(self, name), kind, order="C"))
            for name, kind in kinds.items()
        }

    @classmethod
    def of(cls, state: Mapping[str, torch.Tensor]) -> Weights:
        """The inverse of `state`. Raises CorruptError where a part is missing or no weights."""
        parts = {}
        for name in (f.name for f in fields(cls)):
            kind, axes = np.dtype(cls.WIDE.get(name, "i1")), cls.AXES.get(name, 2)
            part = state[name].numpy() if name in state else None
            if part is None or part.dtype != kind or part.ndim != axes:
                raise CorruptError(f"the predictor's {name} are missing or no weights")
            parts[name] = part
        return cls(**parts)


class Network:
    """The predictor of `entropy.lockstep` that these weights make."""

    def __init__(self, weights: Weights, causal: Causal, alphabet: int) -> None:
        self.decisions = Decisions(alphabet, int(weights.usual))
        _check(weights, causal, self.decisions)
        self.positions, self.outside = causal.table()
        self.features = weights.features.astype(np.int8)
        self.outputs = weights.second.shape[1]
        self._scales = np.ldexp(np.float32(1), -weights.shifts.astype(np.int32))
        places = causal.places
        of_place = (
            weights.rows[places[:, 0]].astype(np.float32)
            + weights.columns[places[:, 1]]
            + weights.channels[places[:, 2]]
        )
        self._of_place = of_place / self._scales[0]
        self._of_class = weights.classes.astype(np.float32) / self._scales[0]
        self._first, self._second, self._decide = (
            np.ascontiguousarray(table.T.astype(np.float32))
            for table in (weights.first, weights.second, weights.decide)
        )
        self._second_bias = weights.second_bias.astype(np.float32)[:, None]
        self._decide_bias = weights.decide_bias.astype(np.float32)

    def watch(self, positions: int, records: int) -> Watched:
        return Watched(self, positions, records)

    def probabilities(self, seen: Floats, rows: Numbers, nodes: Numbers) -> Numbers:
        if not nodes.any():
            sums = self._decide[0] @ seen
            sums = sums if len(rows) == seen.shape[1] else sums[rows]
        else:
            sums = np.einsum("ru,ru->r", np.ascontiguousarray(seen[:, rows].T), self._decide[nodes])
        return probability(np.floor((sums + self._decide_bias[nodes]) * self._scales[3]))

    def classes(self, records: int, labels: Labels | None) -> Numbers:
        """The rows of the classes' table for records with these labels."""
        unknown = len(self._of_class) - 1
        if labels is None:
            return np.full(records, unknown)
        return np.minimum(labels, unknown)

    def layers(self, position: int, features: Floats, classes: Numbers) -> Floats:
        """Outputs of the second layer (V, m) from neighbours' features (neighbours, F, m)."""
        sums = self._first @ features.reshape(self._first.shape[1], features.shape[2])
        sums += self._of_place[position][:, None]
        sums += self._of_class[classes].T
        hidden = _unit(sums, self._scales[1])
        sums = self._second @ hidden
        sums += self._second_bias
        return _unit(sums, self._scales[2])


class Watched:
    """The features of all symbols of a block so far, and what the network makes of them."""

    def __init__(self, network: Network, positions: int, records: int) -> None:
        self._network = network
        shape = (positions, network.features.shape[1], records)
        self._features = np.zeros(shape, np.int8)
        self._other = np.zeros((positions, records), np.bool_)  # than the usual symbol

    def note(self, position: int, symbols: NDArray[Any]) -> None:
        np.not_equal(symbols, self._network.decisions.usual, out=self._other[position])
        for place, feature in enumerate(self._network.features.T):
            np.take(feature, symbols, out=self._features[position, place], mode="clip")

    def look(self, position: int, rows: Numbers, labels: Labels | None) -> Floats:
        """Outputs of the second layer (V, m). Records whose neighbours are all the usual symbol
        differ in their class alone, and pass through but once a class.
        """
        neighbours = self._network.positions[position][~self._network.outside[position]]
        everyone = len(rows) == self._features.shape[2]
        other = self._other[neighbours].any(0)
        busy = np.flatnonzero(other if everyone else other[rows])
        idle = np.flatnonzero(~(other if everyone else other[rows]))
        classes = self._network.classes(len(rows), labels)
        _, one, kind = np.unique(classes[idle], return_index=True, return_inverse=True)
        shown = np.concatenate([busy, idle[one]])
        result = np.empty((self._network.outputs, len(rows)), np.float32)
        for start in range(0, len(shown), AT_ONCE):
            part = shown[start : start + AT_ONCE]
            features = self._around(position, part if everyone else rows[part])
            result[:, part] = self._network.layers(position, features, classes[part])
        result[:, idle] = result[:, idle[one]][:, kind]
        return result

    def _around(self, position: int, rows: Numbers) -> Floats:
        """Features of the neighbours of a position (neighbours, F, m)."""
        positions, outside = self._network.positions[position], self._network.outside[position]
        kinds = self._features.shape[1]
        result = np.empty((len(positions), kinds, len(rows)), np.float32)
        run = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        chosen = slice(rows[0], rows[-1] + 1) if run else rows
        for place, neighbour in enumerate(positions):
            for kind in range(kinds):
                if outside[place]:
                    result[place, kind] = self._network.features[-1, kind]
                else:
                    result[place, kind] = self._features[neighbour, kind, chosen]
        return result


def _unit(sums: Floats, scale: np.float32) -> Floats:
    """Sums divided by a power of two, rounded down, brought into 0 to TOP; in place."""
    np.multiply(sums, scale, out=sums)
    np.floor(sums, out=sums)
    return np.clip(sums, 0, TOP, out=sums)


def _check(weights: Weights, causal: Causal, decisions: Decisions) -> None:
    """Raise CorruptError where the weights do not fit the codes, or a sum could pass EXACT."""
    units, more = weights.second.shape if weights.second.ndim == 2 else (0, 0)
    features = weights.features.shape[-1]
    rows, columns, channels = causal.grid
    shapes = {
        "features": (decisions.alphabet + 1, features),
        "first": (len(causal.offsets) * features, units),
        "rows": (rows, units), "columns": (columns, units), "channels": (channels, units),
        "classes": (len(weights.classes), units),
        "second_bias": (more,), "decide": (more, decisions.nodes),
        "decide_bias": (decisions.nodes,), "shifts": (4,), "usual": (),
    }  # fmt: skip
    for name, shape in shapes.items():
        if getattr(weights, name).shape != shape or 0 in shape[-1:]:
            raise CorruptError(f"the predictor's {name} do not fit the codes")
    if not 0 <= decisions.usual < decisions.alphabet:
        raise CorruptError(f"the usual symbol {decisions.usual} is none of the alphabet")
    if not (len(weights.classes) and all(0 <= s <= 20 for s in weights.shifts.tolist())):
        raise CorruptError("the predictor's shifts are out of range")
    places = sum(
        float(np.abs(table.astype(np.float64)).max())
        for table in (weights.rows, weights.columns, weights.channels, weights.classes)
    )
    largest = (
        _largest(weights.first, np.abs(weights.features.astype(np.float64)).max())
        + places * 2.0 ** int(weights.shifts[0]),
        _largest(weights.second, TOP) + np.abs(weights.second_bias.astype(np.float64)).max(),
        _largest(weights.decide, TOP) + np.abs(weights.decide_bias.astype(np.float64)).max(),
    )
    if max(largest) >= EXACT:
        raise CorruptError("the predictor's sums could pass what floats hold exactly")


def _largest(weights: NDArray[Any], inputs: float) -> float:
    return float(np.abs(weights.astype(np.float64)).sum(0).max() * inputs)
