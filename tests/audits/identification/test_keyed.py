"""What a secret key leaves: figures that do not change, and the bags they are taken of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, ortho_group

from fewbytes.audits.identification.invariants import LEADING, invariants, of_positions
from fewbytes.audits.identification.keyed import (
    KeyedPlan,
    bags_under_keys,
    described,
    is_keyed,
    under,
)
from fewbytes.audits.identification.layouts import Unfit
from fewbytes.codecs import Codec, Coder, Transform

SHAPE = (8, 8, 1)


def codes_of(k: int, d: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(k, d)) * np.linspace(4, 0.2, d) + 1


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7, 30])
def test_rotations_change_nothing(k: int) -> None:
    codes = codes_of(k)
    turned = codes @ ortho_group.rvs(12, random_state=1)
    before, after = invariants(codes @ codes.T), invariants(turned @ turned.T)
    assert before == pytest.approx(after)
    assert before != pytest.approx(invariants(2 * codes @ codes.T))


@pytest.mark.parametrize("k", [1, 5])
def test_permutations_change_nothing(k: int) -> None:
    codes = codes_of(k)
    order = np.random.default_rng(0).permutation(12)
    assert described(codes, True) == pytest.approx(described(codes[:, order], True))
    assert of_positions(codes) == pytest.approx(of_positions(codes[:, order]))


def test_closed_forms() -> None:
    """Two codes at right angles of length 3; of three in a row, distances 1, 1, 2 and one axis."""
    two = np.array([[3.0, 0], [0, 3]])
    assert invariants(two @ two.T) == pytest.approx([np.log(9)] * 7)
    four = np.array([[1.0], [2], [3], [6]])
    found = invariants(four @ four.T)
    assert found[0] == pytest.approx(0)
    assert found[6] == pytest.approx(np.log(36))
    assert found[[7, 13, 14]] == pytest.approx([np.log(1), np.log(25), np.log(9)])
    assert found[15] == pytest.approx(np.log(np.var([1, 2, 3, 6])))
    assert len(found) == 15 + 2 + 1


@pytest.mark.parametrize("codes", [np.zeros((5, 3)), np.ones((40, 2)), np.ones((1, 1))])
def test_codes_that_are_all_the_same(codes: np.ndarray) -> None:
    assert np.isfinite(described(codes, True)).all()


def test_as_many_figures_for_every_bag() -> None:
    for k in (1, 2, 3, 4, 2 * LEADING, 100):
        shapes = {invariants(c @ c.T).shape for c in (codes_of(k), codes_of(k, 2, 5))}
        assert len(shapes) == 1


@pytest.mark.parametrize(("k", "d"), [(5, 30), (30, 5)])
def test_a_bag_under_a_secret_projection(k: int, d: int) -> None:
    """By the triangular factor it is distributed as under a matrix of all rows."""
    codes, rng = codes_of(k, d), np.random.default_rng(3)
    short = np.concatenate([under(codes, 9, rng) for _ in range(400)])
    rows = []
    for _ in range(400):
        coded = codes @ rng.normal(0, 1 / 3, (d, 9))
        rows.append(invariants(coded @ coded.T))
    p = [ks_2samp(a, b).pvalue for a, b in zip(short.T, np.array(rows).T, strict=True)]
    assert min(p) > 1e-3 / len(p)


def test_bags_are_drawn_without_repeats() -> None:
    codes = np.arange(6, dtype=np.float32)[:, None] + 1
    found = bags_under_keys(codes, 6, 3, None, np.random.default_rng(0))
    assert found == pytest.approx(np.repeat(described(codes, True), 3, axis=0))
    with pytest.raises(Unfit, match="6 codes; a bag takes 7"):
        bags_under_keys(codes, 7, 3, None, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("spec", "plain", "projected"),
    [
        ("keyed_projection:9", "uint8 | raw", 9),
        ("dct:4 | keyed_projection:9 | uniform:8", "dct:4 | float32 | raw", 9),
        ("dct:4 | keyed_permutation | uniform:3", "dct:4 | uniform:3 | bitpack", None),
        ("keyed_permutation | uint8", "uint8 | raw", None),
        ("keyed_projection:9 | keyed_permutation", "uint8 | raw", 9),
    ],
)
def test_plans(spec: str, plain: str, projected: int | None) -> None:
    codec = Codec.parse(spec)
    plan = KeyedPlan.of(codec, SHAPE)
    assert (str(plan.plain), plan.projected) == (plain, projected)
    assert is_keyed(codec)
    assert not is_keyed(plan.plain)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("keyed_permutation | pca:4", "not known what pca leaves"),
        ("keyed_projection:9 | uniform:2", "4 levels after a secret projection; 64"),
        ("keyed_permutation | pq:4", "joins values"),
    ],
)
def test_no_plan(spec: str, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        KeyedPlan.of(Codec.parse(spec), SHAPE)


def test_other_keyed_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = Codec.parse("dct:4 | uniform:8 | zstd")
    monkeypatch.setattr(type(codec.coder), "keyed", True)
    assert isinstance(codec.coder, Coder)
    with pytest.raises(Unfit, match="zstd: not known what its key leaves"):
        KeyedPlan.of(codec, SHAPE)
    monkeypatch.undo()
    monkeypatch.setattr(type(codec.transforms[0]), "keyed", True)
    assert isinstance(codec.transforms[0], Transform)
    with pytest.raises(Unfit, match="dct: not known"):
        KeyedPlan.of(codec, SHAPE)
