"""The attacks as an audit runs them: claims, controls, planted leaks and their clean twins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Finding, Outcome
from fewbytes.audits.reconstruction.ladder import LADDER
from tests.audits.reconstruction.pictures import exposure_of

RUNGS = ("decoder", "pseudo_inverse", "linear_estimate", "pairs", "learned")


def _all(exposure: Exposure) -> dict[str, Finding]:
    rows = [row for attack in LADDER for row in attack.findings(exposure, Settings())]
    return {row.attack: row for row in rows}


@pytest.fixture(scope="module")
def found() -> dict[str, Finding]:
    return _all(exposure_of("projection:16 | uniform:8", 1000))


def test_every_figure_has_a_row_and_its_controls_are_in_place(found: dict[str, Finding]) -> None:
    names = [f"reconstruction.{rung}.{one}" for rung in RUNGS for one in ("psnr", "ssim")]
    mean = ["mean_image.psnr", "mean_image.ssim", "best_guess.ssim"]
    expected = [*(f"reconstruction.{one}" for one in mean), *names]
    assert list(found) == [*expected, "reconstruction.floor", "reconstruction.agreement"]
    assert [row.attack for row in found.values() if not row.controls_in_place] == []


def test_sentences_are_filled_in(found: dict[str, Finding]) -> None:
    for row in found.values():
        assert "{" not in row.words
        assert row.claim.covers
        assert row.row()["words"] == row.words
    assert found["reconstruction.linear_estimate.psnr"].outcome is Outcome.DISCLOSED
    assert found["reconstruction.pseudo_inverse.psnr"].outcome is Outcome.NOT_SHOWN
    assert found["reconstruction.floor"].outcome is Outcome.DESCRIBED


def test_codes_that_say_nothing_disclose_nothing() -> None:
    """The codes of other images of the kind: sharp, plausible, and of nobody here."""
    exposure = exposure_of("projection:16 | uniform:8", 1000)
    others = exposure_of("projection:16 | uniform:8", 1000, seed=1)
    codes = exposure.fitted.encode(others.images)
    clean = _all(replace(exposure, codes=codes))
    assert {row.outcome for row in clean.values()} == {Outcome.NOT_SHOWN, Outcome.DESCRIBED}
    floor = clean["reconstruction.floor"].trial.figure
    mean = clean["reconstruction.mean_image.psnr"].trial.figure
    assert floor.value == pytest.approx(mean.value, abs=0.3)


def test_one_coefficient_of_sixteen_is_a_leak_that_is_found() -> None:
    exposure = exposure_of("pca:16", 1000)
    codes = np.random.default_rng(0).permuted(exposure.codes, axis=0)
    codes[:, 0] = exposure.codes[:, 0]
    leaky = _all(replace(exposure, codes=codes))
    for rung in ("pairs", "learned"):
        assert leaky[f"reconstruction.{rung}.psnr"].outcome is Outcome.DISCLOSED
    floor, nothing = (leaky[f"reconstruction.{one}"] for one in ("floor", "mean_image.psnr"))
    assert (floor.trial.figure.low or 0) > (nothing.trial.figure.high or 0)


def test_what_cannot_be_had_says_why() -> None:
    rows = _all(exposure_of("otsu | downsample:4", 600))
    assert rows["reconstruction.pseudo_inverse.psnr"].outcome is Outcome.UNAVAILABLE
    assert rows["reconstruction.linear_estimate.ssim"].words == "otsu is not linear."
    assert rows["reconstruction.pairs.psnr"].outcome is Outcome.DISCLOSED
    few = _all(exposure_of("dct:4", 300))
    assert {row.outcome for row in few.values()} == {Outcome.UNAVAILABLE}


def test_it_tells_what_it_is_at() -> None:
    told: list[str] = []
    exposure = exposure_of("dct:4", 400)
    LADDER[1].findings(exposure, Settings(tell=told.append))
    assert told[0] == "rebuilding images: decoder, store codes"
    assert len(told) == 3
