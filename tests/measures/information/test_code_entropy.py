"""Entropies of codes, held to closed forms and to infomeasure."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information import counting
from fewbytes.measures.information.code_entropy import (
    blocks_error,
    code_entropy,
    position_entropies,
    symbol_entropy,
)
from fewbytes.measures.measurement import DEVIATIONS, Means, Verdict, named

SEEDS = range(30)
Floats = NDArray[Any]


def shannon(p: Floats) -> float:
    return float(-(p * np.log2(p)).sum())


def geometric(q: float) -> Floats:
    p = q * (1 - q) ** np.arange(int(60 / q))
    return np.asarray(p / p.sum())


def draw(p: Floats, n: int, seed: int) -> NDArray[np.int64]:
    return np.searchsorted(np.cumsum(p)[:-1], np.random.default_rng(seed).random(n), side="right")


DISTRIBUTIONS = {
    "coin": np.full(2, 0.5),
    "rare": np.array([0.999, 0.001]),
    "uniform 256": np.full(256, 2.0**-8),
    "uniform 4096": np.full(4096, 2.0**-12),
    "uniform 2^20": np.full(1 << 20, 2.0**-20),
    "geometric": geometric(0.1),
    "dirichlet": np.random.default_rng(5).dirichlet(np.full(1000, 0.2)),
    "half and half": np.append(0.5, np.full(1 << 16, 2.0**-17)),
    "one common of few": np.append(6 / 2000, np.full(1 << 16, (1 - 6 / 2000) / (1 << 16))),
}


@pytest.mark.parametrize("what", DISTRIBUTIONS)
@pytest.mark.parametrize("n", [100, 2000])
def test_every_interval_covers_its_truth(what: str, n: int) -> None:
    p = DISTRIBUTIONS[what]
    p = p[p > 0]
    truths = {
        "entropy.record": shannon(p),
        "entropy.independent": shannon(p),
        "entropy.collision": -math.log2(float((p * p).sum())),
        "entropy.min": -math.log2(float(p.max())),
    }
    for seed in SEEDS:
        symbols = draw(p, n, seed)
        found = named(code_entropy(symbols[:, None]))
        for name, truth in truths.items():
            assert found[name].covers(truth), (seed, found[name], truth)
        assert symbol_entropy(symbols).covers(shannon(p))


def test_easy_cases_are_narrow_and_fail_a_wrong_truth() -> None:
    for p, width in ((np.full(16, 1 / 16), 0.06), (geometric(0.1), 0.3)):
        found = symbol_entropy(draw(p, 2000, 0), alphabet=len(p) if len(p) == 16 else 1024)
        assert found.verdict is Verdict.RELIABLE
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.high - found.low < width
        assert not found.covers(shannon(p) + width)
        assert not found.covers(shannon(p) - width)


def test_a_constant_has_no_entropy_to_within_what_was_not_seen() -> None:
    for found in code_entropy(np.zeros((1000, 4), np.uint8)):
        assert found.value == found.low == 0
        assert found.high is not None
        assert found.high < 0.4
    for found in code_entropy(np.zeros((1000, 4), np.uint8), alphabet=1):
        assert found.high == 0


def test_dependence_is_what_the_sum_over_positions_misses() -> None:
    truth = 4 * shannon(np.array([0.9, 0.1]))
    for seed in SEEDS:
        one = (np.random.default_rng(seed).random((2000, 4)) < 0.1).astype(np.uint8)
        found = named(code_entropy(np.repeat(one, 3, axis=1), alphabet=2))
        assert found["entropy.record"].covers(truth)
        assert found["entropy.independent"].covers(3 * truth)
        assert found["entropy.position"].covers(truth / 4)
        assert not found["entropy.record"].covers(3 * truth)


def test_the_sum_over_many_positions_covers() -> None:
    for p, d in ((0.5, 64), (0.1, 64), (0.004, 50)):
        truth = d * shannon(np.array([1 - p, p]))
        for seed in SEEDS:
            codes = (np.random.default_rng(seed).random((500, d)) < p).astype(np.uint8)
            assert named(code_entropy(codes, alphabet=2))["entropy.independent"].covers(truth)


def test_a_saturated_sample_says_so_and_gives_ends_only() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (2000, 32)).astype(np.uint8)
    record = named(code_entropy(codes, alphabet=256))["entropy.record"]
    assert record.value is None
    assert record.means is Means.BOUNDS
    assert record.covers(256)
    assert (
        "saturated: 2000 records are too few to tell more than log2 n = 10.97 bits"
        in (record.warnings[0])
    )
    assert record.low is not None
    # one record of chance c is in at most one of n draws: (1 - c)^n + n c (1 - c)^(n - 1) = SHARE
    c = 2 ** (-record.low / 2)
    assert (1 - c) ** 1999 * (1 + 1999 * c) == pytest.approx(counting.SHARE, rel=1e-3)


def test_a_coder_narrows_the_bracket_and_is_doubted_where_it_cannot_be() -> None:
    codes = np.repeat(np.random.default_rng(0).integers(0, 2, (2000, 32)), 8, axis=1)
    record = code_entropy(codes, coded_bits=40.0, coded_error=0.1, alphabet=2)[0]
    assert record.covers(32)
    assert record.high == pytest.approx(40 + 0.1 * DEVIATIONS)
    wide = code_entropy(codes, coded_bits=40.0, alphabet=2)[0]
    assert wide.high is not None
    assert 41 < wide.high < 60
    doubted = code_entropy(codes, coded_bits=3.0, alphabet=2)
    assert doubted[0].verdict is Verdict.UNRELIABLE
    assert "coded_bits say 6.41 at most" in doubted[0].warnings[-1]
    assert doubted[3].verdict is Verdict.UNRELIABLE
    assert doubted[1].verdict is Verdict.RELIABLE


def test_a_coder_of_records_whose_surprisal_spreads_more_than_positions_tell() -> None:
    """Half of the records repeat 8 bits: no position shows how far their lengths differ."""
    n, d = 1000, 256
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        flag = rng.random(n) < 0.5
        codes = rng.integers(0, 2, (n, d)).astype(np.uint8)
        codes[flag] = np.tile(codes[flag, :8], (1, d // 8))
        lengths = 1 + np.where(flag, 8.0, d)
        error = blocks_error(lengths.reshape(-1, 20).sum(1), np.full(n // 20, 20))
        assert error == pytest.approx(124 / math.sqrt(n), rel=0.35)
        coded = float(lengths.mean())
        for known in (error, None):
            record = code_entropy(codes, coded_bits=coded, coded_error=known, alphabet=2)[0]
            assert record.covers(1 + 4 + d / 2), seed
            assert not record.covers(1 + 4 + d / 2 + 40)


def test_the_error_of_blocks() -> None:
    assert blocks_error(np.full(20, 80.0), np.full(20, 10)) == 0
    with pytest.raises(InputError, match="19 blocks; the error needs 20"):
        blocks_error(np.ones(19), np.ones(19, int))
    with pytest.raises(InputError, match="from 1 each"):
        blocks_error(np.ones(20), np.zeros(20, int))


def test_estimates_agree_with_infomeasure() -> None:
    logging.getLogger("infomeasure").setLevel(logging.ERROR)
    measure = pytest.importorskip("infomeasure").entropy
    codes = np.stack([draw(geometric(0.2), 20_000, seed) for seed in range(4)], axis=1)
    for figure, column in zip(position_entropies(codes), codes.T, strict=True):
        for approach in ("miller_madow", "grassberger"):  # the latter is Grassberger's of 1988
            assert figure == pytest.approx(measure(column, approach=approach, base=2), abs=2e-3)
        assert figure > measure(column, approach="discrete", base=2)
        assert symbol_entropy(column).value == pytest.approx(figure, abs=1e-12)


def test_grassberger_by_its_recursion() -> None:
    """G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2 k + 1) = G(2 k),
    G(2 k + 2) = G(2 k) + 2 / (2 k + 1): eqs. 31 and 32.
    """
    g = [0.0, -np.euler_gamma - math.log(2), 2 - np.euler_gamma - math.log(2)]
    while len(g) < 60:
        k = len(g)
        g.append(g[-1] if k % 2 else g[-2] + 2 / (k - 1))
    counts = np.array([50, 31, 7, 4, 2, 1, 1])
    n = counts.sum()
    slow = math.log(n) - sum(k * g[k] for k in counts) / n
    assert counting.grassberger(counts) == pytest.approx(slow / math.log(2), abs=1e-12)


def test_the_bias_is_downward_and_within_what_is_allowed_for() -> None:
    from scipy.stats import poisson

    k = np.arange(1, 200)
    g = np.array([-counting.grassberger(np.array([x])) + math.log2(x) for x in k]) * math.log(2)
    for mean in np.geomspace(1e-5, 12, 80):
        bias = float(poisson.pmf(k - 1, mean) @ g) - math.log(mean)
        assert -1e-12 <= bias <= math.exp(-mean) * math.log1p(0.3 / mean)


def test_one_common_record_is_the_worst_case_of_colliding_pairs() -> None:
    k = np.arange(30)
    factorials = np.cumprod(np.maximum(k, 1).astype(float))
    rng = np.random.default_rng(0)
    for _ in range(300):
        a, b = 10 ** rng.uniform(-2, 0.7, 2)
        w = np.exp(-(10 ** rng.uniform(-4, 1.3)) * k * (k - 1) / 2)
        c = math.hypot(a, b)
        two = np.convolve(w * a**k / factorials, w * b**k / factorials)[:30]
        one = np.convolve(w * c**k / factorials, (a + b - c) ** k / factorials)[:30]
        assert (one >= two * (1 - 1e-9)).all()


def test_proven_ends_hold_for_the_worst_case() -> None:
    for n, mean in ((500, 3.0), (500, 9.0), (3000, 20.0)):
        chance = mean / n
        for seed in SEEDS:
            most = int(np.random.default_rng(seed).binomial(n, chance))
            counts = np.append(most, np.ones(n - most, np.int64)) if most else np.ones(n, np.int64)
            assert counting.most_collision(counts) >= chance**2
            low, high = counting.most_likely(counts)
            assert low <= chance <= high


def test_records_are_counted_whatever_their_type_and_layout() -> None:
    few = np.random.default_rng(0).integers(0, 3, (300, 5))
    _, slow = np.unique(few, axis=0, return_counts=True)
    for codes in (
        few,
        few.astype(np.uint16),
        np.asfortranarray(few.astype(np.uint8)),
        few[:, ::-1],
    ):
        assert counting.record_counts(codes).tolist() == sorted(slow.tolist(), reverse=True)


def test_symbols_far_apart_and_negative() -> None:
    few = np.random.default_rng(0).integers(0, 4, 1000)
    near = symbol_entropy(few).value
    assert symbol_entropy(few * (1 << 60) - (1 << 61)).value == near
    assert symbol_entropy(few - 2).value == near
    assert symbol_entropy(few.astype(bool)).value != near
    assert position_entropies(few.reshape(250, 2, 2)).shape == (2, 2)


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        (np.zeros((100, 2)), "codes are float64"),
        (np.zeros((12, 2), np.uint8), r"shape \(12, 2\); the estimate needs 50 records"),
        (np.zeros((0, 2), np.uint8), "needs 50 records"),
        (np.zeros((100, 0), np.uint8), r"shape \(100, 0\)"),
        (np.zeros((), np.uint8), r"shape \(\)"),
        (np.full((100, 1), 1 << 63, np.uint64), "above 2"),
    ],
)
def test_bad_codes(codes: NDArray[Any], says: str) -> None:
    for measure in (code_entropy, position_entropies):
        with pytest.raises(InputError, match=says):
            measure(codes)


def test_bad_options() -> None:
    codes = np.arange(100, dtype=np.uint8)[:, None]
    for bits in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="coded_bits are"):
            code_entropy(codes, coded_bits=bits)
        with pytest.raises(InputError, match="coded_error is"):
            code_entropy(codes, coded_bits=8.0, coded_error=bits)
    with pytest.raises(InputError, match="codes run from 0 to 99; the alphabet has 50 symbols"):
        code_entropy(codes, alphabet=50)
    with pytest.raises(InputError, match=r"symbols of shape \(100, 2\)"):
        symbol_entropy(np.repeat(codes, 2, axis=1))
