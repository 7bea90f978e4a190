"""Encrypted codes: they decrypt, are told apart by nothing, and no attack gets anywhere."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.ciphertext import NONCE, TAG, as_ciphertext
from fewbytes.audits.keys.distance_leak import DISTANCE_LEAK
from fewbytes.audits.keys.energy_leak import ENERGY_LEAK
from fewbytes.audits.keys.known_plaintext import KNOWN_PLAINTEXT
from fewbytes.audits.keys.permutation import PERMUTATION
from fewbytes.audits.keys.reuse import KEY_REUSE
from fewbytes.errors import InputError, MissingExtraError
from tests.audits.keys.helpers import exposure_of, pictures

aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")

KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("codec", "size"),
    [("identity", 36), ("projection:5", 20), ("otsu | threshold | range", 5), ("vq:300", 2)],
)
def test_codes_decrypt_to_the_bytes_of_their_record(codec: str, size: int) -> None:
    plain = exposure_of(pictures(310), codec)
    sealed = as_ciphertext(plain, key=KEY)
    assert sealed.codes.shape == (310, NONCE + size + TAG)
    assert sealed.values.shape == sealed.codes.shape
    cipher = aead.AESGCM(KEY)
    opened = [cipher.decrypt(r[:NONCE].tobytes(), r[NONCE:].tobytes(), None) for r in sealed.codes]
    if codec != "otsu | threshold | range":
        assert b"".join(opened) == plain.codes.tobytes()
    else:
        bits = np.unpackbits(np.frombuffer(b"".join(opened), np.uint8).reshape(310, -1), axis=1)
        np.testing.assert_array_equal(bits[:, :36], plain.codes.reshape(310, -1))


def test_no_nonce_is_used_twice() -> None:
    sealed = as_ciphertext(exposure_of(pictures(300)), key=KEY)
    one, again = (sealed.encode(sealed.images[:50], seed=1) for _ in range(2))
    rows = np.concatenate([sealed.codes, one, again])[:, :NONCE]
    assert len(np.unique(rows, axis=0)) == 400
    assert not np.array_equal(one, again)
    assert sealed.encode(sealed.images[:0]).shape == (0, NONCE + 36 + TAG)


def test_the_seed_gives_all_where_no_key_is_given() -> None:
    plain = exposure_of(pictures(20))
    one, same, other = (as_ciphertext(plain, seed=seed).codes for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_no_attack_gets_anywhere_though_the_key_is_the_same() -> None:
    plain = exposure_of(pictures(1000))
    sealed, other = (as_ciphertext(plain, seed=seed, key=KEY) for seed in (1, 2))
    for attack in (KNOWN_PLAINTEXT, DISTANCE_LEAK, ENERGY_LEAK, KEY_REUSE):
        for found in attack.findings(sealed, Settings(other=other)):
            if found.attack == "keys.pairs_needed":
                assert found.outcome is Outcome.UNAVAILABLE
                continue
            assert found.outcome is Outcome.NOT_SHOWN, found.words
            assert found.controls_in_place
    (order,) = PERMUTATION.findings(sealed, Settings())
    assert order.outcome is Outcome.UNAVAILABLE


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="16, 24 or 32 bytes, not 5"):
        as_ciphertext(exposure_of(pictures(4)), key=b"short")


def test_without_cryptography_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(MissingExtraError, match="encrypt"):
        as_ciphertext(exposure_of(pictures(4)))
