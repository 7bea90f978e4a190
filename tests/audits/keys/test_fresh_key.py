"""Exposures under a fresh key."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.keys.fresh_key import Kind, rotation, under_fresh_key
from fewbytes.errors import CodecError, InputError
from tests.audits.keys.helpers import exposure_of, pictures


def test_a_rotation_is_orthogonal_and_uniform() -> None:
    q = rotation(30, 0).astype(float)
    np.testing.assert_allclose(q.T @ q, np.eye(30), atol=1e-5)
    first = np.array([rotation(3, seed)[0, 0] for seed in range(2000)])
    assert abs(first.mean()) < 0.05  # the entries of a uniform 3 x 3 rotation are uniform in -1, 1
    assert first.var() == pytest.approx(1 / 3, rel=0.1)


@pytest.mark.parametrize("kind", ["projection", "permutation"])
def test_codes_are_turned_and_distances_are_kept(kind: Kind) -> None:
    plain = exposure_of(pictures(50), "projection:12 | uniform:8")
    keyed, again, fresh = (under_fresh_key(plain, kind, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(keyed.values, again.values)
    assert not np.allclose(keyed.values, fresh.values)
    assert not np.allclose(keyed.values, plain.values)
    for one in (plain, keyed):
        assert one.values.shape == (50, 12)
    np.testing.assert_allclose(
        keyed.values @ keyed.values.T, plain.values @ plain.values.T, rtol=1e-4, atol=1.0
    )


def test_chosen_images_are_encoded_under_the_key_and_nothing_decodes() -> None:
    keyed = under_fresh_key(exposure_of(pictures(50), "projection:12"), "projection", 1)
    np.testing.assert_allclose(keyed.encode(keyed.images[:9]), keyed.codes[:9], rtol=1e-5)
    with pytest.raises(CodecError, match="only the holder of the key"):
        _ = keyed.decoded
    with pytest.raises(InputError, match="sealed is not linear"):
        _ = keyed.affine


def test_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="projection or permutation, not 'shift'"):
        under_fresh_key(exposure_of(pictures(4)), "shift")  # type: ignore[arg-type]
