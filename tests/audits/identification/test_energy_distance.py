"""The energy distance against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from fewbytes.audits.identification.energy_distance import distances, energy_distances


def slow(points: NDArray[np.float32], subset: list[int]) -> float:
    """Twin: three means of distances."""
    inside = np.zeros(len(points), bool)
    inside[subset] = True
    x, y = points[inside].astype(float), points[~inside].astype(float)
    return float(2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean())


@pytest.mark.parametrize("size", [1, 2, 5, 19])
def test_against_the_definition(size: int) -> None:
    rng = np.random.default_rng(size)
    points = rng.normal(size=(20, 3)).astype(np.float32)
    chosen = np.stack([rng.permutation(20)[:size] for _ in range(7)])
    found = energy_distances(distances(points), chosen)
    assert found == pytest.approx([slow(points, list(one)) for one in chosen], abs=1e-5)


def test_two_points_of_one_dimension() -> None:
    """E = 2 d - 0 - 0 for single points at distance d."""
    apart = distances(np.array([[-1.5], [1.5]], np.float32))
    assert energy_distances(apart, np.array([[0]])) == pytest.approx([6.0])


def test_equal_points_have_no_distance() -> None:
    """Not even that of rounding, wherever they lie."""
    points = np.repeat(np.array([[0.3, 7.1, -2.9]], np.float32), 30, axis=0)
    apart = distances(points)
    assert not apart.any()
    assert not energy_distances(apart, np.array([[0, 1], [2, 3]])).any()


def test_many_pairs_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    chosen = np.stack([np.random.default_rng(i).permutation(40)[:6] for i in range(9)])
    whole = energy_distances(distances(points), chosen)
    monkeypatch.setattr("fewbytes.audits.identification.energy_distance._PAIRS", 20)
    assert energy_distances(distances(points), chosen) == pytest.approx(whole)
