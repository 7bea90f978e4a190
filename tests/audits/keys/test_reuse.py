"""One key or two: planted both ways, and the level of the test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys import reuse as module
from fewbytes.audits.keys.fresh_key import Kind, under_fresh_key
from fewbytes.audits.keys.reuse import KEY_REUSE, reused, same_codes
from fewbytes.errors import InputError
from tests.audits.keys.helpers import exposure_of, pictures

CODEC = "projection:16 | uniform:8"


def _releases(kind: Kind, seeds: tuple[int, int], overlap: bool) -> tuple[Exposure, Exposure]:
    """Releases of the halves of a set, or of halves that share a third."""
    whole = exposure_of(pictures(900), CODEC)
    first, second = (0, 450), (300, 750) if overlap else (450, 900)
    return (
        under_fresh_key(_part(whole, *first), kind, seeds[0]),
        under_fresh_key(_part(whole, *second), kind, seeds[1]),
    )


def _part(exposure: Exposure, start: int, stop: int) -> Exposure:
    rows = slice(start, stop)
    return replace(
        exposure, images=exposure.images[rows], labels=exposure.labels[rows],
        codes=exposure.codes[rows],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["projection", "permutation"])
@pytest.mark.parametrize("overlap", [False, True])
def test_one_key_is_found_and_two_are_not(kind: Kind, overlap: bool) -> None:
    for seeds in ((1, 1), (1, 2)):
        one, other = _releases(kind, seeds, overlap)
        moments, equal = KEY_REUSE.findings(one, Settings(other=other))
        assert moments.controls_in_place
        assert equal.controls_in_place
        same = seeds[0] == seeds[1]
        assert (moments.outcome is Outcome.DISCLOSED) == same, moments.words
        assert (equal.outcome is Outcome.DISCLOSED) == (same and overlap), equal.words
        if same and overlap:
            assert equal.trial.figure.value == pytest.approx(1 / 3, abs=0.01)


def test_two_samples_under_one_key_are_about_one_apart() -> None:
    one, other = _releases("projection", (1, 1), overlap=False)
    found = reused(one.values, other.values, 0)
    assert 0.5 < found.statistic < 1.7
    assert found.p_value == 1 / 2000
    assert found.dealt.min() > 5


def test_the_statistic_is_the_slow_one() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.gamma(2, 1, (n, 11)).astype(np.float32) for n in (150, 200))
    terms = []
    for i in range(11):
        means = [v[:, i].astype(float).mean() for v in (a, b)]
        errors = [v[:, i].astype(float).var() / len(v) for v in (a, b)]
        terms.append((means[0] - means[1]) ** 2 / sum(errors))
        for j in range(i + 1):
            centred = [v - v.mean(0, dtype=float) for v in (a, b)]
            products = [v[:, i] * v[:, j] for v in centred]
            apart = products[0].mean() - products[1].mean()
            terms.append(apart**2 / sum(p.var() / len(p) for p in products))
    assert len(terms) == 11 + 66
    assert reused(a, b, 0).statistic == pytest.approx(np.mean(terms), rel=1e-4)


def test_under_two_keys_p_values_are_uniform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEALINGS", 99)
    rng = np.random.default_rng(0)
    found = []
    for seed in range(200):
        x = rng.gamma(2, 1, (300, 20))
        keys = rng.normal(size=(2, 20, 12))
        found.append(
            reused((x[:150] @ keys[0]).astype("f4"), (x[150:] @ keys[1]).astype("f4"), seed).p_value
        )
    for level in (0.05, 0.2, 0.5, 0.8):
        share = np.mean(np.array(found) <= level)
        assert abs(share - level) < 3.3 * np.sqrt(level * (1 - level) / 200)


def test_positions_that_never_vary_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(400, 30)).astype(np.float32) * np.linspace(1, 5, 30, dtype="f4")
    codes[:, 12:] = 3
    assert reused(codes[:200], codes[200:], 0).p_value == 1 / 2000
    other = codes[200:].copy()
    other[:, 20] = rng.normal(size=200)
    assert np.isfinite(reused(codes[:200], other, 0).statistic)


def test_without_another_release_the_rows_say_what_to_give() -> None:
    rows = KEY_REUSE.findings(exposure_of(pictures(300), CODEC), Settings())
    assert [one.outcome for one in rows] == [Outcome.UNAVAILABLE] * 2
    assert rows[0].words == "needs another release (other=..., --other STORE)."


def test_equal_codes_are_counted_with_those_that_repeat() -> None:
    a = np.array([[1, 2], [1, 2], [3, 4], [0, 5]], np.float32)
    assert same_codes(a, np.array([[1, 2], [-0.0, 5]], np.float32)) == 3
    assert same_codes(a, a[:, ::-1]) == 0


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(200, 12)).astype(np.float32)
    with pytest.raises(InputError, match="not of one size"):
        reused(codes, codes[:, :11], 0)
    with pytest.raises(InputError, match=r"200 and 99 records; .* at least 100"):
        reused(codes, codes[:99], 0)
    with pytest.raises(InputError, match=r"9 positions of the code vary; .* at least 10"):
        reused(codes[:, :9], codes[:, :9], 0)
    with pytest.raises(InputError, match="0 positions"):
        reused(np.ones_like(codes), codes, 0)
