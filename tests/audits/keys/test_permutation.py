"""The order of pixels: from one pair of distinct values, from a chosen image, from images as is."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.fresh_key import under_fresh_key
from fewbytes.audits.keys.permutation import PERMUTATION, matched, reordered
from fewbytes.errors import InputError
from tests.audits.keys.helpers import PIXELS, exposure_of, pictures


def test_one_pair_of_distinct_values_tells_the_whole_order() -> None:
    rng = np.random.default_rng(0)
    order, image = rng.permutation(256), rng.permutation(256).astype(np.float32)[None]
    np.testing.assert_array_equal(matched(image, image[:, order]), order)


def test_one_chosen_image_is_enough() -> None:
    keyed = under_fresh_key(exposure_of(pictures(20)), "permutation", seed=3)
    chosen = np.arange(PIXELS, dtype=np.uint8).reshape(1, 6, 6, 1)
    code = keyed.as_values(keyed.encode(chosen))
    truth = np.random.default_rng(3).permutation(PIXELS)
    np.testing.assert_array_equal(matched(chosen.reshape(1, -1).astype(np.float32), code), truth)


def test_equal_pixels_are_told_apart_by_more_pairs_only() -> None:
    images = np.array([[5, 5, 7], [1, 2, 2]], np.float32)
    codes = images[:, [1, 2, 0]]
    assert matched(images[:1], codes[:1]).tolist() == [0, 2, 1]
    assert matched(images, codes).tolist() == [1, 2, 0]


def test_a_position_that_is_no_pixel_has_none() -> None:
    images = np.array([[1, 2, 3]], np.float32)
    assert matched(images, np.array([[3, 9, 3]], np.float32)).tolist() == [2, -1, -1]
    assert matched(np.zeros((2, 2), np.float32), np.full((2, 2), -0.0, np.float32)).min() == 0


def test_the_order_is_recovered_and_the_controls_hold() -> None:
    keyed = under_fresh_key(exposure_of(pictures(200)), "permutation", seed=1)
    (found,) = PERMUTATION.findings(keyed, Settings())
    assert found.outcome is Outcome.DISCLOSED
    assert found.trial.figure.value == 1
    shown = found.trial.exhibit
    assert shown["pairs"].tolist() == [1, 2, 4, 8, 16, 32, 64, 100]
    assert shown["recovered"][0] < 0.9 < shown["recovered"][-1] == 1
    assert np.all(np.diff(shown["recovered"]) >= 0)


@pytest.mark.parametrize("codec", ["projection:36", "projection:12", "dct:6 | uniform:8"])
def test_other_codecs_are_not_taken_for_permutations(codec: str) -> None:
    (found,) = PERMUTATION.findings(exposure_of(pictures(60), codec), Settings())
    assert found.outcome is Outcome.UNAVAILABLE
    assert "not the pixels in another order" in found.words


def test_noise_is_no_permutation() -> None:
    exposure = exposure_of(pictures(60))
    assert reordered(exposure.pixels, exposure.values)
    noise = as_noise(exposure)
    assert not reordered(noise.pixels, noise.values)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="not images"):
        matched(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32))
    with pytest.raises(InputError, match="at least 4"):
        PERMUTATION.run(exposure_of(pictures(3)), Settings())
    with pytest.raises(InputError, match="no position of the code varies"):
        PERMUTATION.run(exposure_of(np.zeros((8, 3, 3, 1), np.uint8)), Settings())
