"""The one-sided test of "no worse than raw by more than d", over paired seeds and their images.

Each seed trains a network on the raw images and one on the codec's, and judges both on validation
images that the seed draws. D_s is the difference of their accuracies. Two things move it: which
images were drawn, and how well this training happened to go. With D the mean of n differences,
s^2 their variance over seeds (it holds both), and v the variance that the images alone give a
difference (from the images that one network has right and the other wrong), the test is

    t = (D + d) / sqrt(max(s^2, v) / n),   f = (n - 1) (max(s^2, v) / s^2)^2 degrees of freedom,

Student's paired test with a floor under its variance. A spread below what images alone must cause
is luck, and three seeds are often lucky; f is Satterthwaite's (1946, "An approximate distribution
of estimates of variance components", equation 17) for a variance of which s^2 is the uncertain
part: where all seeds agree, what counts is the thousands of images.

On few images v too is luck: a codec that truly loses d shows no loss at all on some hundred images
now and then, and a variance of zero would prove anything. So v is taken at no less than what a loss
of d must cause, e (1 - e) / k on k images a seed, with e = d or one image of all, whichever is more
(the variance under the null hypothesis, as in Wilson's 1927 score test of a share). Predictions
that agree in every image thus confirm no allowance of zero. The level is held whatever part of the
spread is the images', and on ten images as on thousands (`tests/advice/test_paired.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Right = NDArray[np.bool_]

BISECTIONS = 40
"""Of a bound between -1 and 1: to 1e-12."""


@dataclass(frozen=True)
class Judgement:
    """Which validation images a network of one seed has right: `numbers` (k,), `right` (k,)."""

    numbers: NDArray[np.int64]
    right: Right

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Judgement:
        """That of a study's cell, from its arrays `val_numbers` and `val_right`; by number."""
        order = np.argsort(arrays["val_numbers"])
        return cls(arrays["val_numbers"][order], arrays["val_right"][order])

    @property
    def accuracy(self) -> float:
        """Share of the images."""
        return float(self.right.mean())


@dataclass(frozen=True)
class Paired:
    """Accuracy of a codec minus that of the raw images; fractions."""

    differences: tuple[float, ...]
    """By seed."""
    image_variance: float
    """Of one seed's difference, by its images alone."""
    images: float
    """Validation images of a seed, k."""

    @classmethod
    def of(cls, codec: Sequence[Judgement], raw: Sequence[Judgement]) -> Paired:
        """Judgements of the same seeds, in the same order, at least one."""
        pairs = [_difference(a, b) for a, b in zip(codec, raw, strict=True)]
        return cls(
            tuple(d for d, _ in pairs), float(np.mean([v for _, v in pairs])),
            float(np.mean([len(one.right) for one in codec])),
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """D."""
        return float(np.mean(self.differences))

    @cached_property
    def _over_seeds(self) -> float:
        """s^2; NaN for one seed."""
        n = len(self.differences)
        return float(np.var(self.differences, ddof=1)) if n > 1 else math.nan

    def _spread(self, d: float) -> tuple[float, float]:
        """(standard error of the mean, degrees of freedom) where the loss is `d`."""
        n, over_seeds = len(self.differences), self._over_seeds
        if math.isnan(over_seeds):
            return math.nan, math.nan
        lost = min(max(d, 1 / (n * self.images)), 0.5)
        variance = max(over_seeds, self.image_variance, lost * (1 - lost) / self.images)
        freedom = (n - 1) * (variance / over_seeds) ** 2 if over_seeds else math.inf
        return math.sqrt(variance / n), min(freedom, 1e9)

    @property
    def stderr(self) -> float:
        """Of the mean; NaN for one seed."""
        return self._spread(0.0)[0]

    def p_value(self, d: float) -> float:
        """Chance of such a mean, or a higher one, where the codec is worse than raw by exactly `d`
        (a fraction); NaN for one seed.
        """
        error, freedom = self._spread(d)
        return float(1 - stdtr(freedom, (self.mean + d) / error))

    def lower(self, level: float) -> float:
        """One-sided lower bound of the difference, the loss that is just confirmed; -1 where none
        is, NaN for one seed.
        """
        if math.isnan(self._over_seeds):
            return math.nan
        low, high = -1.0, 1.0
        if not self.confirms(high, level):
            return -high
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.confirms(middle, level) else (middle, high)
        return -high

    def confirms(self, d: float, level: float) -> bool:
        """Whether "no worse than raw by more than d" is shown at the level."""
        return self.p_value(d) <= 1 - level


def _difference(codec: Judgement, raw: Judgement) -> tuple[float, float]:
    """One seed's difference, and its variance by its images."""
    _, a, b = np.intersect1d(codec.numbers, raw.numbers, return_indices=True)
    if len(a) == len(codec.right) == len(raw.right):
        each = codec.right[a].astype(np.int8) - raw.right[b]
        return float(each.mean()), float(each.var()) / len(each)
    # a codec that keeps some of the images is judged on others: no pairs
    variance = sum(one.accuracy * (1 - one.accuracy) / len(one.right) for one in (codec, raw))
    return codec.accuracy - raw.accuracy, variance
