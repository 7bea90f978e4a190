"""The interval of square errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.audits.figures import mean
from fewbytes.audits.reconstruction.skewed_mean import mean_error
from fewbytes.errors import InputError


def test_it_covers_the_mean_of_skewed_errors() -> None:
    rng = np.random.default_rng(0)
    truth = math.exp(0.5 * 0.6**2)
    samples = rng.lognormal(0, 0.6, (4000, 300))
    found = [mean_error(each) for each in samples]
    assert sum(not one.covers(truth) for one in found) <= 14
    plain = sum(not mean("mse", "", each, "").covers(truth) for each in samples)
    assert plain > sum(not one.covers(truth) for one in found)
    assert not any(one.covers(1.4 * truth) for one in found)


def test_without_skew_it_is_the_normal_interval() -> None:
    each = np.arange(101.0)
    plain, found = mean("mse", "", each, ""), mean_error(each)
    assert found.low == pytest.approx(plain.low)
    assert found.high == pytest.approx(plain.high)


def test_errors_all_alike_and_errors_near_none() -> None:
    found = mean_error(np.full(50, 3.0))
    assert (found.low, found.value, found.high) == (3, 3, 3)
    each = np.zeros(50)
    each[0] = 1
    assert mean_error(each).low == 0


def test_one_figure_is_too_few() -> None:
    with pytest.raises(InputError, match="an interval needs at least 2"):
        mean_error(np.ones(1))
