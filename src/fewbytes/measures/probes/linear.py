"""Multinomial logistic regression, by L-BFGS on a convex loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from fewbytes.measures.probes.contract import Family, Optimum, Records, Scorer, Values

STRENGTHS = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)
"""L2 penalties to choose from, in nats a record for weights (of standardised values) of unit square
sum, halved: strongest first, each fit starting at the last."""

LEAST_DEVIATION = 0.01
"""Values that vary less than this share of the one that varies most are not scaled up to it."""

_ROUNDS, _OPTIMUM_ROUNDS = 60, 400
_REACH = 3.0


@dataclass(frozen=True)
class LinearScorer(Scorer):
    """Weights (1 + d, classes) of standardised values; the first row is the intercept."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float64]

    def scores(self, values: Values) -> NDArray[np.float64]:
        return _scores(self._standardised(values), self.weights)

    def optimum(self, records: Records) -> Optimum:
        """The least loss that any weights have on `records`, by descent from these weights.

        By convexity no weights w* have less than the last loss less |gradient| |w* - w|, where
        |w* - w| is taken to be at most three times |w|. Weights that separate the classes prove 0.
        """
        x = self._standardised(records.values)
        weights = _fitted(x, records, self.weights, 0.0, _OPTIMUM_ROUNDS)
        loss, gradient = _loss(weights, x, records, 0.0)
        scores = _scores(x, weights)
        gap = _REACH * float(np.linalg.norm(gradient) * np.linalg.norm(weights))
        top_two = np.partition(scores, -2, axis=1)[:, -2:]
        own = scores[np.arange(len(x)), records.labels]
        separated = bool(((own == top_two[:, 1]) & (own > top_two[:, 0])).all())
        least = 0.0 if separated else max(0.0, loss - gap)
        return Optimum(least, np.asarray(log_softmax(scores, axis=1)))

    def _standardised(self, values: Values) -> NDArray[np.float32]:
        x = values.reshape(len(values), -1).astype(np.float32)
        x -= self.mean
        x *= self.scale
        return x


class Linear(Family):
    """Softmax of a linear map of the values; the penalty by the loss on the choosing records."""

    name: ClassVar[str] = "linear"
    convex: ClassVar[bool] = True

    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        mean, scale = _standards(fitting.values)
        start = np.zeros((1 + len(mean), fitting.classes))
        start[0] = np.log(fitting.frequencies)
        scorer = best = LinearScorer(mean, scale, start)
        x, tried = scorer._standardised(fitting.values), scorer._standardised(choosing.values)
        least = np.inf
        for strength in STRENGTHS:
            weights = _fitted(x, fitting, scorer.weights, strength, _ROUNDS)
            scorer = LinearScorer(mean, scale, weights)
            logs = log_softmax(_scores(tried, weights), axis=1)
            loss = -float(logs[np.arange(len(tried)), choosing.labels].mean())
            if loss < least:
                best, least = scorer, loss
            elif loss > 1.1 * least:  # weaker penalties only overfit more
                break
        return best


def _standards(values: Values) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means and inverse deviations (d,) of values (n, *shape); constant ones get 0."""
    flat = values.reshape(len(values), -1)
    mean, deviation = flat.mean(0, dtype=np.float64), flat.std(0, dtype=np.float64)
    widest = float(deviation.max())
    scale = np.where(deviation > 0, 1 / np.maximum(deviation, LEAST_DEVIATION * widest or 1), 0)
    return mean.astype(np.float32), scale.astype(np.float32)


def _scores(x: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = (x @ weights[1:].astype(np.float32)).astype(np.float64)
    scores += weights[0]
    return scores


def _fitted(
    x: NDArray[np.float32],
    records: Records,
    start: NDArray[np.float64],
    strength: float,
    rounds: int,
) -> NDArray[np.float64]:
    """Weights (1 + d, classes) of least penalised loss on standardised values (n, d)."""

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        loss, gradient = _loss(flat.reshape(start.shape), x, records, strength)
        return loss, gradient.ravel()

    options = {"maxiter": rounds, "ftol": 1e-9, "gtol": 1e-6}
    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x).reshape(start.shape)


def _loss(
    weights: NDArray[np.float64], x: NDArray[np.float32], records: Records, strength: float
) -> tuple[float, NDArray[np.float64]]:
    """Mean loss in nats with its penalty, and the gradient (1 + d, classes)."""
    rows = np.arange(len(x))
    logs = log_softmax(_scores(x, weights), axis=1)
    errors = np.exp(logs)
    loss = -float(logs[rows, records.labels].mean())
    errors[rows, records.labels] -= 1
    errors /= len(x)
    gradient = np.concatenate([errors.sum(0)[None], x.T @ errors.astype(np.float32)])
    gradient[1:] += strength * weights[1:]
    return loss + strength / 2 * float(np.sum(weights[1:] ** 2)), gradient
