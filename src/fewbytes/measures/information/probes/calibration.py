"""From scores to probabilities that can be trusted with a log-loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from fewbytes.measures.information.probes.concentration import plug_in_entropy
from fewbytes.measures.information.probes.contract import Family, Records, Scorer, Values

FLOOR = 2.0**-8
"""Weight of the label frequencies in every prediction, so that none can fall more than 8 bits below
them. It costs a perfect predictor log2(1 / (1 - FLOOR)) = 0.0056 bits."""

_TEMPERATURES = (1 / 16, 1e4)


@dataclass(frozen=True)
class Probe:
    """A scorer with its calibration."""

    scorer: Scorer
    frequencies: NDArray[np.float64]
    """Of the labels among the fit records, (classes,): what a reader without codes would say."""
    temperature: float
    floor: float
    """Weight of `frequencies` in each prediction: FLOOR, or more after few records."""

    def log_probabilities(self, values: Values) -> NDArray[np.float64]:
        """Values (m, *shape) to log-probabilities of the classes (m, classes), in nats."""
        scores = self.scorer.scores(values)
        return floored(tempered(scores, self.frequencies, self.temperature), self)

    def judge(self, held: Records) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Of records that it has not seen: the log-probabilities of the classes (m, classes), nats;
        log2 p(y | z) / q(y) of each (m,), bits, q the frequencies; and the bits by which the
        frequencies' loss exceeds the entropy of these labels, which is what a reader without codes
        is charged at most, since on average it is no more than H(Y).
        """
        logs = self.log_probabilities(held.values)
        told = np.take_along_axis(logs, held.labels[:, None], 1)[:, 0]
        untold = self.log_frequencies[held.labels]
        excess = -float(untold.mean()) / math.log(2) - plug_in_entropy(held.counts)
        return logs, (told - untold) / math.log(2), max(0.0, excess)

    @property
    def log_frequencies(self) -> NDArray[np.float64]:
        """In nats, (classes,)."""
        return np.log(self.frequencies)

    def reach(self, counts: NDArray[np.int64]) -> tuple[float, float]:
        """The least and the greatest bits that a record's log2 p(y | z) / q(y) can be, q the
        frequencies, for labels among those that `counts` (classes,) has records of.
        """
        rarest = float(self.frequencies[counts > 0].min())
        return math.log2(self.floor), math.log2((1 - self.floor) / rarest + self.floor)


def tempered(
    scores: NDArray[np.float64], frequencies: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Scores (m, classes) divided by a temperature, as log-probabilities: Guo, Pleiss, Sun,
    Weinberger (2017), "On calibration of modern neural networks", equation 9, with the scores
    taken relative to the label frequencies, so that an infinite temperature gives these, and not
    the uniform distribution. For equally frequent classes the two are the same.
    """
    prior = np.log(frequencies)
    return np.asarray(log_softmax(prior + (scores - prior) / temperature, axis=1))


def floored(logs: NDArray[np.float64], probe: Probe) -> NDArray[np.float64]:
    """Log-probabilities (m, classes) mixed with the label frequencies at the floor's weight."""
    return np.asarray(
        np.logaddexp(logs + math.log1p(-probe.floor), probe.log_frequencies + math.log(probe.floor))
    )


def fit_probe(family: Family, fitting: Records, calibrating: Records, seed: int) -> Probe:
    """Fit on one part, choose hyper-parameters and the temperature on the other."""
    scorer = family.fit(fitting, calibrating, seed)
    floor = max(FLOOR, 0.5 / (len(calibrating) + 1))
    temperature = _temperature(scorer.scores(calibrating.values), calibrating, fitting.frequencies)
    return Probe(scorer, fitting.frequencies, temperature, floor)


def _temperature(
    scores: NDArray[np.float64], records: Records, frequencies: NDArray[np.float64]
) -> float:
    """The temperature of least loss on these records. A normal prior of unit deviation on its
    logarithm decides where few records cannot: one nat against e times or an e-th.
    """
    rows = np.arange(len(records))

    def loss(log_t: float) -> float:
        logs = tempered(scores, frequencies, math.exp(log_t))
        return float(-logs[rows, records.labels].sum()) + log_t**2 / 2

    low, high = (math.log(t) for t in _TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-3})
    return math.exp(found.x)
