"""What a family of probes gives, and the records it is given.

A family turns fit records into a scorer; a second part of the records is there for choosing its
hyper-parameters (the strength of a penalty, the number of neighbours). Scores are logarithms of
probabilities up to a constant for each record; calibration makes probabilities of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.types import Labels, Shape

Values = NDArray[Any]
"""Codes or images (n, *shape), uint8 or float32."""


LARGEST = 1e15
"""Magnitude of values, so that squared distances stay within float32."""


@dataclass(frozen=True)
class Records:
    """Values (n, *shape), uint8 or float32, with labels (n,) below `classes`."""

    values: Values
    labels: Labels
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> Shape:
        return tuple(self.values.shape[1:])

    @property
    def counts(self) -> NDArray[np.int64]:
        """Records of each class (classes,)."""
        return np.bincount(self.labels, minlength=self.classes)

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Label frequencies (classes,), half a record added to each class, so that none is 0:
        Krichevsky & Trofimov (1981), "The performance of universal encoding", section II.
        """
        return np.asarray((self.counts + 0.5) / (len(self) + self.classes / 2), np.float64)

    def taken(self, rows: NDArray[np.int64]) -> Records:
        """These rows only."""
        return Records(self.values[rows], self.labels[rows], self.classes)


class Scorer(ABC):
    """A fitted member of a family."""

    @abstractmethod
    def scores(self, values: Values) -> NDArray[np.float64]:
        """Values (m, *shape) to unnormalised log-probabilities (m, classes), in nats."""

    def optimum(self, records: Records) -> Optimum | None:
        """The least mean loss on `records` that any member of the family has; None where that
        cannot be found, as for families whose losses are not convex.
        """
        return None


@dataclass(frozen=True)
class Optimum:
    """The member of a family that fits given records best."""

    loss: float
    """Mean loss in nats, no greater than that of any member."""
    log_probabilities: NDArray[np.float64]
    """What it says of these records, (n, classes), in nats."""


class Family(ABC):
    """A set of predictors from codes to label probabilities, and how its members are fitted."""

    name: ClassVar[str]
    convex: ClassVar[bool] = False
    """Whether its scorers have an `optimum`."""

    def check(self, shape: Shape, picture: bool) -> None:  # noqa: B027 (most take any shape)
        """Raise InputError where the family cannot take values of such a shape."""

    @abstractmethod
    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        """Fit on `fitting`; choose hyper-parameters by the loss on `choosing`."""


def check_records(
    values: NDArray[Any], labels: NDArray[Any], classes: int | None, least: int
) -> Records:
    """Check values (n, *shape) and labels (n,), and make them uint8 or float32 and int64.

    Raises:
        InputError: fewer than `least` records, lengths that differ, values that are not finite
            numbers, labels that are not whole numbers from 0 to `classes` - 1, or one class only.
    """
    values, labels = np.asarray(values), np.asarray(labels)
    if values.ndim < 2 or values[:1].size == 0 < len(values):
        raise InputError(f"values are (n, *shape) with at least one number each: {values.shape}")
    if labels.ndim != 1 or len(values) != len(labels):
        raise InputError(f"{len(values)} records but labels of shape {labels.shape}")
    if len(values) < least:
        raise InputError(f"{len(values)} records; the estimate needs at least {least}")
    return Records(_as_values(values), *_as_labels(labels, classes))


def _as_values(values: NDArray[Any]) -> Values:
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if not (np.issubdtype(values.dtype, np.floating) or np.issubdtype(values.dtype, np.integer)):
        raise InputError(f"values must be real numbers, not {values.dtype}")
    if not np.isfinite(values).all() or np.abs(values).max() > LARGEST:
        raise InputError(f"some values are NaN, infinite or beyond {LARGEST:g}")
    return values.astype(np.float32)


def _as_labels(labels: NDArray[Any], classes: int | None) -> tuple[Labels, int]:
    if not np.issubdtype(labels.dtype, np.integer):
        raise InputError(f"labels must be whole numbers, not {labels.dtype}")
    if labels.min() < 0:
        raise InputError(f"labels count from 0; one is {labels.min()}")
    if classes is not None and labels.max() >= classes:
        raise InputError(f"a label is {labels.max()}, but there are {classes} classes")
    if labels.min() == labels.max():
        raise InputError(f"all {len(labels)} records are of class {labels[0]}; it takes two")
    found = int(labels.max()) + 1 if classes is None else classes
    return labels.astype(np.int64), found
