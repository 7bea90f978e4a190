"""What a secret projection is measured against: codes encrypted and authenticated, by AES-GCM."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from fewbytes.audits.exposure import Codes, Exposure
from fewbytes.audits.keys.sealed import Sealed
from fewbytes.codecs import Codec, Domain
from fewbytes.codecs.records import fills_bytes, record_bytes, to_records
from fewbytes.stages.raw import Raw
from fewbytes.stages.uint8 import UInt8
from fewbytes.types import Images

NONCE, TAG = 12, 16
"""Bytes."""


@dataclass(frozen=True)
class SealedBytes(Sealed):
    """An image to `values` bytes, in a way that only the holder of the key can go."""

    name = "sealed_bytes"
    produces = Domain.PIXEL


def as_ciphertext(exposure: Exposure, *, seed: int, key: bytes) -> Exposure:
    """The same records, their codes nonce || ciphertext || tag (NIST SP 800-38D): uint8
    (n, 28 + bytes of a record). Nonces come from the seed, and no two records share one.
    """
    symbols = exposure.fitted.symbols
    tight = fills_bytes(symbols)
    size = NONCE + record_bytes(symbols, tight) + TAG
    nonces, cipher = np.random.default_rng(seed), AESGCM(key)

    def encrypted(codes: Codes) -> NDArray[np.uint8]:
        sealed = bytearray()
        for row in to_records(codes, symbols, tight):
            nonce = nonces.bytes(NONCE)
            sealed += nonce + cipher.encrypt(nonce, row.tobytes(), None)
        return np.frombuffer(bytes(sealed), np.uint8).reshape(len(codes), size)

    def draw(images: Images, rng: np.random.Generator) -> Codes:
        return encrypted(exposure.draw(images, rng))

    fitted = Codec([SealedBytes(size), UInt8(), Raw()]).bind(exposure.images.shape[1:])
    return replace(exposure, codes=encrypted(exposure.codes), fitted=fitted, draw=draw)
