"""Multinomial logistic regression, by L-BFGS on a convex loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax
from torch import Tensor

from fewbytes.codecs.chunks import one_thread
from fewbytes.measures.information.probes.contract import Family, Optimum, Records, Scorer, Values

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
        return _scores(self._standardised(values), self.weights).numpy().astype(np.float64)

    def optimum(self, records: Records) -> Optimum:
        """The least loss that any weights have on `records`, by descent from these weights.

        By convexity no weights w* have less than the last loss less |gradient| |w* - w|, where
        |w* - w| is taken to be at most three times |w|. Weights that separate the classes prove 0.
        """
        x, labels = self._standardised(records.values), torch.from_numpy(records.labels)
        with one_thread():
            weights = _fitted(x, labels, self.weights, 0.0, _OPTIMUM_ROUNDS)
            loss, gradient = _loss(weights, x, labels, 0.0)
            scores = _scores(x, weights).numpy().astype(np.float64)
        gap = _REACH * float(np.linalg.norm(gradient) * np.linalg.norm(weights))
        top_two = np.partition(scores, -2, axis=1)[:, -2:]
        own = scores[np.arange(len(x)), records.labels]
        separated = bool(((own == top_two[:, 1]) & (own > top_two[:, 0])).all())
        least = 0.0 if separated else max(0.0, loss - gap)
        return Optimum(least, np.asarray(log_softmax(scores, axis=1)))

    def _standardised(self, values: Values) -> Tensor:
        x = values.reshape(len(values), -1).astype(np.float32)
        x -= self.mean
        x *= self.scale
        return torch.from_numpy(x)


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
        labels, judged = torch.from_numpy(fitting.labels), torch.from_numpy(choosing.labels)
        least = np.inf
        with one_thread():  # two would wait for each other longer than these products take
            for strength in STRENGTHS:
                weights = _fitted(x, labels, scorer.weights, strength, _ROUNDS)
                scorer = LinearScorer(mean, scale, weights)
                loss, _ = _loss(weights, tried, judged, 0.0)
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


def _scores(x: Tensor, weights: NDArray[np.float64]) -> Tensor:
    """Standardised values (n, d) to scores (n, classes), float32."""
    w = torch.from_numpy(weights.astype(np.float32))
    return torch.addmm(w[0], x, w[1:])


def _fitted(
    x: Tensor, labels: Tensor, start: NDArray[np.float64], strength: float, rounds: int
) -> NDArray[np.float64]:
    """Weights (1 + d, classes) of least penalised loss on standardised values (n, d)."""

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        loss, gradient = _loss(flat.reshape(start.shape), x, labels, strength)
        return loss, gradient.ravel()

    options = {"maxiter": rounds, "ftol": 1e-9, "gtol": 1e-6}
    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x).reshape(start.shape)


def _loss(
    weights: NDArray[np.float64], x: Tensor, labels: Tensor, strength: float
) -> tuple[float, NDArray[np.float64]]:
    """Mean loss in nats with its penalty, and the gradient (1 + d, classes)."""
    logs = torch.log_softmax(_scores(x, weights), dim=1)
    own = labels[:, None]
    loss = -float(logs.gather(1, own).mean(dtype=torch.float64))
    errors = logs.exp()
    errors.scatter_add_(1, own, torch.full_like(own, -1, dtype=torch.float32))
    errors /= len(x)
    parts = (errors.sum(0, dtype=torch.float64)[None], (errors.T @ x).double().T)
    gradient: NDArray[np.float64] = torch.cat(parts).numpy()
    gradient[1:] += strength * weights[1:]
    return loss + strength / 2 * float(np.sum(weights[1:] ** 2)), gradient
