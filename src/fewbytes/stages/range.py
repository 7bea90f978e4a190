"""range: entropy coding by position, with tables of whole numbers fitted on the training images.

Each position of a code has its own distribution, each class its own departure from it. A table
entry is kept only where it saves more bits than it costs (minimum description length, Rissanen
1978): what the position adds to all positions' common table, and what the class adds to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.codecs import Symbols, option
from fewbytes.codecs.labelled import ORDERS
from fewbytes.codecs.squeeze import squeeze, unsqueeze
from fewbytes.entropy import LockstepCoder
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.logistic import STEPS, log_odds, probability
from fewbytes.errors import CorruptError
from fewbytes.types import Labels, State

FINENESS = 8
"""Log-odds in a table are 8ths of a nat: finer costs more than it saves."""

ENTRY_BITS = 10
"""What an entry has to save. It takes about so many, place and value together."""

MOST_COUNTS = 1 << 23
"""Counters kept while fitting: 64 MiB. Where there are more, classes share theirs."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Range(LockstepCoder):
    """Codes each decision with the probability that its position and class had in training."""

    name = "range"
    learned = True

    order: str = option("free", "free sorts the records, keep does not", choices=ORDERS)

    def __post_init__(self) -> None:
        self.require(self.order in ORDERS, f"order is {' or '.join(ORDERS)}, not {self.order!r}")

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        self.require(
            _most_classes(symbols) >= 1,
            f"has no room for tables of {symbols.size:,} symbols an image, each of "
            f"{symbols.alphabet:,}; quantize more coarsely, or use context or zstd",
        )

    def statistic(self, x: torch.Tensor, signal: Symbols, seed: int) -> State:
        return self.labelled_statistic(x, None, signal, seed)

    def labelled_statistic(
        self, x: torch.Tensor, labels: torch.Tensor | None, signal: Symbols, seed: int
    ) -> State:
        """Counts of symbols by class and position, (classes, positions, alphabet)."""
        assert signal.alphabet is not None
        classes = 1 if labels is None else int(labels.max()) + 1
        shared = classes > _most_classes(signal)
        if shared:
            classes = 1
        cells = torch.arange(signal.size, device=x.device) * signal.alphabet + x.reshape(
            len(x), signal.size
        )
        if labels is not None and classes > 1:
            cells = cells + labels.to(x.device)[:, None] * (signal.size * signal.alphabet)
        total = classes * signal.size * signal.alphabet
        counts = torch.bincount(cells.reshape(-1), minlength=total)
        counts = counts.reshape(classes, signal.size, signal.alphabet)
        return {"counts": counts, "shared": torch.tensor(shared)}

    def combine(self, a: State, b: State) -> State:
        shared = a["shared"] | b["shared"]
        more, less = sorted((a["counts"], b["counts"]), key=len, reverse=True)
        if shared:
            more, less = more.sum(0, keepdim=True), less.sum(0, keepdim=True)
        total = more.clone()
        total[: len(less)] += less
        return {"counts": total, "shared": shared}

    def finish(self, total: State, signal: Symbols, seed: int) -> State:
        histogram = total["counts"].cpu().numpy()
        usual = int(histogram.sum((0, 1)).argmax())
        counts = Decisions(signal.alphabet or 0, usual).counts(histogram)
        common = _entries(counts.sum((0, 1)), 0)
        of_position = _entries(counts.sum(0), common)
        state = {"usual": torch.tensor(usual, dtype=torch.int16), "common": squeeze(common)}
        if of_position.any():
            state["positions"] = squeeze(of_position)
        of_class = _entries(counts, common + of_position)
        if len(counts) > 1 and of_class.any():
            state["classes"] = squeeze(of_class)
            state["class_count"] = torch.tensor(len(counts), dtype=torch.int32)
        return state

    def predictor(self, symbols: Symbols, state: State) -> Tables:
        return Tables(symbols, state, self.decisions(symbols, state))

    def decisions(self, symbols: Symbols, state: State) -> Decisions:
        alphabet, usual = symbols.alphabet or 0, _number(state, "usual", torch.int16)
        if not 0 <= usual < alphabet:
            raise CorruptError(f"the tables' usual symbol {usual} is none of the alphabet")
        return Decisions(alphabet, usual)


class Tables:
    """Probabilities by class, position and node."""

    def __init__(self, symbols: Symbols, state: State, decisions: Decisions) -> None:
        self.decisions = decisions
        try:
            shape = (symbols.size, self.decisions.nodes)
            entries = np.zeros((1, *shape), np.int64)
            entries += unsqueeze(state["common"], shape[1:], "i1")
            if "positions" in state:
                entries += unsqueeze(state["positions"], shape, "i1")
            if "classes" in state:
                count = _number(state, "class_count", torch.int32)
                if not 1 < count <= _most_classes(symbols):
                    raise CorruptError(f"tables of {count} classes")
                of_class = unsqueeze(state["classes"], (count, *shape), "i1")
                entries = np.concatenate([entries + of_class, entries])  # last: no known class
        except (KeyError, RuntimeError, ValueError) as error:
            raise CorruptError(f"the tables do not fit the codes: {error}") from error
        self._probability = probability(entries * (STEPS // FINENESS))

    def watch(self, positions: int, records: int) -> Tables:
        return self  # tables see nothing of the other symbols

    def note(self, position: int, symbols: NDArray[Any]) -> None:
        """Do nothing."""

    def look(self, position: int, rows: Numbers, labels: Labels | None) -> tuple[int, Numbers]:
        unknown = len(self._probability) - 1
        if labels is None:
            return position, np.full(len(rows), unknown)
        return position, np.minimum(labels, unknown)

    def probabilities(self, seen: tuple[int, Numbers], rows: Numbers, nodes: Numbers) -> Numbers:
        position, classes = seen
        found: Numbers = self._probability[classes[rows], position, nodes]
        return found


def _most_classes(symbols: Symbols) -> int:
    """How many classes have room for tables of their own, here and in a reader."""
    alphabet = symbols.alphabet or 0
    return MOST_COUNTS // (symbols.size * max(alphabet, Decisions(alphabet, 0).nodes))


def _number(state: State, name: str, kind: torch.dtype) -> int:
    if name not in state or state[name].dtype != kind or state[name].ndim:
        raise CorruptError(f"the tables' {name} is missing or no number")
    return int(state[name])


def _entries(counts: Numbers, base: NDArray[Any] | int) -> NDArray[np.int8]:
    """What to add to the log-odds `base`, for counts (..., nodes, 2); 0 where nothing is saved."""
    zeros, ones = counts[..., 0], counts[..., 1]
    base = np.broadcast_to(np.asarray(base, np.int64), ones.shape)
    own = np.clip(np.round(log_odds(ones, zeros + ones) * FINENESS), -96, 96).astype(np.int64)
    saved = _bits(zeros, ones, base) - _bits(zeros, ones, own)
    return np.where(saved > ENTRY_BITS, np.clip(own - base, -127, 127), 0).astype(np.int8)


def _bits(zeros: Numbers, ones: Numbers, entries: Numbers) -> NDArray[np.float64]:
    odds = np.exp(entries / FINENESS)
    bits: NDArray[np.float64] = zeros * np.log2(1 + odds) + ones * np.log2(1 + 1 / odds)
    return bits
