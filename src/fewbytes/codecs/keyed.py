"""What the keyed stages share: a check in their state that tells the right key from any other.

It is a salt and 16 bytes that the key gives for it: 32 bytes in all. The salt is what the key makes
of the statistics that were learned, so that two sets under one key do not show equal checks, equal
sets have equal bytes, and nobody without the key can tell from it which set it was: a plain hash of
them would be a fingerprint of the training set that anybody could check.
"""

from __future__ import annotations

import hmac

import numpy as np
import torch

from fewbytes import keys
from fewbytes.errors import CorruptError
from fewbytes.types import State

CHECK = "check"

SALT_BYTES = 16


def new_check(name: str, stage: str, total: State) -> torch.Tensor:
    """The check of the key `name` for a stage that learned from `total`: (32,) uint8.

    Raises:
        SecretKeyError: the key cannot be found.
    """
    content = b"".join(total[part].cpu().contiguous().numpy().tobytes() for part in sorted(total))
    key = keys.find(name)
    secret = keys.derived(key, f"fewbytes {stage} salt")
    salt = hmac.digest(secret, content, "sha256")[:SALT_BYTES]
    check = keys.check_value(key, _purpose(stage), salt)
    return torch.from_numpy(np.frombuffer(salt + check, np.uint8).copy())


def checked_key(name: str, stage: str, state: State) -> bytes:
    """The key `name`, once it has been seen to be the one that `state` was made with.

    Raises:
        SecretKeyError: it cannot be found, or is another.
        CorruptError: the state holds no check.
    """
    content = state[CHECK].cpu().contiguous().numpy().tobytes()
    if len(content) != SALT_BYTES + keys.CHECK_BYTES:
        raise CorruptError(f"{stage}: its state holds {len(content)} bytes to check the key by")
    salt, check = content[:SALT_BYTES], content[SALT_BYTES:]
    return keys.checked(name, _purpose(stage), salt, check, "this codec")


def _purpose(stage: str) -> str:
    return f"fewbytes {stage} check"
