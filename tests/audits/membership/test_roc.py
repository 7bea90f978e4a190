"""The ROC against slow twins, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from fewbytes.audits.membership.roc import area, curve, found_at


def slow_share(scores: np.ndarray, members: np.ndarray, k: int, rng: np.random.Generator) -> float:
    """Members above the k-th of the non-members, equal scores in a random order."""
    order = rng.permutation(scores.size)
    order = order[np.argsort(-scores[order], kind="stable")]
    accused = found = 0
    for one in order:
        if members[one]:
            found += 1
        else:
            accused += 1
            if accused == k:
                return float(found / members.sum())
    raise AssertionError("fewer non-members than k")


@pytest.mark.parametrize("distinct", [3, 10, 10_000])
def test_shares_are_the_mean_over_orders_of_equal_scores(distinct: int) -> None:
    rng = np.random.default_rng(distinct)
    members = rng.random(60) < 0.5
    scores = rng.integers(0, distinct, 60) + members.astype(float)
    n = int((~members).sum())
    for k in (1, 2, 7, n):
        slow = [slow_share(scores, members, k, rng) for _ in range(3000)]
        fast = found_at(scores, members, np.array([k / n]))[0]
        assert fast == pytest.approx(np.mean(slow), abs=5 * np.std(slow) / np.sqrt(3000) + 1e-9)


def test_between_whole_numbers_of_false_alarms_shares_are_linear() -> None:
    rng = np.random.default_rng(0)
    members = np.arange(200) % 2 == 0
    scores = rng.normal(size=200) + members
    at = found_at(scores, members, np.array([0.0, 0.004, 0.01, 0.03, 0.034, 0.04, 1.0]))
    assert at[0] == 0
    assert at[1] == pytest.approx(0.4 * at[2])
    assert at[4] == pytest.approx(0.6 * at[3] + 0.4 * at[5])


def test_area_is_the_share_of_pairs_that_are_told_rightly() -> None:
    rng = np.random.default_rng(1)
    members = rng.random((4, 30)) < 0.4
    scores = rng.integers(0, 8, (4, 30)) + members
    inside, outside = scores[members], scores[~members]
    pairs = (inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)
    assert area(scores.astype(float), members) == pytest.approx(pairs.mean())


def test_all_and_nothing() -> None:
    members = np.arange(4000) % 2 == 0
    rates = np.array([0.001, 0.01])
    assert area(members.astype(float), members) == 1
    assert found_at(members.astype(float), members, rates) == pytest.approx([1, 1])
    assert area(1.0 - members, members) == 0
    assert found_at(1.0 - members, members, rates) == pytest.approx([0, 0])
    constant = np.zeros(4000)
    assert area(constant, members) == 0.5
    assert found_at(constant, members, rates) == pytest.approx(rates, rel=1e-3)


def test_scores_that_say_nothing_find_no_more_than_they_accuse() -> None:
    rng = np.random.default_rng(2)
    members = np.arange(2000) % 2 == 0
    found = [found_at(rng.normal(size=2000), members, np.array([0.001]))[0] for _ in range(2000)]
    assert np.mean(found) == pytest.approx(1 / 1001, abs=5 * np.std(found) / np.sqrt(2000))


def test_the_curve_is_that_of_two_gaussians() -> None:
    rng = np.random.default_rng(3)
    members = np.arange(200_000) % 2 == 0
    scores = rng.normal(size=200_000) + 2 * members
    fpr, tpr = curve(scores, members)
    assert fpr.shape == tpr.shape == (200,)
    assert fpr[0] == pytest.approx(1e-5)
    assert fpr[-1] == tpr[-1] == 1
    assert (np.diff(tpr) >= 0).all()
    many = fpr > 1e-3
    assert tpr[many] == pytest.approx(ndtr(2 + ndtri(fpr[many])), abs=0.02)
    assert area(scores, members) == pytest.approx(ndtr(2 / np.sqrt(2)), abs=0.005)
