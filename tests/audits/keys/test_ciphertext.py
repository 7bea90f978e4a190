"""Where codes are encrypted, no attack gets anywhere: what it finds elsewhere is in the codes."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys.distance_leak import DISTANCE_LEAK
from fewbytes.audits.keys.energy_leak import ENERGY_LEAK
from fewbytes.audits.keys.known_plaintext import KNOWN_PLAINTEXT
from fewbytes.audits.keys.permutation import PERMUTATION
from fewbytes.audits.keys.reuse import KEY_REUSE
from tests.audits.keys.helpers import exposure_of, pictures

aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")

from tests.audits.keys.ciphertexts import NONCE, as_ciphertext  # noqa: E402

KEY = bytes(range(16))


def test_no_attack_gets_anywhere_though_the_key_is_the_same() -> None:
    plain = exposure_of(pictures(1000))
    sealed, other = (as_ciphertext(plain, seed=seed, key=KEY) for seed in (1, 2))
    rows, cipher = sealed.codes, aead.AESGCM(KEY)
    opened = [cipher.decrypt(r[:NONCE].tobytes(), r[NONCE:].tobytes(), None) for r in rows]
    assert b"".join(opened) == plain.codes.tobytes()
    assert len(np.unique(np.concatenate([rows, other.codes])[:, :NONCE], axis=0)) == 2000
    for attack in (KNOWN_PLAINTEXT, DISTANCE_LEAK, ENERGY_LEAK, KEY_REUSE):
        for found in attack.findings(sealed, Settings(other=other)):
            if found.attack == "keys.pairs_needed":
                assert found.outcome is Outcome.UNAVAILABLE
                continue
            assert found.outcome is Outcome.NOT_SHOWN, found.words
            assert found.controls_in_place
    (order,) = PERMUTATION.findings(sealed, Settings())
    assert order.outcome is Outcome.UNAVAILABLE
