"""Distances that codes keep, under any key."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.distance_leak import DISTANCE_LEAK, pair_distances
from fewbytes.audits.keys.fresh_key import Kind, under_fresh_key
from fewbytes.errors import InputError
from tests.audits.keys.helpers import exposure_of, pictures


def test_distances_are_of_pairs_that_share_no_record() -> None:
    vectors = np.array([[0, 0], [3, 4], [250, 0], [0, 0], [9, 9]], np.float32)
    assert pair_distances(vectors).tolist() == [5, 250]
    assert pair_distances(vectors[:1]).shape == (0,)


@pytest.mark.parametrize("kind", ["projection", "permutation"])
def test_a_rotation_or_permutation_keeps_all(kind: Kind) -> None:
    keyed = under_fresh_key(exposure_of(pictures(900)), kind, seed=2)
    (found,) = DISTANCE_LEAK.findings(keyed, Settings())
    assert found.outcome is Outcome.DISCLOSED
    assert found.controls_in_place
    assert found.trial.figure.value == pytest.approx(1, abs=1e-5)
    assert found.trial.exhibit["image_distance"].shape == (225,)
    np.testing.assert_allclose(
        found.trial.exhibit["code_distance"], found.trial.exhibit["image_distance"], rtol=1e-5
    )


@pytest.mark.parametrize("seed", range(15))
def test_noise_keeps_none(seed: int) -> None:
    noise = as_noise(exposure_of(pictures(900, seed), "projection:9", seed))
    (found,) = DISTANCE_LEAK.run(noise, Settings())
    assert not found.beyond_chance


def test_too_few_records_or_equal_codes_are_refused() -> None:
    with pytest.raises(InputError, match=r"100 pairs of figures; .* at least 200"):
        DISTANCE_LEAK.run(exposure_of(pictures(400)), Settings())
    with pytest.raises(InputError, match="are equal"):
        DISTANCE_LEAK.run(exposure_of(np.zeros((900, 3, 3, 1), np.uint8)), Settings())
