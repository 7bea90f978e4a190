"""Merkle trees against vectors, a recursive twin and another implementation."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from fewbytes.audits.fingerprints.merkle import (
    EMPTY,
    Inclusion,
    each,
    inclusion,
    merkle_root,
)
from fewbytes.errors import InputError

ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
"""Leaves of the tests of Certificate Transparency."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots over the first 1, 2, ... 8 of them."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def slow_root(entries: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written."""
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\0" + entries[0])
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha(b"\1" + slow_root(entries[:k]) + slow_root(entries[k:]))


def slow_path(m: int, entries: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, as it is written."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m < k:
        return [*slow_path(m, entries[:k]), slow_root(entries[k:])]
    return [*slow_path(m - k, entries[k:]), slow_root(entries[:k])]


def some(n: int) -> list[bytes]:
    return [sha(b"%d" % i) for i in range(n)]


@pytest.mark.parametrize("n", range(1, 9))
def test_the_roots_of_certificate_transparency(n: int) -> None:
    assert merkle_root(ENTRIES[:n]).hex() == ROOTS[n - 1]


def test_the_root_of_nothing() -> None:
    assert merkle_root([]) == EMPTY == sha(b"")


@pytest.mark.parametrize("n", [*range(34), 63, 64, 65, 1000])
def test_roots_are_those_of_the_recursive_twin(n: int) -> None:
    assert merkle_root(some(n)) == slow_root(some(n))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 8, 13, 33])
def test_paths_are_those_of_the_recursive_twin_and_hold(n: int) -> None:
    entries = some(n)
    root = merkle_root(entries)
    for index, entry in enumerate(entries):
        found = inclusion(entries, index)
        assert list(found.path) == slow_path(index, entries)
        assert found.verify(entry, root)


def test_roots_and_proofs_are_those_of_pymerkle() -> None:
    pymerkle = pytest.importorskip("pymerkle")
    for n in (1, 2, 6, 11, 100):
        entries = some(n)
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        for entry in entries:
            tree.append_entry(entry)
        root = getattr(tree, "get_root", None) or tree.get_state  # its name before 7.0
        assert merkle_root(entries) == root()
        for index in {0, n // 2, n - 1}:
            theirs = tree.prove_inclusion(index + 1, n)
            assert list(inclusion(entries, index).path) == [
                node for node in theirs.path if node != tree.get_leaf(index + 1)
            ]


def test_no_other_proof_holds() -> None:
    entries = some(13)
    root, good = merkle_root(entries), inclusion(entries, 5)
    assert good.verify(entries[5], root)
    assert not good.verify(entries[6], root)
    assert not good.verify(entries[5], merkle_root(entries[:12]))
    wrong = [
        replace(good, index=4),
        replace(good, index=13),
        replace(good, index=-1),
        replace(good, size=6),
        replace(good, size=40),
        replace(good, path=good.path[:-1]),
        replace(good, path=(*good.path, root)),
        replace(good, path=good.path[::-1]),
        replace(good, path=(sha(b"another"), *good.path[1:])),
        Inclusion(0, 1, ()),
        Inclusion(0, 0, ()),
    ]
    assert not [one for one in wrong if one.verify(entries[5], root)]


def test_a_node_is_no_leaf() -> None:
    """Without prefixes, the two leaves below a node would pass as one entry."""
    entries = some(2)
    joined = sha(b"\0" + entries[0]) + sha(b"\0" + entries[1])
    assert merkle_root([joined]) != merkle_root(entries)


def test_order_and_number_change_the_root() -> None:
    entries = some(6)
    roots = {
        merkle_root(one) for one in (entries, entries[::-1], entries[:5], [*entries, entries[5]])
    }
    assert len(roots) == 4


def test_an_entry_must_be_there() -> None:
    with pytest.raises(InputError, match="no entry 3 among 3"):
        inclusion(some(3), 3)
    with pytest.raises(InputError, match="no entry 0 among 0"):
        inclusion([], 0)


def test_hashes_that_lie_together() -> None:
    entries = some(3)
    assert list(each(b"".join(entries))) == entries
    assert list(each(b"")) == []
