"""PSNR and SSIM beside chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.exposure import Exposure, as_identity
from fewbytes.audits.reconstruction.guess import guess_of
from fewbytes.audits.reconstruction.judged import judged, shown_codes
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, picture_error
from fewbytes.types import Images
from tests.audits.reconstruction.pictures import exposure_of, pictures


def _made(exposure: Exposure, targets: Images) -> Rebuilt:
    error = picture_error(exposure, targets)
    return Rebuilt(targets[:2], targets, error, "by hand", {"more": np.arange(3)})


def test_figures_have_the_names_of_the_rung_and_chance_beside_them() -> None:
    exposure = exposure_of("dct:4")
    first, second = judged("decoder", exposure, _made(exposure, exposure.decoded[400:]))
    assert first.figure.name == "reconstruction.decoder.psnr"
    assert second.figure.name == "reconstruction.decoder.ssim"
    assert (first.figure.unit, second.figure.unit) == ("dB", "")
    assert first.chance == guess_of(exposure).psnr
    assert second.chance == guess_of(exposure).ssim[1]
    assert first.beyond_chance
    assert second.beyond_chance
    assert set(first.exhibit) == {"originals", "rebuilt", "codes", "more"}
    assert np.array_equal(first.exhibit["originals"], exposure.images[400:410])
    assert np.array_equal(first.exhibit["rebuilt"], exposure.decoded[400:410])


def test_what_an_attack_says_of_every_code_alike_is_not_beyond_chance() -> None:
    """All targets look like one, and not like the known: to know that one is to know no code."""
    images = pictures(800)[0]
    rng = np.random.default_rng(0)
    images[400:] = (255 - images[400]) ^ rng.integers(0, 4, images[400:].shape, dtype=np.uint8)
    exposure = exposure_of("dct:4", images=images)
    alike = np.broadcast_to(images[400], images[400:].shape)
    trial = judged("decoder", exposure, _made(exposure, alike))[1]
    assert trial.chance is not None
    assert trial.chance.method == "the same attack on the code of another record"
    assert not trial.beyond_chance
    assert (trial.figure.low or 0) > (guess_of(exposure).ssim[1].high or 1)


def test_exact_images_are_beyond_it() -> None:
    exposure = as_identity(exposure_of("identity"))
    first, second = judged("decoder", exposure, _made(exposure, exposure.images[400:]))
    assert first.figure.value == np.inf
    assert second.figure.value == 1
    assert first.beyond_chance
    assert second.beyond_chance


def test_pictures_too_small_for_ssim() -> None:
    exposure = exposure_of("identity", images=pictures(400)[0][:, :2, :2])
    trial = judged("decoder", exposure, _made(exposure, exposure.images[200:]))[1]
    assert not trial.figure.available
    assert "SSIM needs 3 x 3" in trial.figure.warnings[0]


@pytest.mark.parametrize(
    ("spec", "shape"),
    [("downsample:4", (10, 4, 4, 1)), ("dct:4x3", (10, 3, 4)), ("projection:5", (10, 2, 3))],
)
def test_codes_are_shown_as_pictures_or_folded(spec: str, shape: tuple[int, ...]) -> None:
    exposure = exposure_of(spec, 400)
    found = shown_codes(exposure)
    assert found.shape == shape
    flat, values = found.reshape(10, -1), exposure.values[200:210]
    assert np.array_equal(flat[:, : values.shape[1]], values)
    assert np.isnan(flat[:, values.shape[1] :]).all()


def test_few_targets_are_all_shown() -> None:
    exposure = exposure_of("dct:4", 400)
    short = replace(exposure, images=exposure.images[:6], labels=exposure.labels[:6])
    assert shown_codes(replace(short, codes=exposure.codes[:6])).shape == (3, 4, 4)
