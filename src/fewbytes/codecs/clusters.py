"""Codebooks: learned by k-means, and searched for the nearest centre, exactly.

Shared by the vector quantizers. Only learning needs scikit-learn (the extra `cluster`).

The nearest centre must not depend on the batch, the threads or the machine, but the last bits of a
matrix product do, and they decide near ties. Whole numbers whose sums stay below 2^53 add up to the
same in any order, so points and centres are first put on a grid, some 2^20 steps wide.
"""

from __future__ import annotations

import math

import torch

from fewbytes.codecs.rounding import narrowest
from fewbytes.errors import CorruptError, MissingExtraError

POINTS_PER_CENTRE = 256
LEAST_POINTS = 1 << 14
"""What centres are learned from: more of either do not make them better. (faiss takes 256, too.)"""

ROUNDS = 25
"""Of k-means, at most: what faiss takes, too."""

CAREFUL = 64
"""Up to here centres start far apart (k-means++). More of them start nearly as well at random, and
in a third of the time: on MNIST 256 centres end within 0.2% of the same error."""

_SUM_BITS = 51
"""Of the largest sum, the doubling in it included."""

_REACH_BITS = 3
"""A point further out than 2^3 times the largest number of a centre is drawn in to there."""

_SCORES = 1 << 20
"""Distances, and values of centres, held at a time: 8 MiB of either."""


def check_learner(who: str) -> None:
    """Raise MissingExtraError in the name of the stage `who` unless `learn` has what it needs."""
    try:
        import sklearn.cluster  # noqa: F401
        import threadpoolctl  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise MissingExtraError(who, "scikit-learn", "cluster") from None


def learn(points: torch.Tensor, counts: torch.Tensor, k: int, seed: int, who: str) -> torch.Tensor:
    """The codebook (k, d), of the shortest harmless type, from a sample's points (n, d).

    Where there are no more than k distinct points, they are the centres, and the last fills the
    codebook up. `counts` (n,): how often each point was seen. `who`: the stage, for the error.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    points = points[: max(LEAST_POINTS, k * POINTS_PER_CENTRE)].float()
    points, places = torch.unique(points, dim=0, return_inverse=True)
    weights = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    weights.index_add_(0, places, counts[: len(places)].double())
    if len(points) <= k:
        centres = torch.cat([points, points[-1:].expand(k - len(points), -1)])
        return narrowest(centres, torch.ones((), device=points.device), 0.0)
    centres, members, error = _k_means(points, weights, k, seed, who)
    return narrowest(centres, members[:, None], error)


def _k_means(
    points: torch.Tensor, weights: torch.Tensor, k: int, seed: int, who: str
) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Centres (k, d), how many records each stands for (k,), and the sum of squared distances."""
    check_learner(who)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    start = "k-means++" if k <= CAREFUL else "random"
    means = KMeans(k, init=start, n_init=1, max_iter=ROUNDS, random_state=seed % (1 << 32))
    with threadpool_limits(1):  # threads add up in the order they finish, so bits would differ
        means.fit(points.cpu().numpy(), sample_weight=weights.cpu().numpy())
    members = torch.zeros(k, dtype=torch.float64)
    members.index_add_(0, torch.from_numpy(means.labels_).long(), weights.cpu())
    return torch.from_numpy(means.cluster_centers_), members, float(means.inertia_)


def nearest(points: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """Which of the centres (k, d) is nearest to each point (n, d): (n,) int64, ties to the lowest.

    Raises:
        CorruptError: a codebook that is not finite.
    """
    n, d = points.shape
    largest = float(centres.float().abs().max())
    if not math.isfinite(largest):
        raise CorruptError("a codebook holds NaN or infinite values")
    bits = (_SUM_BITS - _REACH_BITS - d.bit_length()) // 2
    step = math.ldexp(1.0, math.frexp(largest)[1] - bits)
    reach = float(1 << (bits + _REACH_BITS))
    on_grid = points.double().div_(step).round_().clamp_(-reach, reach)
    lowest = torch.full((n,), math.inf, dtype=torch.float64, device=points.device)
    best = torch.zeros(n, dtype=torch.int64, device=points.device)
    rows = max(1, _SCORES // max(1, n, d))
    for start in range(0, len(centres), rows):
        block = centres[start : start + rows].double().div_(step).round_()
        # |x - c|^2 without the |x|^2 that all centres share
        score, index = (block.square().sum(1) - 2 * (on_grid @ block.T)).min(1)
        closer = score < lowest
        lowest, best = torch.where(closer, score, lowest), torch.where(closer, index + start, best)
    return best
