"""Images made for codes: from the code alone, and beside a given image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, as_identity, as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.uniqueness.cells import cells_of, images_with
from fewbytes.audits.uniqueness.controls import as_one_value
from fewbytes.audits.uniqueness.preimage import PREIMAGE, TARGETS, chosen_targets
from fewbytes.audits.uniqueness.second_preimage import SECOND_PREIMAGE, VISIBLE
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown

NAME = "uniqueness.preimage"
SECOND, SEEN = "uniqueness.second_preimage", "uniqueness.second_preimage_visible"


@pytest.mark.parametrize("codec", ["dct:4 | uniform:5", "downsample:6 | uint8", "pca:9 | lloyd:3"])
def test_cells_hold_the_originals_and_end_where_symbols_change(codec: str) -> None:
    exposure = shown(blobs(60), codec)
    affine, codes = exposure.affine, exposure.codes[:20]
    cells = cells_of(exposure.fitted, affine, codes)
    y = (exposure.pixels[:20].astype(np.float64) @ affine.matrix + affine.offset).astype(np.float32)
    inside = np.abs(cells.nearest(y, 0.0) - y)
    assert (inside <= 1e-3 * np.maximum(1, np.abs(y))).all()
    finite = np.isfinite(cells.high)
    beyond = np.where(finite, cells.high + 0.01 * cells.width + 1e-3, y)
    symbols = _quantized(exposure, beyond)
    assert (symbols > codes.reshape(20, -1))[finite].all()


def _quantized(exposure: Exposure, y: NDArray[np.float32]) -> NDArray[Any]:
    fitted = exposure.fitted
    place = len(fitted.codec.transforms)
    given = torch.from_numpy(y.astype(np.float32)).reshape(-1, *fitted.coefficient_shape)
    found = fitted.codec.quantizer.quantize(given, fitted.signals[-1], fitted.states.get(place, {}))
    symbols: NDArray[Any] = found.numpy().reshape(len(y), -1)
    return symbols


@pytest.mark.parametrize(
    "codec", ["dct:4 | uniform:8", "projection:30 | uniform:6", "downsample:4 | otsu", "vq:16"]
)
def test_images_are_made_for_codes(codec: str) -> None:
    exposure = shown(blobs(200), codec)
    for name, attack in ((NAME, PREIMAGE), (SECOND, SECOND_PREIMAGE)):
        finding = found_by(attack, exposure)[name]
        assert finding.controls_in_place
        assert finding.outcome is Outcome.DISCLOSED
        assert finding.trial.figure.n == TARGETS
        assert (finding.trial.figure.value or 0) > 0.7


def test_what_is_shown_has_the_codes_it_is_said_to_have() -> None:
    exposure = shown(blobs(200), "dct:4 | uniform:8")
    codes = exposure.codes[chosen_targets(exposure)]
    made = PREIMAGE.run(exposure, Settings())[0]
    same = (exposure.encode(made.exhibit["images"]) == codes).reshape(len(codes), -1).all(1)
    assert np.array_equal(same, made.exhibit["found"])
    assert made.figure.value == same.mean()
    second, seen = SECOND_PREIMAGE.run(exposure, Settings())
    images, originals = second.exhibit["images"], second.exhibit["originals"]
    assert np.array_equal(exposure.encode(images), codes)
    apart = np.abs(images.astype(int) - originals).reshape(len(codes), -1).max(1)
    assert second.figure.value == (apart > 0).mean()
    assert seen.figure.value == (apart >= VISIBLE).mean()
    assert (seen.figure.value or 0) > 0.5


def test_identity_has_no_second_preimage() -> None:
    exposure = shown(blobs(200), "identity")
    found = found_by(SECOND_PREIMAGE, exposure)
    assert found[SECOND].trial.figure.value == 0
    assert found[SECOND].outcome is Outcome.NOT_SHOWN
    assert found[SECOND].controls_in_place
    assert found[SEEN].controls_in_place
    assert found_by(PREIMAGE, exposure)[NAME].trial.figure.value == 1


def test_one_value_is_the_code_of_nearly_all() -> None:
    one = as_one_value(shown(blobs(200), "identity"))
    assert one.codes.shape == (200, 1, 1, 1)
    second, seen = SECOND_PREIMAGE.run(one, Settings())
    assert second.figure.value == seen.figure.value == 1
    assert second.beyond_chance


def test_a_code_that_all_records_share_is_met_by_chance() -> None:
    images = blobs(200)
    images[:, 5:7, 5:7] = 9
    exposure = shown(images, "downsample:1 | uint8")
    for attack in (PREIMAGE, SECOND_PREIMAGE):
        trial = attack.run(exposure, Settings())[0]
        assert trial.figure.value == 1
        assert trial.chance is not None
        assert trial.chance.value == 1
        assert not trial.beyond_chance


def test_no_image_has_the_code_of_noise() -> None:
    for seed in range(3):
        noise = as_noise(shown(blobs(200, seed), "dct:5 | uniform:8", seed))
        trial = PREIMAGE.run(noise, Settings(seed=seed))[0]
        assert trial.figure.value == 0
        assert not trial.beyond_chance


def test_noise_of_few_codes_gets_one_try_each() -> None:
    """A code of a few bits is met by luck as soon as one may try again."""
    for seed in range(6):
        noise = as_noise(shown(blobs(300, seed), "downsample:1x2 | otsu", seed))
        assert not PREIMAGE.run(noise, Settings(seed=seed))[0].beyond_chance


def test_a_quantizer_that_gives_back_other_values_is_no_trouble() -> None:
    found = found_by(PREIMAGE, shown(blobs(200), "dct:3 | fsq:5"))
    assert found[NAME].controls_in_place


def test_real_numbers_are_not_met() -> None:
    exposure = shown(blobs(200), "projection:40 | float32")
    assert found_by(PREIMAGE, exposure)[NAME].outcome is Outcome.NOT_SHOWN


def test_an_image_that_is_asked_for_may_be_any_but_one() -> None:
    exposure = shown(blobs(120), "dct:3 | uniform:6")
    codes, own = exposure.codes[:10], exposure.images[:10]
    images, found = images_with(exposure, codes, [own])
    assert found.sum() >= 8
    assert np.array_equal(exposure.encode(images[found]), codes[found])
    again, others = images_with(exposure, codes, [images], unlike=images)
    differ = (again != images).reshape(10, -1).any(1)
    assert np.array_equal(differ[others], np.ones(int(others.sum()), bool))


def test_a_symbol_for_several_values_has_no_cell() -> None:
    exposure = shown(blobs(100), "dct:4 | pq:4")
    with pytest.raises(InputError, match="a symbol of pq stands for several values"):
        cells_of(exposure.fitted, exposure.affine, exposure.codes[:3])


@pytest.mark.parametrize("attack", [PREIMAGE, SECOND_PREIMAGE])
def test_impossible_exposures(attack: Attack) -> None:
    with pytest.raises(InputError, match="99 records; the search for images needs at least 100"):
        attack.run(shown(blobs(99), "identity"), Settings())
    with pytest.raises(InputError, match="jpeg codes images together"):
        attack.run(shown(blobs(100), "jpeg:30"), Settings())


def test_large_images_get_fewer_targets() -> None:
    exposure = as_identity(shown(blobs(300, side=33), "dct:4"))
    assert chosen_targets(exposure) == slice(150, 190)
