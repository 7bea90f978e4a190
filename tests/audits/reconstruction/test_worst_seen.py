"""Intervals where nearly all images are exact."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from fewbytes.audits.reconstruction.worst_seen import by_worst_seen
from fewbytes.measures.measurement import Measurement, Verdict


def _found(each: np.ndarray, verdict: Verdict = Verdict.UNRELIABLE) -> Measurement:
    value = float(each.mean())
    return Measurement("mse", "", value, value, value, len(each), "", "", verdict=verdict)


def test_it_covers_errors_that_few_images_have() -> None:
    rng, missed = np.random.default_rng(0), 0
    for _ in range(2000):
        each = np.where(rng.random(500) < 0.002, rng.uniform(0, 1000, 500), 0.0)
        worst = float(each.max())
        found = by_worst_seen(_found(each), partial(float, worst), 0, 1000)
        missed += not found.covers(0.002 * 500)
    assert missed <= 4


def test_its_end_is_the_worst_seen_and_the_worst_possible() -> None:
    each = np.zeros(100)
    each[0] = 7
    found = by_worst_seen(_found(each), lambda: 7.0, 0, 1000)
    share = 1 - 0.0005 ** (1 / 100)
    assert found.high == pytest.approx((1 - share) * 7 + share * 1000)
    assert (found.low, found.value, found.verdict) == (0, 0.07, Verdict.RELIABLE)
    assert "worst image" in found.method


def test_high_figures_can_be_the_good_ones() -> None:
    each = np.ones(100)
    each[0] = 0.5
    found = by_worst_seen(_found(each), lambda: 0.5, 1.0, -1.0)
    assert found.high == 1
    assert found.low is not None
    assert 0.3 < found.low < 0.5


def test_what_is_reliable_or_too_little_is_left_alone() -> None:
    def never() -> float:
        raise AssertionError

    for found in (_found(np.ones(100), Verdict.RELIABLE), _found(np.ones(20))):
        assert by_worst_seen(found, never, 0, 1) is found
