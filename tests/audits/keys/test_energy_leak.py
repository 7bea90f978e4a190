"""Norms that codes keep, under any key."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.energy_leak import ENERGY_LEAK, norms
from fewbytes.audits.keys.fresh_key import under_fresh_key
from fewbytes.errors import InputError
from tests.audits.keys.helpers import exposure_of, pictures


def test_norms_are_euclidean() -> None:
    assert norms(np.array([[3, 4], [200, 0]], np.float32)).tolist() == [5, 200]


def test_a_rotation_keeps_all() -> None:
    keyed = under_fresh_key(exposure_of(pictures(600)), "projection", seed=2)
    (found,) = ENERGY_LEAK.findings(keyed, Settings())
    assert found.outcome is Outcome.DISCLOSED
    assert found.controls_in_place
    assert found.trial.figure.low == pytest.approx(1, abs=1e-3)
    assert found.trial.exhibit["code_norm"].shape == (300,)


@pytest.mark.parametrize("seed", range(15))
def test_noise_keeps_none(seed: int) -> None:
    noise = as_noise(exposure_of(pictures(600, seed), "projection:9", seed))
    (found,) = ENERGY_LEAK.run(noise, Settings())
    assert not found.beyond_chance


def test_equal_codes_are_refused() -> None:
    with pytest.raises(InputError, match="are equal"):
        ENERGY_LEAK.run(exposure_of(np.zeros((600, 3, 3, 1), np.uint8)), Settings())
