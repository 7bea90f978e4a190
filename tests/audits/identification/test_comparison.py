"""A bag against a reference: at its level where it belongs there, found where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.identification.comparison import FARTHEST, OTHER, Scores

Points = NDArray[np.float32]


def drawn(rng: np.random.Generator, n: int, d: int = 6) -> Points:
    return (rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) + 5).astype(np.float32)


def p_of(bag: Any, rest: Points, learned: Points, others: list[Points], **more: Any) -> float:
    points = np.asarray(bag, np.float32)
    return Scores.of(learned, others).compared(points, rest, count=199, seed=1, **more).p_value


@pytest.mark.parametrize("size", [1, 3, 30])
def test_the_level(size: int) -> None:
    rng = np.random.default_rng(size)
    trials = 120
    alarms = 0
    for _ in range(trials):
        bag, rest, learned = drawn(rng, size), drawn(rng, 99), drawn(rng, 40)
        other = drawn(rng, 40) + 1
        alarms += p_of(bag, rest, learned, [other]) <= 0.05
    assert alarms / trials <= 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / trials)


@pytest.mark.parametrize("shift", [4.0, -4.0])
@pytest.mark.parametrize("size", [3, 30])
def test_another_place_is_found(size: int, shift: float) -> None:
    rng = np.random.default_rng(0)
    found = p_of(drawn(rng, size) + shift, drawn(rng, 200), drawn(rng, 100), [])
    assert found <= 0.02


def test_one_odd_record_is_found() -> None:
    rng = np.random.default_rng(0)
    odd = drawn(rng, 1) + np.array([0, 0, 0, 0, 0, 9])
    assert p_of(odd, drawn(rng, 300), drawn(rng, 100), []) <= 0.02
    assert p_of(drawn(rng, 1), drawn(rng, 300), drawn(rng, 100), []) > 0.02


def test_records_that_are_too_typical_are_found() -> None:
    """One middling record again and again; and no two alike, but all near the middle."""
    rng = np.random.default_rng(0)
    rest, learned = drawn(rng, 300), drawn(rng, 100)
    assert p_of(np.repeat(drawn(rng, 1), 30, 0), rest, learned, []) <= 0.02
    middle = learned.mean(0) + 0.1 * (drawn(rng, 30) - 5)
    assert p_of(middle, rest, learned, []) <= 0.02


def test_a_mixture_is_found() -> None:
    rng = np.random.default_rng(0)
    mixed = np.concatenate([drawn(rng, 50), drawn(rng, 50) + 3])
    assert p_of(mixed, drawn(rng, 500), drawn(rng, 100), []) <= 0.02


def test_what_looks_like_another_set_is_found() -> None:
    """Corners of a cube, of even parity here and of odd there: all alike but for the corners."""
    rng = np.random.default_rng(0)

    def corners(n: int, parity: int) -> Points:
        signs = rng.choice([-1, 1], (n, 3))
        signs[:, 2] = parity * signs[:, 0] * signs[:, 1]
        found: Points = (rng.normal(size=(n, 3)) + 5 * signs).astype(np.float32)
        return found

    rest, learned, other = corners(800, 1), corners(300, 1), corners(300, -1)
    bag = corners(1, -1)
    test = Scores.of(learned, [other]).compared(bag, rest, count=99, seed=0)
    assert test.statistic == OTHER
    assert test.p_value <= 0.01
    assert Scores.of(learned).compared(bag, rest, count=99, seed=0).p_value > 0.01
    assert p_of(corners(1, 1), rest, learned, [other]) > 0.01


def test_degenerate_codes() -> None:
    """All the same: a bag of the same is no alarm, any other is."""
    same = np.full((100, 3), 7, np.float32)
    assert p_of(same[:5], same, same, []) == 1.0
    assert p_of(same[:1], same, same, [same + 1]) == 1.0
    assert p_of(same[:5] + 1, same, same, []) <= 0.01
    p = [p_of(same[:5], same, same, [], break_ties=True)]
    assert 0 < p[0] <= 1


def test_values_beyond_all_bounds() -> None:
    rng = np.random.default_rng(0)
    huge = np.full((3, 6), 3e38, np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = p_of(huge, drawn(rng, 300), drawn(rng, 100), [drawn(rng, 50)])
    assert found <= 0.02
    assert FARTHEST < 1e7  # squares of it fit float32
