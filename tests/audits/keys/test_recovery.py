"""The step from n = d - 1 to n = d pairs, for maps with and without an offset."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.keys.recovery import recover
from fewbytes.errors import InputError


def _error(pairs: int, pixels: int, values: int, offset: bool, seed: int) -> float:
    """Relative error of foretold codes of other images, from so many known pairs."""
    rng = np.random.default_rng(seed)
    secret, added = rng.normal(size=(pixels, values)), rng.normal(size=values) * offset
    known, other = rng.uniform(0, 255, (pairs, pixels)), rng.uniform(0, 255, (50, pixels))
    found = recover(known, known @ secret + added, offset=offset)
    truth = other @ secret + added
    return float(
        np.linalg.norm(other @ found.matrix + found.offset - truth) / np.linalg.norm(truth)
    )


@pytest.mark.parametrize("values", [5, 20, 40])
@pytest.mark.parametrize("seed", range(3))
def test_as_many_pairs_as_pixels_tell_the_map_and_one_less_does_not(values: int, seed: int) -> None:
    assert _error(19, 20, values, offset=False, seed=seed) > 1e-3
    assert _error(20, 20, values, offset=False, seed=seed) < 1e-9
    assert _error(21, 20, values, offset=False, seed=seed) < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_an_unknown_offset_takes_one_pair_more(seed: int) -> None:
    assert _error(20, 20, 20, offset=True, seed=seed) > 1e-3
    assert _error(21, 20, 20, offset=True, seed=seed) < 1e-9


def test_images_that_span_less_take_as_many_pairs_as_their_span() -> None:
    rng = np.random.default_rng(0)
    secret, span = rng.normal(size=(20, 30)), rng.normal(size=(7, 20))
    known, other = rng.normal(size=(7, 7)) @ span, rng.normal(size=(9, 7)) @ span
    six, seven = (recover(known[:n], known[:n] @ secret, offset=False) for n in (6, 7))
    assert not np.allclose(other @ six.matrix, other @ secret, atol=1e-3)
    np.testing.assert_allclose(other @ seven.matrix, other @ secret, atol=1e-9)
    assert not np.allclose(seven.matrix, secret, atol=1e-3)


def test_a_permutation_is_such_a_map() -> None:
    rng = np.random.default_rng(0)
    order, known = rng.permutation(12), rng.integers(0, 256, (12, 12))
    secret = np.eye(12)[:, order]
    np.testing.assert_allclose(
        recover(known, known[:, order], offset=False).matrix, secret, atol=1e-9
    )
    assert not np.allclose(
        recover(known[:11], known[:11, order], offset=False).matrix, secret, atol=1e-3
    )


def test_bytes_do_not_wrap_around() -> None:
    known = np.array([[200, 0], [0, 200], [0, 0]], np.uint8)
    found = recover(known, known.astype(float) @ [[3.0], [2.0]] + 7)
    np.testing.assert_allclose(found.matrix, [[3], [2]])
    np.testing.assert_allclose(found.offset, [7])


def test_what_are_not_pairs_is_refused() -> None:
    for images, codes in (
        (np.ones((3, 4)), np.ones((2, 4))),
        (np.ones((0, 4)), np.ones((0, 4))),
        (np.ones((3, 2, 2)), np.ones((3, 4))),
    ):
        with pytest.raises(InputError, match="are not pairs of vectors"):
            recover(images, codes)
    with pytest.raises(InputError, match="NaN or infinite"):
        recover(np.ones((2, 2)), np.array([[1.0], [np.nan]]))
