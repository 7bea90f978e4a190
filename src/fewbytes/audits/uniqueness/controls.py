"""Exposures that figures of uniqueness are checked on, where more is known than of real codes."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.uniqueness.classes import classes_of
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import InputError
from fewbytes.measures.material import coded_alone
from fewbytes.measures.measurement import Measurement
from fewbytes.types import Images

SPARSE = 64
"""Pairs, at least, that `as_random` is expected to have, and twice as many at most."""

DENSE = 2048
"""The same of `as_crowded`."""

PLANTED = 5
"""Copies that are planted."""


def code_bits(fitted: FittedCodec) -> float:
    """Bits of one code: symbols times log2 of the alphabet, 32 for a real number."""
    alphabet = fitted.symbols.alphabet
    return fitted.symbols.size * (32.0 if alphabet is None else math.log2(alphabet))


def require_alone(exposure: Exposure) -> None:
    """Raise InputError where an image has no code of its own."""
    coder = exposure.fitted.codec.coder
    if not coded_alone(coder):
        raise InputError(f"{coder.name} codes images together: a record has no code of its own")


def counted(
    name: str, unit: str, value: float, n: int, method: str, reference: str = ""
) -> Measurement:
    """A figure counted over all n records."""
    return replace(exactly(name, unit, value, method, reference), n=n)


def as_random(exposure: Exposure) -> Exposure:
    """The same records, their codes random bits, drawn alike and independently: as few that SPARSE
    pairs or some more will collide. Of random codes as long as the store's none would, and that
    none was found would say little.
    """
    return _random(exposure, NOISE, SPARSE)


def as_crowded(exposure: Exposure) -> Exposure:
    """As `as_random`, with DENSE pairs or some more: codes that are known to collide."""
    return _random(exposure, IDENTITY, DENSE)


def as_hash(exposure: Exposure) -> Exposure:
    """The same records, their codes the SHA-256 of their pixels."""

    def draw(images: Images, _: np.random.Generator) -> Images:
        return digest_bits(images)[:, None, :, None]

    fitted = _binary(256)
    codes = digest_bits(exposure.images)[:, None, :, None]
    return replace(exposure, kind=NOISE, codes=codes, fitted=fitted, draw=draw)


def as_one_value(exposure: Exposure) -> Exposure:
    """The same records, their codes one value a channel: the middle of the image."""
    fitted = Codec.parse("downsample:1 | uint8 | raw").fit(exposure.images[exposure.known])

    def draw(images: Images, _: np.random.Generator) -> Images:
        return fitted.encode(images)

    codes = fitted.encode(exposure.images)
    return replace(exposure, kind=IDENTITY, codes=codes, fitted=fitted, draw=draw)


def copies(images: Images) -> NDArray[np.int64]:
    """How many records each distinct one of images (n, h, w, c) has, (distinct,): counted by a sort
    of all bytes, not by a hash.
    """
    rows = np.ascontiguousarray(images.reshape(len(images), -1))
    return np.unique(rows.view(f"V{rows.shape[1]}"), return_counts=True)[1]


def digest_bits(images: Images) -> Images:
    """The bits of the SHA-256 of each image's pixels: (n, h, w, c) to (n, 256) of 0 and 1."""
    rows = np.ascontiguousarray(images.reshape(len(images), -1))
    digests = b"".join(sha256(row.data).digest() for row in rows)
    return np.unpackbits(np.frombuffer(digests, np.uint8).reshape(len(rows), 32), axis=1)


def without_copies(images: Images) -> Images:
    """The first of every class of equal images; grey ones where they are fewer than PLANTED."""
    _, first = np.unique(classes_of(images), return_index=True)
    if len(first) >= PLANTED:
        return images[first]
    grey = np.arange(PLANTED, dtype=np.uint8)[:, None, None, None]
    return np.broadcast_to(grey, (PLANTED, *images.shape[1:])).copy()


def _random(exposure: Exposure, kind: str, pairs: int) -> Exposure:
    n = len(exposure)
    bits = max(1, math.floor(math.log2(max(1.0, n * (n - 1) / 2 / pairs))))
    fitted = _binary(bits)

    def draw(images: Images, rng: np.random.Generator) -> Images:
        return rng.integers(0, 2, (len(images), 1, bits, 1), np.uint8)

    codes = draw(exposure.images, np.random.default_rng((exposure.seed, bits)))
    return replace(exposure, kind=kind, codes=codes, fitted=fitted, draw=draw)


def _binary(bits: int) -> FittedCodec:
    """A codec whose codes are `bits` binary symbols. It names the codes of these exposures; it
    never sees their images.
    """
    return Codec.parse("identity | threshold | bitpack").bind((1, bits, 1))
