"""Intervals between networks: closed forms, and whether they cover."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.figures import clopper_pearson
from fewbytes.audits.membership.between_networks import interval, jackknifed
from fewbytes.audits.membership.lira import lira_online
from fewbytes.audits.membership.roc import area, found_at
from fewbytes.audits.membership.shadows import Floats, Shadows
from tests.audits.membership.worlds import gaussian_world


def test_of_a_mean_it_is_the_variance_of_the_mean() -> None:
    world = gaussian_world(0.0, 0)
    values, variances = jackknifed(world, lambda some: np.array([some.right.mean()]))
    each = world.right.mean(1)
    assert values[0] == pytest.approx(each.mean())
    assert variances[0] == pytest.approx(each.var(ddof=1) / len(each))


def test_with_many_networks_and_no_variance_it_is_clopper_and_pearson() -> None:
    for found in (0, 3, 400, 1000):
        ends = interval(found / 1000, 0.0, 1000, 10**7)
        assert ends == pytest.approx(clopper_pearson(found, 1000), rel=1e-4, abs=1e-9)


def test_four_times_the_binomial_variance_is_a_quarter_of_the_records() -> None:
    ends = interval(0.5, 4 * 0.25 / 1000, 1000, 10**7)
    assert ends == pytest.approx(clopper_pearson(125, 250), rel=0.01)


def test_few_networks_make_it_wider() -> None:
    many, few = interval(0.1, 1e-4, 10_000, 1000), interval(0.1, 1e-4, 10_000, 8)
    assert few[0] < many[0] < 0.1 < many[1] < few[1]


def test_at_the_ends_a_variance_still_counts() -> None:
    low, high = interval(1.0, 0.03**2, 4000, 16)
    assert 0.5 < low < 0.95
    assert high == 1
    assert interval(0.0, 0.0, 4000, 16)[0] == 0
    assert interval(0.0, 0.0, 4000, 16)[1] > 0


@pytest.mark.parametrize("leak", [0.0, 1.5])
def test_intervals_cover(leak: float) -> None:
    """At 90 %, of networks trained anew on the same records. The truth is the mean of many."""

    def figures(some: Shadows) -> Floats:
        scores = lira_online(some)
        return np.array(
            [area(scores, some.members), *found_at(scores, some.members, np.array([0.02]))]
        )

    runs = 40
    worlds = [gaussian_world(leak, s, networks=12, records=150) for s in range(runs)]
    found = [jackknifed(world, figures) for world in worlds]
    varied = np.var([values for values, _ in found], axis=0, ddof=1)
    assert (np.mean([variances for _, variances in found], axis=0) > 0.7 * varied).all()
    truth = np.mean([values for values, _ in found], axis=0) if leak else np.array([0.5, 0.02])
    for k in (0, 1):
        ends = [interval(v[k], e[k], 900, 12, level=0.9) for v, e in found]
        missed = sum(not low <= truth[k] <= high for low, high in ends)
        assert missed <= 10  # binomial(40, 0.1) exceeds it once in 700 times
