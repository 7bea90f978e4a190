"""How soon a search for the nearest candidate meets the true one.

Distances are had from matrix products, in single precision first, and in double where rounding
could matter; what is still in doubt is taken from differences. Equal candidates are compared once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.audits.figures import clopper_pearson, exactly
from fewbytes.audits.finding import Trial
from fewbytes.audits.uniqueness.classes import classes_of, sizes_of
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement

DEPTH = 10
"""The last rank that is told."""

Floats = NDArray[np.float32]

_DISTANCES = 1 << 22
"""Held at a time: 16 MiB in single precision."""

_ROUNDING = {torch.float32: 2.0**-24, torch.float64: 2.0**-53}

_EQUAL = 1e-12
"""Share by which distances taken from differences in double precision may be off."""


def rank_trials(
    names: tuple[str, str],
    queries: Floats,
    candidates: Floats,
    true: NDArray[np.int64],
    method: str,
    reference: str = "",
) -> list[Trial]:
    """The shares of queries (m, d) whose true candidate, `true` (m,) of (n, d), is the nearest, and
    is among the DEPTH nearest. By chance it is with the odds k / n.

    Exhibit: `rank` (DEPTH,) from 1, `share` (DEPTH,) of queries found up to there.
    """
    found = expected_hits(queries, candidates, true)
    curve = {"rank": np.arange(1, DEPTH + 1), "share": found.mean(1)}
    trials = []
    for name, depth in zip(names, (1, DEPTH), strict=True):
        odds = min(1.0, depth / len(candidates))
        chance = exactly(name, "share", odds, f"{depth} of {len(candidates)} candidates at random")
        figure = _mean_share(name, found[depth - 1], method, reference)
        trials.append(Trial(figure, chance, exhibit=curve))
    return trials


def expected_hits(
    queries: Floats, candidates: Floats, true: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The chance that each query's true candidate is among the k nearest, where those equally far
    come in random order: (DEPTH, m), k from 1.

    With `below` candidates nearer and `tied` as far, itself among them, it is
    (k - below) / tied, no less than 0 and no more than 1.
    """
    if queries.shape[1:] != candidates.shape[1:]:
        raise InputError(f"queries are {queries.shape}, candidates {candidates.shape}")
    below, tied = np.empty(len(queries)), np.empty(len(queries))
    for rows, nearer, as_near in _searched(queries, candidates, true):
        below[rows], tied[rows] = nearer, as_near
    depth = np.arange(1, DEPTH + 1)[:, None]
    chances: NDArray[np.float64] = ((depth - below) / tied).clip(0, 1)
    return chances


def _mean_share(name: str, hits: NDArray[np.float64], method: str, reference: str) -> Measurement:
    """The mean of chances (m,). Their sum is no more spread than one of hits and misses of the
    same mean (convexity: Hoeffding 1963, proof of theorem 1), so the exact interval serves, its
    ends rounded outwards.
    """
    m, total = len(hits), float(hits.sum())
    low, _ = clopper_pearson(int(np.floor(total + 1e-9)), m)
    _, high = clopper_pearson(int(np.ceil(total - 1e-9)), m)
    cited = "; ".join(filter(None, [reference, "Clopper & Pearson 1934, Biometrika 26"]))
    return Measurement(name, "share", min(total / m, 1.0), low, high, m, method, cited)


