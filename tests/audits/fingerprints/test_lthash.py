"""LtHash against a slow twin, and what it promises."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest

from fewbytes.audits.fingerprints.lthash import STATE_BYTES, LtHash
from fewbytes.audits.fingerprints.record_hash import Hashes
from fewbytes.errors import InputError


def some(n: int, seed: int = 0) -> Hashes:
    return np.random.default_rng(seed).integers(0, 256, (n, 32), np.uint8)


def slow(hashes: Hashes) -> bytes:
    """The sum, a number at a time."""
    total = [0] * 1024
    for row in hashes:
        stretched = hashlib.shake_128(b"fewbytes lthash16 1\0" + row.tobytes()).digest(2048)
        for i, number in enumerate(struct.unpack("<1024H", stretched)):
            total[i] = (total[i] + number) % (1 << 16)
    return struct.pack("<1024H", *total)


@pytest.mark.parametrize("n", [0, 1, 2, 1023, 1024, 1025])
def test_the_sum_is_that_of_the_slow_twin(n: int) -> None:
    found = LtHash().add(some(n))
    assert found.state == slow(some(n))
    assert found.records == n


def test_order_and_parts_do_not_count() -> None:
    hashes = some(50)
    whole = LtHash().add(hashes)
    assert LtHash().add(hashes[::-1]) == whole
    assert LtHash().add(hashes[:20]).add(hashes[20:]) == whole
    assert LtHash().add(hashes[:20]).combine(LtHash().add(hashes[20:])) == whole
    assert whole.digest() == LtHash().add(hashes[::-1]).digest()


def test_what_is_taken_out_again_leaves_nothing() -> None:
    hashes = some(50)
    whole = LtHash().add(hashes)
    assert whole.remove(hashes[30:]) == LtHash().add(hashes[:30])
    assert whole.remove(hashes) == LtHash()


def test_every_record_and_copy_counts() -> None:
    hashes = some(20)
    digests = {
        LtHash().add(one).digest()
        for one in (
            hashes, hashes[:-1], np.concatenate([hashes, hashes[:1]]),
            np.concatenate([hashes[:-1], hashes[:1]]), some(20, seed=1), some(0),
        )
    }  # fmt: skip
    assert len(digests) == 6


def test_the_limit_that_the_docstring_names() -> None:
    """65,536 copies of one record add up to nothing: only their number tells."""
    row = some(1)
    many = LtHash()
    for _ in range(16):
        many = LtHash(many.state, many.records)
        many = many.combine(many) if many.records else LtHash().add(row)
    many = many.combine(many)
    assert many.records == 1 << 16
    assert many.state == bytes(STATE_BYTES)
    assert many.digest() != LtHash().digest()


def test_a_digest_is_what_the_docstring_says() -> None:
    found = LtHash().add(some(3))
    head = b"fewbytes lthash16 digest 1\0" + struct.pack("<Q", 3)
    assert found.digest() == hashlib.sha256(head + slow(some(3))).digest()


def test_bad_input() -> None:
    with pytest.raises(InputError, match="a state of 5 bytes; LtHash has 2048"):
        LtHash(b"short")
    with pytest.raises(InputError, match="a multiset of -1 records"):
        LtHash(bytes(STATE_BYTES), -1)
    with pytest.raises(InputError, match="2 records cannot be taken out of 1"):
        LtHash().add(some(1)).remove(some(2))
