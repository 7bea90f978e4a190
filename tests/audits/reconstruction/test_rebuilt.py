"""How estimates become images, and their error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.exposure import as_identity
from fewbytes.audits.reconstruction.rebuilt import (
    estimated,
    held,
    level_error,
    levels,
    picture,
    picture_error,
)
from fewbytes.measures.measurement import Verdict
from tests.audits.reconstruction.pictures import exposure_of


def test_the_held_part_is_known_and_the_last_of_it() -> None:
    assert held(exposure_of("dct:4", 800)) == slice(360, 400)
    assert held(exposure_of("dct:4", 11)) == slice(3, 5)


def test_levels_are_whole_and_may_lie_anywhere() -> None:
    inputs = np.linspace(-400, 400, 1300)[:, None]
    found = levels(lambda x: x * 1.0, inputs)
    assert np.array_equal(found, np.rint(inputs))
    assert levels(lambda x: x * 1e300, inputs).max() == 10**6


def test_levels_beyond_bytes_count_in_full_and_are_cut_in_the_picture() -> None:
    exposure = exposure_of("dct:4", 80)
    found = np.full((40, 64), 300, np.int32)
    found[:, 0] = -100
    true = exposure.pixels[40:].astype(float)
    assert level_error(exposure, found).value == pytest.approx(np.square(found - true).mean())
    cut = picture(found, exposure)
    assert cut.shape == (40, 8, 8, 1)
    assert set(np.unique(cut)) == {0, 255}
    error = picture_error(exposure, cut)
    assert error.value == pytest.approx(np.square(found.clip(0, 255) - true).mean())


def test_exact_images_have_an_interval_but_in_the_control() -> None:
    exposure = exposure_of("identity | uint8")
    exact = exposure.pixels[400:].astype(np.int32)
    found = level_error(exposure, exact)
    assert (found.value, found.low, found.verdict) == (0, 0, Verdict.RELIABLE)
    assert found.high is not None
    assert found.high > 100
    assert level_error(as_identity(exposure), exact).high == 0


def test_few_images_that_differ_are_no_reason_for_doubt() -> None:
    exposure = exposure_of("identity | uint8")
    nearly = exposure.images[400:].copy()
    nearly[0, :4] ^= 1
    found = picture_error(exposure, nearly)
    assert found.verdict is Verdict.RELIABLE
    assert found.value == pytest.approx(0.5 / 400)
    assert "worst image" in found.method


def test_the_held_part_is_estimated_by_what_the_rest_taught() -> None:
    exposure = exposure_of("dct:4", 400)
    asked: list[slice] = []

    def learn(known: slice):  # type: ignore[no-untyped-def]
        asked.append(known)
        return lambda x: np.full((len(x), 64), float(known.stop))

    made = estimated(exposure, exposure.values, learn, "how")
    assert asked == [slice(0, 180), slice(0, 200)]
    assert (made.held == 180).all()
    assert (made.targets == 200).all()
    assert made.held.shape == (20, 8, 8, 1)
    assert made.targets.shape == (200, 8, 8, 1)
    assert made.method.startswith("how; cut to 0..255 (before that")


def test_linear_estimates_are_judged_as_the_pictures_they_make() -> None:
    """Cutting costs nothing: an estimate far outside 0..255 is as good as white."""
    exposure = replace(exposure_of("identity"), images=np.full((800, 8, 8, 1), 255, np.uint8))
    made = estimated(exposure, exposure.values, lambda _: lambda x: x * 0 + 1000.0, "a guess")
    assert (made.targets == 255).all()
    assert made.error.value == 0
    assert made.uncut is not None
    assert made.uncut.value == (1000 - 255) ** 2
    uncut = 10 * np.log10(255**2 / made.uncut.value)
    assert f"before that, as the floor has it: {uncut:.4g} dB" in made.method
