"""The parts of the lock-step coders, each against a slow or an independent twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from fewbytes.entropy.binomial import MOST, tables
from fewbytes.entropy.bitstream import Reader, Writer
from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.groups import Groups, split
from fewbytes.entropy.logistic import LARGEST, ONE, STEPS, probability
from fewbytes.errors import CorruptError


@pytest.mark.parametrize("alphabet", [1, 2, 3, 4, 5, 9, 256, 300, 4096])
def test_symbols_come_back_from_their_decisions(alphabet: int) -> None:
    symbols = np.arange(alphabet)
    for usual in {0, alphabet // 2, alphabet - 1}:
        decisions = Decisions(alphabet, usual)
        ranks = decisions.ranks(symbols)
        assert sorted(ranks) == list(range(alphabet))
        assert ranks[usual] == 0
        assert np.array_equal(decisions.symbols(ranks), symbols)
        found = decisions.bit(ranks, 0).astype(np.int64)
        prefix = np.zeros(alphabet, np.int64)
        for level in range(1, decisions.depth + 1):
            prefix = 2 * prefix + decisions.bit(ranks, level)
        assert np.array_equal(np.where(found, prefix + 1, 0), ranks)


@pytest.mark.parametrize("alphabet", [2, 3, 6, 256, 700])
def test_counts_of_nodes_are_those_of_walking_every_symbol(alphabet: int) -> None:
    decisions = Decisions(alphabet, 1)
    histogram = np.random.default_rng(0).integers(0, 9, alphabet)
    slow = np.zeros((decisions.nodes, 2), np.int64)
    for symbol, count in enumerate(histogram):
        rank = decisions.ranks(np.array([symbol]))
        slow[0, int(rank[0] > 0)] += count
        prefix = np.zeros(1, np.int64)
        for level in range(1, decisions.depth + 1 if rank[0] else 1):
            node, bit = decisions.node(prefix, level), int(decisions.bit(rank, level)[0])
            if node is not None:
                slow[node[0], bit] += count
            prefix = 2 * prefix + bit
    assert np.array_equal(decisions.counts(histogram), slow)


def test_probabilities_are_the_logistic_function() -> None:
    z = np.arange(-2 * LARGEST, 2 * LARGEST)
    exact = expit(np.clip(z, -LARGEST, LARGEST) / STEPS) * ONE
    assert np.abs(probability(z) - np.clip(exact, 1, ONE - 1)).max() <= 0.51
    assert np.array_equal(probability(z) + probability(-z), np.full(len(z), ONE))


@pytest.mark.parametrize("n", [2, 3, 15, 16, 17, 100, 6000, MOST])
def test_weights_are_the_binomial_distribution(n: int) -> None:
    p = np.array([1, 2, 900, ONE // 3, ONE // 2, ONE - 700, ONE - 1])
    covered = 0
    for rows, first, weights in tables(np.full(len(p), n), p):
        covered += len(rows)
        for row, start, found in zip(rows, first, weights, strict=True):
            exact = binom.pmf(start + np.arange(len(found)), n, p[row] / ONE)
            assert exact.sum() > 1 - 1e-6
            assert np.abs(found / found.sum() - exact).max() < 2e-5
    assert covered == len(p)


def test_groups_split_as_their_records_do() -> None:
    rng = np.random.default_rng(3)
    bits = rng.random((200, 9)) < 0.3
    bits = bits[np.lexsort(bits.T[::-1])]
    groups = Groups.runs(np.zeros(200, np.int64))
    for column in bits.T:
        groups, decided, _ = split(groups, groups.ones(column))
        assert np.array_equal(np.repeat(decided, groups.size), column)
    expected = [len(list(rows)) for rows in _runs(bits)]
    assert groups.size.tolist() == expected
    assert int(groups.size.sum()) == 200


def _runs(bits: np.ndarray) -> list[list[bytes]]:
    runs: list[list[bytes]] = []
    for row in bits:
        if not runs or runs[-1][0] != row.tobytes():
            runs.append([])
        runs[-1].append(row.tobytes())
    return runs


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 30))
def test_any_counts_come_back(seed: int) -> None:
    """Likely ones and such as no model would expect."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 1 << rng.integers(1, 17), 40)
    p = rng.integers(1, ONE, 40)
    known = np.where(rng.random(40) < 0.2, rng.integers(0, n + 1), rng.binomial(n, p / ONE))
    writer = Writer()
    writer.ones(n, p, known)
    assert np.array_equal(Reader(writer.to_bytes()).ones(n, p, None), known)


def test_bits_cost_what_their_probabilities_say() -> None:
    rng = np.random.default_rng(0)
    p = rng.integers(1, ONE, 50_000)
    known = (rng.random(50_000) < p / ONE).astype(np.int64)
    writer = Writer()
    writer.ones(np.ones_like(p), p, known)
    ideal = -np.log2(np.where(known, p, ONE - p) / ONE).sum()
    assert 8 * len(writer.to_bytes()) == pytest.approx(ideal, abs=96)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1 << 30))
def test_any_bytes_are_read_or_refused(blob: bytes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, p = rng.integers(1, 500, 100), rng.integers(1, ONE, 100)
    try:
        found = Reader(blob).ones(n, p, None)
    except CorruptError:
        return
    assert (found >= 0).all()
    assert (found <= n).all()


@pytest.mark.parametrize("shape", [(7, 5, 1), (4, 6, 3), (9,), (2, 2, 20)])
def test_neighbours_come_earlier_and_nearest_first(shape: tuple[int, ...]) -> None:
    causal = Causal(shape, 11)
    positions, outside = causal.table()
    count = math.prod(shape)
    assert positions.shape == outside.shape == (count, len(causal.offsets))
    for position in range(count):
        inside = positions[position][~outside[position]]
        assert (inside < position).all()
        assert len(set(inside.tolist())) == len(inside)
    far = (causal.offsets**2 * [1, 1, 0.25]).sum(1)
    assert (np.diff(far) >= 0).all()
