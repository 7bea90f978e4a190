"""Permutation p-values: exact, and exact on codes with few values too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from fewbytes.audits.identification.permutation import deviations, p_value, ranks, subsets


def test_subsets_are_sets() -> None:
    found = subsets(9, 4, 500, 3)
    assert found.shape == (501, 4)
    assert found[0].tolist() == [0, 1, 2, 3]
    assert all(len(set(row)) == 4 for row in found.tolist())
    counts = np.bincount(found[1:].ravel(), minlength=9)
    assert counts.min() > 160  # 222 expected
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0


def test_single_records_are_all_taken() -> None:
    assert subsets(5, 1, 999, 0).tolist() == [[0], [1], [2], [3], [4]]


def test_many_subsets_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewbytes.audits.identification.permutation._DRAWN", 50)
    assert len(np.unique(np.sort(subsets(20, 5, 40, 1), 1), axis=0)) > 35


def test_the_p_value_is_a_rank() -> None:
    figures = np.array([[3.0, 1, 2, 5, 4]])
    assert p_value(figures) == 3 / 5
    assert p_value(np.array([[9.0, 1, 2, 5, 4]])) == 1 / 5
    assert p_value(np.zeros((1, 4))) == 1.0


def test_against_all_subsets() -> None:
    """The random p-value tends to that of every subset there is (Fisher's exact test)."""
    values = np.array([5.0, 4, 1, 2, 0, 3.5, 1, 0.5])
    sums = [sum(values[list(one)]) for one in combinations(range(8), 2)]
    exact = np.mean([one >= values[:2].sum() for one in sums])
    chosen = subsets(8, 2, 20_000, 4)
    assert p_value(values[chosen].mean(1)[None]) == pytest.approx(exact, abs=0.004)


def test_joined_statistics_keep_the_level() -> None:
    rng = np.random.default_rng(0)
    p = np.array([p_value(rng.normal(size=(4, 100))) for _ in range(1000)])
    assert np.mean(p <= 0.05) <= 0.05 + 4 * np.sqrt(0.05 / 1000)
    assert np.mean(p <= 0.05) >= 0.02
    assert p.min() >= 0.01


def test_ties_broken_at_random_make_the_level_exact() -> None:
    rng = np.random.default_rng(1)
    p = [p_value(rng.integers(0, 2, (2, 20)).astype(float), rng) for _ in range(1200)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / 1200))


def test_rounding_is_no_difference() -> None:
    assert ranks(np.array([1.0, 1.0 + 1e-13, 2.0])).tolist() == [3, 3, 1]
    assert ranks(np.zeros(3)).tolist() == [3, 3, 3]
    assert deviations(np.full(5, 1e6)) == 0.0


def test_deviations() -> None:
    assert deviations(np.array([4.0, 0, 0, 0])) == pytest.approx(3 / np.sqrt(3))
