"""What the keyed stages share: a check in their state that tells the right key from any other.

It is a salt, taken from what was learned so that two sets under one key do not show equal checks,
and 16 bytes that the key gives for it: 32 bytes in all.
"""

from __future__ import annotations

import hashlib

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
    salt = hashlib.sha256(content).digest()[:SALT_BYTES]
    check = keys.check_value(keys.find(name), _purpose(stage), salt)
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
