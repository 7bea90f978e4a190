"""LiRA: the likelihood of a record's confidence with and without the record in training.

Carlini et al. 2022, "Membership inference attacks from first principles", Algorithm 1. Each network
in turn is the target, and those that are neither it nor its partner are the shadows. A record's
confidence under the shadows that hold it is fitted by a Gaussian, under the others by another; its
score is the log of the ratio of both densities at its confidence under the target. The offline
attack asks only how far the confidence lies above that of networks which never saw the record, and
so needs none that did.

Confidence is `Shadows.standardised`, which the paper's is not: its networks are trained to the end,
and are all sure on one level.

With few shadows, the paper finds one variance for all records better than one for each.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.membership.shadows import Floats, Shadows

FEW = 32
"""Shadows with, or without, a record, below which variances are those of all records together: the
paper advises it below 64 in all."""

_TINY = 1e-12
"""Least variance: that of networks which all say the same."""


def lira_online(shadows: Shadows) -> Floats:
    """log N(phi; in) - log N(phi; out) of each record under each network, (networks, n)."""
    held = _log_density(shadows.standardised, *_gaussians(shadows, inside=True))
    return held - _log_density(shadows.standardised, *_gaussians(shadows, inside=False))


def lira_offline(shadows: Shadows) -> Floats:
    """How many standard deviations phi lies above its mean over shadows that never saw the record,
    (networks, n): in order as the paper's 1 - Pr[Z > phi], which rounds to 1.
    """
    mean, variance = _gaussians(shadows, inside=False)
    scores: Floats = (shadows.standardised - mean) / np.sqrt(variance)
    return scores


def _gaussians(shadows: Shadows, *, inside: bool) -> tuple[Floats, Floats]:
    """Mean and variance, (networks, n) each, of phi under the shadows of a network that hold a
    record, or that do not.
    """
    counted = shadows.members == inside
    centre = shadows.standardised.mean(0)
    phi = np.where(counted, shadows.standardised - centre, 0)
    count = shadows.helped(counted)
    mean = shadows.helped(phi) / count
    squares = np.maximum(shadows.helped(phi**2) - count * mean**2, 0)
    pooled = squares.sum(1, keepdims=True) / (count - 1).sum(1, keepdims=True)
    many = count.min(1, keepdims=True) >= FEW
    variance = np.where(many, squares / np.maximum(count - 1, 1), pooled)
    return mean + centre, np.maximum(variance, _TINY)


def _log_density(phi: Floats, mean: Floats, variance: Floats) -> Floats:
    """Of the normal distribution, but for the constant."""
    density: Floats = -0.5 * (np.log(variance) + (phi - mean) ** 2 / variance)
    return density
