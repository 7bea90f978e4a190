"""Known plaintext on codes that give all away, nothing, or something in between."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import as_identity, as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.fresh_key import Kind, under_fresh_key
from fewbytes.audits.keys.known_plaintext import KNOWN_PLAINTEXT, explained
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Verdict
from tests.audits.keys.helpers import PIXELS, ends, exposure_of, pictures

CODECS = ["identity", "projection:12 | uniform:8", "otsu | threshold", "dct:4 | uniform:3"]


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_falls_and_its_controls_hold(codec: str) -> None:
    found = KNOWN_PLAINTEXT.findings(exposure_of(pictures(1000), codec), Settings())
    decode, predict, needed = found
    assert decode.outcome is predict.outcome is Outcome.DISCLOSED, [f.words for f in found]
    assert needed.outcome is Outcome.DESCRIBED
    assert all(one.controls_in_place for one in found)
    assert needed.null is not None
    assert needed.null.figure.value == math.inf


@pytest.mark.parametrize("seed", range(12))
def test_noise_gives_nothing(seed: int) -> None:
    noise = as_noise(exposure_of(pictures(300, seed), "projection:12 | uniform:8", seed))
    decode, predict, needed = KNOWN_PLAINTEXT.run(noise, Settings(seed=seed))
    assert not decode.beyond_chance
    assert not predict.beyond_chance
    assert needed.figure.value == math.inf
    assert needed.as_expected


@pytest.mark.parametrize("kind", ["projection", "permutation"])
def test_a_secret_key_changes_next_to_nothing(kind: Kind) -> None:
    """Least squares does not care in what basis codes are, so the key is worth nothing here."""
    plain = exposure_of(pictures(600), "projection:12")
    keyed = under_fresh_key(plain, kind, seed=5)
    for a, b in zip(
        KNOWN_PLAINTEXT.run(plain, Settings()), KNOWN_PLAINTEXT.run(keyed, Settings()), strict=True
    ):
        np.testing.assert_allclose(ends(a), ends(b), rtol=1e-3)


def test_a_map_of_all_pixels_is_found_and_how_many_pairs_it_takes() -> None:
    keyed = under_fresh_key(exposure_of(pictures(800)), "projection", seed=1)
    decode, predict, needed = KNOWN_PLAINTEXT.run(keyed, Settings())
    assert decode.figure.value == math.inf
    assert predict.figure.value == pytest.approx(1, abs=1e-6)
    low, value, high = ends(needed)
    assert PIXELS + 1 <= low <= value <= high <= 64
    shown = decode.exhibit
    assert set(shown) == {"pairs", "decode", "predict", "mean", "rank"}
    assert shown["rank"].tolist() == [PIXELS, PIXELS]
    assert shown["pairs"].shape == shown["decode"].shape == shown["predict"].shape
    assert shown["predict"][shown["pairs"].tolist().index(PIXELS)] < 0.9999 < shown["predict"][-1]


def test_pairs_needed_hold_the_truth() -> None:
    """Of codes of 12 values the truth, of 300 known pairs, is 23: by 40 draws at every n."""
    for seed in range(6):
        exposure = exposure_of(pictures(600, seed), "projection:12 | uniform:8")
        low, _, high = ends(KNOWN_PLAINTEXT.run(exposure, Settings())[2])
        assert low <= 23 <= high
        assert high < 100


def test_chance_is_the_mean_of_the_known_images() -> None:
    exposure = exposure_of(pictures(400), "projection:12")
    chance = KNOWN_PLAINTEXT.run(exposure, Settings())[0].chance
    mean = exposure.images[:200].mean(0).round()
    error = np.square(exposure.images[200:] - mean).mean()
    assert chance is not None
    assert chance.value == pytest.approx(10 * math.log10(255**2 / error))


def test_the_share_explained_is_the_slow_one_and_covers() -> None:
    rng = np.random.default_rng(0)
    errors, spread = rng.uniform(0, 1, 500), rng.uniform(1, 3, 500)
    found = explained("x", errors, spread, "")
    assert found.value == pytest.approx(1 - errors.mean() / spread.mean())
    missed = 0
    for _ in range(1000):
        scale = np.exp(0.5 * rng.normal(size=(2, 400)))
        missed += not explained("x", 0.3 * scale[0], scale[1], "").covers(0.7)
    assert missed <= 6


def test_the_share_explained_is_zero_where_the_mean_is_all() -> None:
    spread = np.random.default_rng(0).uniform(1, 3, 50)
    found = explained("x", spread, spread, "")
    assert (found.low, found.value, found.high) == (0, 0, 0)
    assert explained("x", spread[:9], spread[:9], "").verdict is Verdict.UNRELIABLE


def test_what_cannot_be_attacked_is_refused() -> None:
    exposure = exposure_of(pictures(40))
    same = replace(exposure, codes=np.full_like(exposure.codes, 7))
    with pytest.raises(InputError, match="all codes of 20 records are equal"):
        KNOWN_PLAINTEXT.run(same, Settings())
    with pytest.raises(InputError, match=r"15 records; .* at least 16"):
        KNOWN_PLAINTEXT.run(exposure_of(pictures(15)), Settings())
    rows = KNOWN_PLAINTEXT.findings(same, Settings())
    assert [one.outcome for one in rows] == [Outcome.UNAVAILABLE] * 3


def test_the_fewest_records_give_figures() -> None:
    for codec in ("identity", "projection:1", "otsu | threshold"):
        found = KNOWN_PLAINTEXT.run(exposure_of(pictures(16), codec), Settings())
        assert found[0].figure.available
        assert found[1].figure.verdict is Verdict.UNRELIABLE
    KNOWN_PLAINTEXT.run(as_identity(exposure_of(pictures(17), "projection:1")), Settings())
