"""Lines of the table: a codec, view and model over its seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from fewbytes.measures.distortion.fidelity import decibels
from fewbytes.studies.config import RAW
from fewbytes.studies.results import Row

LEVEL = 0.95
"""Level of the intervals."""


def marked(codec: str, supervised: bool) -> str:
    """The codec as people are shown it, told apart where it looks at labels."""
    return f"{codec} (supervised)" if supervised else codec


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its standard error (NaN for one seed; both NaN for none)."""

    mean: float
    stderr: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """Sample mean and s / sqrt(n), s with n - 1 degrees of freedom."""
        n = len(values)
        if n == 0:
            return cls(math.nan, math.nan, 0)
        spread = float(np.std(values, ddof=1)) if n > 1 else math.nan
        return cls(float(np.mean(values)), spread / math.sqrt(n), n)

    @property
    def half_width(self) -> float:
        """Half the two-sided Student t interval at LEVEL; NaN for one seed."""
        if self.n < 2:
            return math.nan
        return float(stdtrit(self.n - 1, (1 + LEVEL) / 2)) * self.stderr


@dataclass(frozen=True)
class Line:
    """What one codec, view and model came to. Accuracies are fractions, bytes are per image."""

    codec: str
    supervised: bool
    """Whether the codec looks at labels; False where rows of old do not say."""
    view: str
    model: str
    seeds: int
    values_per_image: int
    payload_bytes: float
    total_bytes: float
    ratio: float
    val_accuracy: Estimate
    best_val_accuracy: Estimate
    test_accuracy: Estimate
    """Over the cells for which the test split was read; `advise` reads it for few."""
    difference: Estimate | None
    """Test accuracy minus that of the raw images, seed by seed; None for the raw images."""
    label_bits: Estimate | None
    """What the codes say of the label, at least, in bits; None where rows of old do not say."""
    label_entropy: float | None
    """H(Y), what there is to say, in bits."""
    classes: int | None
    mse: Estimate | None
    """Mean squared error of decoded training images, grey levels squared."""
    train_seconds: Estimate
    parameters: int
    keys: tuple[str, ...]
    """Its cells, for curves and predictions."""
    cells: tuple[tuple[float, float], ...]
    """Total bytes per image and test accuracy of each of its cells that were tested."""

    @property
    def is_raw(self) -> bool:
        return self.codec == RAW

    @property
    def psnr(self) -> float | None:
        """Peak signal-to-noise ratio in dB, infinite where decoding is exact."""
        if self.mse is None:
            return None
        return decibels(self.mse.mean)

    @property
    def marked(self) -> str:
        """The codec as tables show it."""
        return marked(self.codec, self.supervised)

    @property
    def label(self) -> str:
        """How the line is called in plots."""
        return f"{self.marked} · {self.view} · {self.model}"


def summarise(rows: Sequence[Row]) -> list[Line]:
    """One line for each codec, view and model that has a finished cell, raw images first.

    Differences pair each cell with the raw images under the same model and seed, so that they
    show the codec's loss and not the network's.
    """
    done = [row for row in rows if row["status"] == "ok"]
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in done:
        groups.setdefault((row["codec"], row["view"], row["model"]), []).append(row)
    raw = {(row["model"], row["seed"]): row for row in done if row["codec"] == RAW}
    ordered = sorted(groups.values(), key=lambda group: group[0]["codec"] != RAW)
    return [_line(group, raw) for group in ordered]


def _line(group: list[Row], raw: dict[tuple[str, int], Row]) -> Line:
    first = group[0]
    return Line(
        codec=first["codec"],
        supervised=any(row.get("supervised", False) for row in group),
        view=first["view"],
        model=first["model"],
        seeds=len(group),
        values_per_image=first["values_per_image"],
        payload_bytes=float(np.mean([row["payload_bytes"] / row["images"] for row in group])),
        total_bytes=float(np.mean([row["total_bytes"] / row["images"] for row in group])),
        ratio=float(np.mean([row["ratio"] for row in group])),
        val_accuracy=_over(group, "val_accuracy"),
        best_val_accuracy=_over(group, "best_val_accuracy"),
        test_accuracy=Estimate.of([row["test_accuracy"] for row in group if _is_tested(row)]),
        difference=_difference(group, raw),
        label_bits=_over_all(group, "label_bits"),
        label_entropy=first.get("label_entropy"),
        classes=first.get("classes"),
        mse=_over_all(group, "mse"),
        train_seconds=_over(group, "train_seconds"),
        parameters=first["parameters"],
        keys=tuple(row["cell"] for row in group),
        cells=tuple(
            (row["total_bytes"] / row["images"], row["test_accuracy"])
            for row in group
            if _is_tested(row)
        ),
    )


def _is_tested(row: Row) -> bool:
    return row["test_accuracy"] is not None


def _over(group: list[Row], field: str) -> Estimate:
    return Estimate.of([row[field] for row in group])


def _over_all(group: list[Row], field: str) -> Estimate | None:
    """None unless every row has the field."""
    return None if any(row.get(field) is None for row in group) else _over(group, field)


def _difference(group: list[Row], raw: dict[tuple[str, int], Row]) -> Estimate | None:
    pairs = [(row, raw.get((row["model"], row["seed"]))) for row in group if row["codec"] != RAW]
    differences = [
        a["test_accuracy"] - b["test_accuracy"]
        for a, b in pairs
        if b is not None and _is_tested(a) and _is_tested(b)
    ]
    return Estimate.of(differences) if differences else None
