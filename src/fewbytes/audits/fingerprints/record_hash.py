"""One record as 32 bytes: its type, shape and values, and, in a second hash, its label too.

    content = SHA-256("fewbytes " kind " 1|" type " " shape "\\0" values)
    record  = SHA-256("fewbytes record 1\\0" label content)

kind is "image" or "code", type and shape are ASCII such as `|u1 28x28x1`, values are little-endian
in C order, and a label is a little-endian int64. No content reads as another: the header ends at
the first zero byte and says how many values follow; tags of different kinds differ.
"""

from __future__ import annotations

import hashlib
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.types import Labels

Kind: TypeAlias = Literal["image", "code"]

HASH_BYTES = 32

Hashes: TypeAlias = NDArray[np.uint8]
"""Hashes of records, (n, HASH_BYTES)."""


def content_hashes(values: NDArray[Any], kind: Kind) -> Hashes:
    """Hashes of images or codes (n, ...) without their labels, (n, 32)."""
    stored = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    shape = "x".join(map(str, stored.shape[1:]))
    start = hashlib.sha256(f"fewbytes {kind} 1|{stored.dtype.str} {shape}\0".encode())
    found = []
    for row in stored.reshape(len(stored), prod(stored.shape[1:])):
        one = start.copy()
        one.update(row.data)
        found.append(one.digest())
    return joined(found)


def record_hashes(contents: Hashes, labels: Labels) -> Hashes:
    """Hashes of records (n, 32) from those of their contents (n, 32) and their labels (n,).

    Raises:
        InputError: there are not as many labels as contents.
    """
    if len(contents) != len(labels):
        raise InputError(f"{len(contents)} records but {len(labels)} labels")
    start = hashlib.sha256(b"fewbytes record 1\0")
    written = np.concatenate(
        [labels.astype("<i8").view(np.uint8).reshape(len(labels), 8), contents], axis=1
    )
    found = []
    for row in written:
        one = start.copy()
        one.update(row.data)
        found.append(one.digest())
    return joined(found)


def joined(hashes: list[bytes]) -> Hashes:
    """Hashes of 32 bytes each as an array (n, 32)."""
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)
