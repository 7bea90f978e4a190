"""The alternative to a secret projection: codes encrypted and authenticated, by AES-GCM.

Each record's code, in bytes of one length, becomes

    nonce (12 bytes) || ciphertext || tag (16 bytes)

(NIST SP 800-38D), with a nonce of its own. Nobody without the key learns anything of the code but
that length, and nobody can change it unseen; a network cannot be trained on it either. Here key and
nonces come from a seed, so that an experiment can be repeated: a release draws both from the
operating system.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import Codes, Exposure
from fewbytes.audits.keys.sealed import sealed_bytes
from fewbytes.codecs.records import fills_bytes, record_bytes, to_records
from fewbytes.errors import InputError, MissingExtraError
from fewbytes.types import Images

NONCE, TAG, KEY = 12, 16, 32
"""Bytes."""


def as_ciphertext(exposure: Exposure, *, seed: int = 0, key: bytes | None = None) -> Exposure:
    """The same records, their codes AES-GCM ciphertexts: uint8 (n, 28 + bytes of a record).

    The seed gives the nonces, and the key where none is given. No two calls of `encode` share a
    nonce.

    Raises:
        InputError: a key that is not of 16, 24 or 32 bytes.
        MissingExtraError: cryptography is not installed.
    """
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtraError("encrypting codes", "cryptography", "encrypt") from None
    keys, nonces = (np.random.default_rng([seed, i]) for i in range(2))
    key = keys.bytes(KEY) if key is None else key
    if len(key) not in (16, 24, 32):
        raise InputError(f"a key of AES has 16, 24 or 32 bytes, not {len(key)}")
    symbols = exposure.fitted.symbols
    tight = fills_bytes(symbols)
    size = NONCE + record_bytes(symbols, tight) + TAG
    cipher = AESGCM(key)

    def encrypted(codes: Codes) -> NDArray[np.uint8]:
        rows = to_records(codes, symbols, tight)
        sealed = bytearray()
        for row in rows:
            nonce = nonces.bytes(NONCE)
            sealed += nonce + cipher.encrypt(nonce, row.tobytes(), None)
        return np.frombuffer(bytes(sealed), np.uint8).reshape(len(rows), size)

    def draw(images: Images, rng: np.random.Generator) -> Codes:
        return encrypted(exposure.draw(images, rng))

    fitted = sealed_bytes(exposure.images.shape[1:], size)
    return replace(exposure, codes=encrypted(exposure.codes), fitted=fitted, draw=draw)
