"""Differences from raw and their intervals, against intervals worked out apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from fewbytes.report.page.compared import Gap, gaps
from fewbytes.report.page.reading import Contents
from fewbytes.studies.config import RAW
from tests.report.page.making import TESTED, contents_of, finished

CODEC = "dct:8 | uniform:8 | zstd"
RAWS = (0.98, 0.97, 0.99)


def _run(differences: tuple[float, ...], **more: Any) -> Contents:
    return contents_of(
        [
            finished(codec, seed, accuracy + gap, **(more if codec == CODEC else {}))
            for seed, (accuracy, gap) in enumerate(zip(RAWS, differences, strict=False))
            for codec, gap in ((RAW, 0.0), (CODEC, gap))
        ]
    )


def _gap(run: Contents) -> Gap:
    (found,) = gaps(run).values()
    return found


def test_seeds_that_differ_give_students_interval() -> None:
    differences = (-0.05, -0.1, -0.03)
    found = _gap(_run(differences))
    error = scipy.stats.sem(differences)
    expected = scipy.stats.t.interval(0.95, 2, loc=np.mean(differences), scale=error)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-6)
    assert found.mean == pytest.approx(np.mean(differences))


def test_seeds_that_agree_leave_what_the_images_allow() -> None:
    found = _gap(_run((-0.004, -0.004, -0.004)))
    images = math.sqrt((0.004 - 0.004**2) / TESTED / 3)
    assert found.mean == pytest.approx(-0.004)
    assert found.high == pytest.approx(-0.004 + 1.96 * images, rel=0.01)
    assert found.low <= -0.004 - 1.95 * images


def test_what_is_exact_has_no_width() -> None:
    assert _gap(_run((0.0, 0.0, 0.0), mse=0.0)) == Gap(0.0, 0.0, 0.0, 3)
    assert _gap(_run((0.0, 0.0, 0.0))).low < 0


def test_no_interval_without_seeds_or_predictions() -> None:
    assert not _gap(_run((-0.01,))).has_interval
    for damage in (
        {},
        {"test_predictions": np.zeros(3, np.uint8)},
        {"test_predictions": np.zeros((2, 2))},
    ):
        run = _run((-0.01, -0.02))
        run.curves[run.lines[1].keys[0]] = damage
        assert not _gap(run).has_interval
        assert _gap(run).mean == pytest.approx(-0.015)


def test_validation_images_are_matched_by_their_numbers() -> None:
    run = _run((0.0, 0.0))
    run.judged_on = "validation"
    numbers, right = np.arange(1000), np.arange(1000) >= 30
    turned = {"val_numbers": numbers[::-1], "val_right": right[::-1]}
    run.curves |= {key: {"val_numbers": numbers, "val_right": right} for key in run.curves}
    straight = _gap(run)
    run.curves |= dict.fromkeys(run.lines[1].keys, turned)
    assert _gap(run) == straight
    assert straight.has_interval
    run.curves[run.lines[1].keys[0]] = {"val_numbers": numbers + 1, "val_right": right}
    assert not _gap(run).has_interval
