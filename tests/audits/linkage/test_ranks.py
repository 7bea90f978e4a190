"""Ranks against a slow twin, ties, rounding, and the interval."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.linkage.ranks import DEPTH, expected_hits, rank_trials
from fewbytes.errors import InputError

Floats = NDArray[np.float32]


def slow_hits(queries: Floats, candidates: Floats, true: NDArray[np.int64]) -> NDArray[np.float64]:
    """One query and one candidate after another, in double precision."""
    hits = np.zeros((DEPTH, len(queries)))
    for i, query in enumerate(queries.astype(np.float64)):
        apart = [float(((query - one) ** 2).sum()) for one in candidates.astype(np.float64)]
        own = apart[true[i]]
        below = sum(one < own * (1 - 1e-11) for one in apart)
        tied = sum(abs(one - own) <= own * 1e-11 for one in apart)
        for k in range(1, DEPTH + 1):
            hits[k - 1, i] = min(1.0, max(0.0, (k - below) / tied))
    return hits


@pytest.mark.parametrize("kind", ["normal", "binary", "few", "offset", "far", "large"])
def test_ranks_are_those_of_a_slow_twin(kind: str) -> None:
    rng = np.random.default_rng(1)
    n, d = 60, 7
    candidates = rng.normal(size=(n, d))
    if kind in ("binary", "few"):
        candidates = (candidates > 0).astype(float)[:, : d if kind == "binary" else 2]
    if kind == "offset":  # single precision alone would see little of the differences
        candidates = np.round(candidates) + 1e6
    if kind == "far":
        candidates[:, 0] = np.where(rng.random(n) < 0.5, 0, 1e7)
    if kind == "large":
        candidates *= 1e30
    points = candidates.astype(np.float32)
    true = rng.integers(0, n, 80)
    noise = {"far": 0.3, "large": 1e30}.get(kind, 0.5)
    queries = (points[true] + rng.normal(size=(80, points.shape[1])) * noise).astype(np.float32)
    queries[:20] = points[true[:20]]
    if kind == "binary":
        queries = np.rint(queries)
    assert np.allclose(expected_hits(queries, points, true), slow_hits(queries, points, true))


def test_equal_candidates_share_the_odds() -> None:
    points = np.zeros((12, 3), np.float32)
    points[4:] = 1
    hits = expected_hits(points[:1], points, np.array([0]))
    assert np.allclose(hits[:, 0], np.minimum(1, np.arange(1, 11) / 4))
    behind = expected_hits(points[:1], points, np.array([7]))
    assert np.allclose(behind[:, 0], np.maximum(0, np.arange(1, 11) - 4) / 8)


def test_a_single_constant_candidate_class_is_chance() -> None:
    points = np.full((50, 4), 3, np.float32)
    one, ten = rank_trials(("a", "b"), points[:20], points, np.arange(20), "")
    assert one.figure.value == pytest.approx(1 / 50)
    assert ten.figure.value == pytest.approx(10 / 50)
    assert one.chance is not None
    assert one.chance.value == 1 / 50
    assert not one.beyond_chance
    assert not ten.beyond_chance


def test_many_queries_pass_through_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    points = rng.integers(0, 3, (90, 3)).astype(np.float32)
    queries = rng.integers(0, 3, (70, 3)).astype(np.float32)
    true = rng.integers(0, 90, 70)
    whole = expected_hits(queries, points, true)
    monkeypatch.setattr("fewbytes.audits.linkage.ranks._DISTANCES", 100)
    assert np.array_equal(expected_hits(queries, points, true), whole)
    assert np.allclose(whole, slow_hits(queries, points, true))


def test_curve_rises_to_the_shares() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(200, 5)).astype(np.float32)
    queries = points + rng.normal(size=points.shape).astype(np.float32)
    one, ten = rank_trials(("a", "b"), queries, points, np.arange(200), "")
    curve = one.exhibit["share"]
    assert one.exhibit["rank"].tolist() == list(range(1, 11))
    assert (np.diff(curve) >= 0).all()
    assert curve[0] == one.figure.value
    assert curve[-1] == ten.figure.value


@pytest.mark.parametrize("tied", [1, 4])
def test_intervals_cover(tied: int) -> None:
    """Each of the queries finds its candidate, among `tied` equal ones, with a chance of 1/3."""
    rng = np.random.default_rng(4)
    points = np.repeat(np.arange(200 // tied), tied).astype(np.float32)[:, None]
    missed = 0
    for _ in range(300):
        true = rng.integers(0, len(points), 100)
        hit = rng.random(100) < 1 / 3
        queries = np.where(hit, points[true, 0], points[true, 0] + 20)[:, None]
        trial = rank_trials(("a", "b"), queries.astype(np.float32), points, true, "")[0]
        missed += not trial.figure.covers(1 / 3 / tied)
    assert missed <= 2


def test_unlike_lengths_are_refused() -> None:
    with pytest.raises(InputError, match=r"queries are \(2, 3\), candidates \(2, 4\)"):
        expected_hits(np.zeros((2, 3), np.float32), np.zeros((2, 4), np.float32), np.arange(2))
