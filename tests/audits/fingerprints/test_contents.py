"""Multisets of records: roots, distinct records, what two share."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fewbytes.audits.fingerprints.contents import Contents, shared
from fewbytes.audits.fingerprints.lthash import LtHash
from fewbytes.audits.fingerprints.merkle import EMPTY, merkle_root
from fewbytes.audits.fingerprints.record_hash import Hashes
from fewbytes.errors import InputError


def some(n: int, seed: int = 0, values: int = 256) -> Hashes:
    """Hashes of which few bytes differ, zeros at the end among them."""
    found = np.zeros((n, 32), np.uint8)
    found[:, [0, 9, 20]] = np.random.default_rng(seed).integers(0, values, (n, 3))
    return found


def contents(hashes: Hashes) -> Contents:
    return Contents.of(hashes, LtHash().add(hashes))


def as_rows(hashes: Hashes) -> list[bytes]:
    return [row.tobytes() for row in hashes]


@pytest.mark.parametrize("values", [2, 256])
def test_the_root_is_over_the_sorted_hashes(values: int) -> None:
    hashes = some(100, values=values)
    found = contents(hashes)
    assert found.merkle_root == merkle_root(sorted(as_rows(hashes)))
    assert found.distinct == len(set(as_rows(hashes)))
    assert len(found) == 100
    assert found == contents(hashes[np.random.default_rng(1).permutation(100)])


def test_copies_count() -> None:
    hashes = some(10)
    twice = contents(np.concatenate([hashes, hashes[:1]]))
    assert twice != contents(hashes)
    assert (len(twice), twice.distinct) == (11, 10)
    assert twice.merkle_root != contents(hashes).merkle_root


def test_nothing_is_a_multiset_too() -> None:
    found = contents(some(0))
    assert (len(found), found.distinct, found.merkle_root) == (0, 0, EMPTY)


def test_a_record_is_proved_to_be_there() -> None:
    hashes = some(37, values=3)
    found = contents(hashes)
    for row in as_rows(hashes):
        proof = found.inclusion(row)
        assert proof.verify(row, found.merkle_root)
        assert not proof.verify(bytes(31) + b"x", found.merkle_root)
    with pytest.raises(InputError, match="no record of the hash ff"):
        found.inclusion(b"\xff" * 32)
    with pytest.raises(InputError, match="not at hand"):
        Contents(1, EMPTY, LtHash()).inclusion(b"")


@pytest.mark.parametrize("values", [1, 2, 4, 256])
def test_what_two_share_is_counted_with_copies(values: int) -> None:
    for seed in range(5):
        one, other = some(60, seed, values), some(45, seed + 100, values)
        other = np.concatenate([other, one[:10]])
        wanted = (Counter(as_rows(one)) & Counter(as_rows(other))).total()
        assert shared(one, other) == shared(other, one) == wanted
    assert shared(some(0), some(0)) == shared(some(3), some(0)) == 0
