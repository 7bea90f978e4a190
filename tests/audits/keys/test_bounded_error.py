"""An interval that holds where few images make the error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.audits.keys.bounded_error import bounded_error, empirical_bernstein
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import squared_error
from fewbytes.measures.measurement import Verdict


def test_what_is_reliable_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 300, 4, 4, 1), dtype=np.uint8)
    assert bounded_error(a, b) == squared_error(a, b)


def test_what_few_images_make_has_a_wider_interval() -> None:
    a = np.zeros((2000, 4, 4, 1), np.uint8)
    b = a.copy()
    b[:3] = 40
    doubted, found = squared_error(a, b), bounded_error(a, b)
    assert doubted.verdict is Verdict.UNRELIABLE
    assert found.verdict is Verdict.RELIABLE
    assert found.value == doubted.value == pytest.approx(3 / 2000 * 1600)
    assert found.low == 0
    assert found.high is not None
    assert doubted.high is not None
    assert found.high > doubted.high


def test_the_bound_is_the_theorem_s() -> None:
    tail = math.log(2 / 0.0005)
    slow = math.sqrt(2 * 4 * tail / 50) + 7 * 10 * tail / (3 * 49)
    assert empirical_bernstein(4, 50, 10) == pytest.approx(slow)


def test_the_bound_covers_rare_failures() -> None:
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(2000):
        each = (rng.random(200) < 0.002) * 1.0
        missed += abs(each.mean() - 0.002) > empirical_bernstein(each.var(ddof=1), 200, 1)
    assert missed <= 8


def test_two_images_are_needed() -> None:
    one = np.zeros((1, 4, 4, 1), np.uint8)
    with pytest.raises(InputError, match="at least 2"):
        bounded_error(one, one)
