"""What is attacked: records with the truth about them, and what an attacker can see and compute.

The same records are exposed in three ways: as the store's codes, as themselves (the positive
control: the identity codec gives all away), and as noise (the null control: each position of a code
is dealt out anew among the records, so that all figures of single positions are kept and a code
says nothing of its image).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine import Affine, affine_of
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import InputError
from fewbytes.measures.material import Material
from fewbytes.types import Images, Labels

STORE, IDENTITY, NOISE = "store", "identity", "noise"

Codes = NDArray[Any]


@dataclass(frozen=True)
class Exposure:
    """Records of one split in an order that says nothing, exposed in one of three ways.

    Rows of `images`, `labels` and `codes` belong together. The first half, `known`, are pairs that
    an attacker may have; the second, `targets`, are what is attacked: attacks that learn do so on
    the first and are judged on the second.
    """

    kind: str
    """STORE, IDENTITY or NOISE."""
    images: Images
    """Originals, (n, h, w, c)."""
    labels: Labels
    """(n,)."""
    codes: Codes
    """What is seen of them, (n, *code_shape)."""
    fitted: FittedCodec
    """The codec as the attacker knows it."""
    classes: int
    seed: int
    draw: Callable[[Images, np.random.Generator], Codes] = field(repr=False)
    """See `encode`."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def known(self) -> slice:
        """Records whose images the attacker has beside their codes."""
        return slice(0, len(self) // 2)

    @property
    def targets(self) -> slice:
        """Records that are attacked."""
        return slice(len(self) // 2, len(self))

    def encode(self, images: Images, seed: int | None = None) -> Codes:
        """Codes (m, *code_shape) of images (m, h, w, c) of the attacker's own choice, as the holder
        of the data would make them; of noise, dealt out anew whatever the images.
        """
        chosen = self.seed + 1 if seed is None else seed
        return self.draw(images, np.random.default_rng(chosen))

    def as_values(self, codes: Codes) -> NDArray[np.float32]:
        """Codes as coefficients, (m, d)."""
        return self.fitted.dequantize(codes).reshape(len(codes), -1)

    @cached_property
    def values(self) -> NDArray[np.float32]:
        """The coefficients of the records, (n, d)."""
        return self.as_values(self.codes)

    @cached_property
    def decoded(self) -> Images:
        """What the codec's own decoder makes of the codes, (n, h, w, c)."""
        return self.fitted.decode(self.codes)

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """The originals as vectors, (n, h * w * c), 0 to 255."""
        return self.images.reshape(len(self), -1).astype(np.float32)

    @cached_property
    def affine(self) -> Affine:
        """The transforms as one matrix and an offset. Raises InputError where they are not linear,
        or the images are too large.
        """
        return affine_of(self.fitted)


def exposed(material: Material, seed: int) -> Exposure:
    """The store's codes of the records drawn, in an order drawn by the seed.

    Raises:
        InputError: the originals are missing, or not those of the store.
    """
    order = np.random.default_rng(seed).permutation(len(material))
    fitted = material.store.decoder

    return Exposure(
        STORE, material.originals[order], material.labels[order], material.codes[order],
        fitted, material.classes, seed, lambda images, _: coded(fitted, images),
    )  # fmt: skip


def coded(fitted: FittedCodec, images: Images) -> Codes:
    """Codes (n, *code_shape) of images (n, h, w, c) as a store would give them back: through the
    coder, where that is lossy.
    """
    codes = fitted.encode(images)
    if not fitted.codec.coder.lossy:
        return codes
    return fitted.unpack(fitted.pack(codes), len(codes))


def as_identity(exposure: Exposure) -> Exposure:
    """The same records, their codes the images themselves."""
    fitted = Codec.parse("identity | uint8 | raw").bind(exposure.images.shape[1:])
    return Exposure(
        IDENTITY, exposure.images, exposure.labels, fitted.encode(exposure.images),
        fitted, exposure.classes, exposure.seed, lambda images, _: fitted.encode(images),
    )  # fmt: skip


def as_noise(exposure: Exposure) -> Exposure:
    """The same records, each position of the codes dealt out among them anew."""
    pool = exposure.codes.reshape(len(exposure), -1)
    shape = exposure.codes.shape[1:]

    def draw(images: Images, rng: np.random.Generator) -> Codes:
        rows = rng.integers(0, len(pool), (len(images), pool.shape[1]))
        dealt: Codes = np.take_along_axis(pool, rows, axis=0)
        return dealt.reshape(len(images), *shape)

    dealt = np.random.default_rng(exposure.seed).permuted(pool, axis=0)
    return Exposure(
        NOISE, exposure.images, exposure.labels, dealt.reshape(len(exposure), *shape),
        exposure.fitted, exposure.classes, exposure.seed, draw,
    )  # fmt: skip


def require(exposure: Exposure, records: int, what: str) -> None:
    """Raise InputError unless there are so many records for `what`."""
    if len(exposure) < records:
        raise InputError(f"{len(exposure)} records; {what} needs at least {records}")
