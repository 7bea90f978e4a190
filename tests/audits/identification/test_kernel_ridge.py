"""Kernel ridge regression against its normal equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from fewbytes.audits.identification.kernel_ridge import MOST, RIDGE, KernelRidge


def test_against_the_normal_equations() -> None:
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(n, 3)).astype(np.float32) + i for i, n in enumerate((20, 31, 15))]
    points = np.concatenate(sets).astype(float)
    which = np.repeat(np.arange(3), (20, 31, 15))
    squares = cdist(points, points, "sqeuclidean")
    width = 2 / np.median(squares[squares > 0])
    kernel = np.exp(-width * squares) + RIDGE * np.eye(len(points))
    weights = np.linalg.solve(kernel, np.where(which[:, None] == np.arange(3), 1.0, -1.0))
    new = rng.normal(size=(5, 3)).astype(np.float32)
    expected = np.exp(-width * cdist(new.astype(float), points, "sqeuclidean")) @ weights
    assert KernelRidge.of(sets).scores(new) == pytest.approx(expected, abs=1e-4)


def test_sets_that_differ_are_told() -> None:
    rng = np.random.default_rng(1)
    sets = [rng.normal(i * 2, 1, (200, 8)).astype(np.float32) for i in range(3)]
    ridge = KernelRidge.of(sets)
    new = np.concatenate([rng.normal(i * 2, 1, (100, 8)) for i in range(3)]).astype(np.float32)
    right = ridge.scores(new).argmax(1) == np.repeat(np.arange(3), 100)
    assert right.mean() > 0.97


def test_sets_alike_are_not_told() -> None:
    rng = np.random.default_rng(2)
    sets = [rng.normal(size=(300, 8)).astype(np.float32) for _ in range(2)]
    scores = KernelRidge.of(sets).scores(rng.normal(size=(2000, 8)).astype(np.float32))
    assert abs((scores.argmax(1) == 0).mean() - 0.5) < 0.15


def test_no_more_is_learned_from_than_fits() -> None:
    sets = [np.zeros((5 * MOST, 2), np.float32), np.ones((10, 2), np.float32)]
    ridge = KernelRidge.of(sets)
    assert len(ridge.points) == MOST // 2 + 10
    assert ridge.scores(np.zeros((1, 2), np.float32)).argmax() == 0


def test_points_that_are_all_the_same() -> None:
    ridge = KernelRidge.of([np.ones((4, 2), np.float32)] * 2)
    assert np.isfinite(ridge.scores(np.ones((3, 2), np.float32))).all()
