"""Numbers of pairs, errors in chunks, and where the curve steps."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.keys import learning_curve as module
from fewbytes.audits.keys.learning_curve import (
    affine_rank,
    code_errors,
    counts,
    image_errors,
    learning_curve,
    rebuilt,
)
from tests.audits.keys.helpers import PIXELS, exposure_of, pictures


def test_pairs_are_powers_of_two_and_those_about_the_ranks() -> None:
    assert counts(100, 20) == [1, 2, 4, 8, 16, 19, 20, 21, 32, 64, 100]
    assert counts(64, 63, 64) == [1, 2, 4, 8, 16, 32, 64]
    assert counts(9, 1) == [1, 2, 4, 8, 9]
    assert counts(1, 0) == [1]


def test_the_affine_rank_leaves_out_what_is_rounding() -> None:
    rng = np.random.default_rng(0)
    flat = (rng.normal(size=(50, 3)) @ rng.normal(size=(3, 10)) + 7).astype(np.float32)
    assert affine_rank(flat) == affine_rank(np.tile(flat, 10)) == 3
    assert affine_rank(flat[:2]) == 1
    assert affine_rank(np.ones((5, 4), np.float32)) == 0


def test_errors_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (40, 6)).astype(np.float32)
    decoder = AffineMap(np.zeros(6), None, 1.3 * np.eye(6), np.full(6, 3.0))
    slow = np.square(np.clip(x.astype(float) * 1.3 + 3, 0, 255).round() - x).mean(1)
    for held in (1 << 20, 12):
        monkeypatch.setattr(module, "_VALUES", held)
        np.testing.assert_allclose(image_errors(decoder, x, x), slow, rtol=1e-5)
        np.testing.assert_allclose(
            code_errors(decoder, x, x), np.square(0.3 * x + 3).sum(1), rtol=1e-5
        )
        assert rebuilt(decoder, x).dtype == np.uint8
        assert rebuilt(decoder, x).max() == 255


@pytest.mark.parametrize("codec", ["identity", "projection:36"])
def test_a_map_of_all_pixels_is_found_once_pairs_are_more_than_pixels(codec: str) -> None:
    curve = learning_curve(exposure_of(pictures(400), codec))
    assert (curve.rank, curve.encoder.rank) == (PIXELS, PIXELS)
    found = {
        n: float(np.mean(f)) for n, f in zip(curve.pairs.tolist(), curve.foretold, strict=True)
    }
    assert list(found)[5:9] == [32, PIXELS - 1, PIXELS, PIXELS + 1]
    assert found[PIXELS] > 1e3 * found[PIXELS + 1]


def test_draws_are_disjoint_and_fit() -> None:
    curve = learning_curve(exposure_of(pictures(200), "projection:9"))
    assert curve.pairs[-1] == 100
    draws = dict(zip(curve.pairs.tolist(), map(len, curve.decoded), strict=True))
    assert (draws[32], draws[64], draws[100]) == (3, 1, 1)


def test_no_target_teaches_anything() -> None:
    one = exposure_of(pictures(300), "projection:9 | uniform:8")
    other = exposure_of(np.concatenate([one.images[:150], 255 - one.images[150:]]))
    changed = exposure_of(one.images, "projection:9 | uniform:8")
    object.__setattr__(changed, "images", other.images)
    a, b = learning_curve(one), learning_curve(changed)
    np.testing.assert_array_equal(a.encoder.map.weights, b.encoder.map.weights)
    np.testing.assert_array_equal(a.decoder.weights, b.decoder.weights)


def test_large_images_use_half_as_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAIRS", 80)
    assert learning_curve(exposure_of(pictures(300))).pairs[-1] == 80
    monkeypatch.setattr(module, "LARGE", 30)
    assert learning_curve(exposure_of(pictures(300))).pairs[-1] == 40
