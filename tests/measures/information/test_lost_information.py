"""Bits that a reader lost, held to losses that are rare and large."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.errors import InputError
from fewbytes.measures.information.lost_information import lost_information, pointwise_loss
from fewbytes.measures.information.usable import Usable
from fewbytes.measures.measurement import Measurement, Verdict

REACH = (-8.0, 3.3)


def _usable(pointwise: np.ndarray) -> Usable:
    m = len(pointwise)
    return Usable(
        Measurement("usable.cnn", "bits", None, 0.0, 1.0, m, "", ""),
        pointwise, np.arange(m), np.zeros((m, 2)), np.zeros(m, np.int64),
        np.array([m, m]), REACH, 0.0,
    )  # fmt: skip


def _lost(losses: np.ndarray) -> Measurement:
    originals = np.full(len(losses), 2.0)
    return lost_information(_usable(originals - losses), _usable(originals))


@pytest.mark.parametrize(("share", "n"), [(0.01, 79), (0.001, 4000), (0.1, 400)])
def test_losses_that_are_rare_and_large(share: float, n: int) -> None:
    for seed in range(60):
        losses = 6.0 * (np.random.default_rng(seed).random(n) < share)
        found = _lost(losses)
        assert found.verdict is Verdict.RELIABLE
        assert found.covers(6 * share), seed
        assert _lost(-losses).covers(-6 * share), seed


def test_what_is_lost_evenly_is_known_closely() -> None:
    found = _lost(np.random.default_rng(0).normal(1.0, 0.5, 4000))
    assert found.covers(1.0)
    assert not found.covers(0.9)
    assert not found.covers(1.1)


def test_one_reader_loses_nothing_and_two_alike_might() -> None:
    same = _usable(np.full(100, 1.0))
    found = lost_information(same, same)
    assert found.low == found.high == 0
    assert "same reader" in found.method
    alike = lost_information(same, _usable(np.full(100, 1.0)))
    assert alike.low is not None
    assert alike.high is not None
    assert alike.low < -0.5 < 0.5 < alike.high


def test_other_records() -> None:
    first, second = _usable(np.zeros(10)), _usable(np.zeros(11))
    with pytest.raises(InputError, match="not evaluated on the same records"):
        lost_information(first, second)
    with pytest.raises(InputError, match="not evaluated on the same records"):
        pointwise_loss(first, second)
