"""Recognising records by their codes: with the codec, with the decoder, with known pairs."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import as_identity, as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.linkage.learned import LEARNED, _ridge
from fewbytes.audits.linkage.rank import RANK
from fewbytes.audits.linkage.rebuilt import REBUILT
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown

ATTACKS = [RANK, REBUILT, LEARNED]
CODECS = ["identity", "dct:6 | uniform:8", "projection:40 | uniform:8", "downsample:4 | otsu"]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: next(iter(one.claims)))
@pytest.mark.parametrize("codec", CODECS)
def test_codes_that_keep_the_image_are_recognised(attack: Attack, codec: str) -> None:
    for finding in found_by(attack, shown(blobs(600), codec)).values():
        assert finding.controls_in_place
        assert finding.outcome is Outcome.DISCLOSED
        assert finding.trial.figure.n == 300
        assert "%" in finding.words


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: next(iter(one.claims)))
def test_noise_is_at_chance_for_many_seeds(attack: Attack) -> None:
    totals = np.zeros(2)
    for seed in range(12):
        noise = as_noise(shown(blobs(200, seed), "dct:6 | uniform:8", seed))
        trials = attack.run(noise, Settings(seed=seed))
        assert not any(trial.beyond_chance for trial in trials)
        totals += [trial.figure.value or 0.0 for trial in trials]
    assert totals[1] / 12 == pytest.approx(10 / 200, abs=0.025)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: next(iter(one.claims)))
def test_identity_gives_all_away(attack: Attack) -> None:
    trials = attack.run(as_identity(shown(blobs(400), "dct:4")), Settings())
    assert (trials[0].figure.value or 0) > 0.95
    assert all(trial.beyond_chance for trial in trials)


def test_a_constant_code_is_at_chance() -> None:
    images = blobs(300)
    images[:, 5:7, 5:7] = 9
    found = found_by(RANK, shown(images, "downsample:1 | uint8"))
    assert found["linkage.rank_1"].trial.figure.value == pytest.approx(1 / 300)
    assert found["linkage.rank_1"].outcome is Outcome.NOT_SHOWN
    assert found["linkage.rank_10"].outcome is Outcome.NOT_SHOWN


def test_duplicates_are_told_apart_by_luck() -> None:
    images = blobs(200)
    images[100:] = images[:100]
    found = found_by(RANK, shown(images, "identity"))
    assert found["linkage.rank_1"].trial.figure.value == pytest.approx(0.5)
    assert found["linkage.rank_10"].trial.figure.value == 1.0


def test_the_map_is_learned_on_known_pairs_only() -> None:
    """Known pairs that say nothing leave nothing to learn, whatever the targets say."""
    exposure = shown(blobs(400), "dct:6 | uniform:8")
    exposure.codes[exposure.known] = exposure.codes[exposure.known][::-1]
    trials = LEARNED.run(exposure, Settings())
    assert not trials[0].beyond_chance


def test_ridge_is_the_same_in_terms_of_pairs() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 8)).astype(np.float32), rng.normal(size=(30, 3)).astype(np.float32)
    wide = np.concatenate([x, np.zeros((30, 40), np.float32)], axis=1)  # constants say nothing
    few = _ridge(x, y, x, (0.1,))[0]
    many = _ridge(wide, y, wide, (0.1 * 48 / 8,))[0]
    a, middle = (x - x.mean(0)) / x.std(0), y.mean(0)
    weights = np.linalg.solve(a.T @ a + 0.1 * 30 * np.eye(8), a.T @ (y - middle))
    assert np.allclose(few, a @ weights + middle, atol=1e-4)
    assert np.allclose(many, few, atol=1e-4)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: next(iter(one.claims)))
def test_too_few_records(attack: Attack) -> None:
    with pytest.raises(InputError, match="99 records; a rank among candidates needs at least 100"):
        attack.run(shown(blobs(99), "identity"), Settings())