def _searched(
    queries: Floats, candidates: Floats, true: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
    """Rows of queries; how many candidates are nearer than the true one, or DEPTH where those are
    more; and how many are as near.
    """
    classes = classes_of(candidates)
    _, first = np.unique(classes, return_index=True)
    search = _Search(queries, candidates[first], classes[true], sizes_of(classes))
    rows = max(1, _DISTANCES // len(first))
    for start in range(0, len(queries), rows):
        here = np.arange(start, min(start + rows, len(queries)))
        yield here, *search.counts(here)


class _Search:
    """A search for each of `queries` (m, d) among `distinct` candidates (u, d), of which each
    stands for as many as `sizes` (u,) says; `own` (m,) are the true ones.
    """

    def __init__(
        self, queries: Floats, distinct: Floats, own: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> None:
        self.queries, self.distinct, self.own = queries, distinct, own
        self.sizes = sizes.astype(np.float64)
        self.alike = bool((sizes == 1).all())
        self.centre = distinct.mean(0, dtype=np.float64).astype(np.float32)
        reach = max(float(np.abs(one - self.centre).max(initial=0)) for one in (queries, distinct))
        self.scale = reach or 1.0
        self.forms: dict[torch.dtype, tuple[torch.Tensor, ...]] = {}

    def counts(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For these queries: how many candidates are nearer than the own one, and as near."""
        below, tied = np.zeros(len(rows)), self.sizes[self.own[rows]]
        left, doubtful = np.arange(len(rows)), np.empty((0, 0), bool)
        for kind in _ROUNDING:
            below[left], doubtful = self._compared(rows[left], kind)
            unsure = (below[left] < DEPTH) & doubtful.any(1)
            left, doubtful = left[unsure], doubtful[unsure]
            if not len(left):
                break
        for i, those in zip(left, doubtful, strict=True):
            more, as_near = self._differences(rows[i], np.flatnonzero(those))
            below[i] += more
            tied[i] += as_near
        return np.minimum(below, DEPTH), tied

    def _compared(
        self, rows: NDArray[np.int64], kind: torch.dtype
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How many candidates surely are nearer than the own one (r,), and which of the others may
        be (r, u), as far as products of that precision can tell.

        A product of d terms is off by d eps |q| |c| at most (Higham 2002, equation 3.5).
        """
        queries, distinct, norms = self._form(kind)
        q = queries[torch.from_numpy(rows)]
        own = torch.from_numpy(self.own[rows])
        own_apart = (q - distinct[own]).square().sum(1, keepdim=True)
        square = q.square().sum(1, keepdim=True)
        apart = torch.addmm(norms[None] + square, q, distinct.T, alpha=-2)
        share = 2 * (q.shape[1] + 8) * _ROUNDING[kind]
        slack = (norms[None] + square).mul_(2 * share).add_(share * own_apart)
        apart -= own_apart
        surely = apart < -slack
        doubtful = (apart <= slack) & ~surely
        doubtful[torch.arange(len(rows)), own] = False
        if self.alike:
            nearer = surely.sum(1).numpy().astype(np.float64)
        else:
            nearer = (surely.double() @ torch.from_numpy(self.sizes)).numpy()
        return nearer, doubtful.numpy()

    def _form(self, kind: torch.dtype) -> tuple[torch.Tensor, ...]:
        """Queries, candidates and the candidates' squared norms, centred and scaled."""
        if kind not in self.forms:
            centre = torch.from_numpy(self.centre).to(kind)
            queries, distinct = (
                torch.from_numpy(one).to(kind).sub(centre).div_(self.scale)
                for one in (self.queries, self.distinct)
            )
            self.forms[kind] = queries, distinct, distinct.square().sum(1)
        return self.forms[kind]

    def _differences(self, row: int, those: NDArray[np.int64]) -> tuple[float, float]:
        """How many of `those` candidates are nearer to a query than its own, and as near."""
        query = self.queries[row].astype(np.float64)
        own = float(np.square(query - self.distinct[self.own[row]]).sum())
        nearer = as_near = 0.0
        for part in np.array_split(those, max(1, len(those) * len(query) >> 20)):
            apart = np.square(self.distinct[part] - query).sum(1)
            sizes = self.sizes[part]
            same = np.abs(apart - own) <= _EQUAL * own
            nearer += float(sizes[~same & (apart < own)].sum())
            as_near += float(sizes[same].sum())
        return nearer, as_near
