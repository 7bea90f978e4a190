"""Avalanche: how many bits of a code change when one pixel changes by one grey level.

A cryptographic hash changes half of its bits, and so tells nothing of nearness (Webster & Tavares
1986, the avalanche criterion). Codes change far fewer: near images have near codes, which is what
makes them useful, and recognisable. Bits are those of the symbols, each in as many as the alphabet
asks for, before any entropy coding; 32 of a real number.

Of the positive control, the images as their own codes, the figure is known: it is a mean over all
pixels. Codes of the null control are SHA-256 of the pixels, of which half the bits must change.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, Codes, Exposure, require
from fewbytes.audits.figures import LEAST, clopper_pearson, exactly, mean
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.controls import as_hash, digest_bits, require_alone
from fewbytes.codecs import FittedCodec
from fewbytes.measures.measurement import LEVEL, Measurement
from fewbytes.types import Images

NAME, BESIDE = "uniqueness.avalanche", "uniqueness.avalanche_sha256"

CHANGES = 10_000
"""Records of which a pixel is changed, at most."""

LEAST_RECORDS = 30

_WEBSTER = "Webster & Tavares 1986, CRYPTO '85 (the avalanche criterion)"
_METHOD = "a random pixel of a record one level up or down"


def avalanche(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.avalanche` and `uniqueness.avalanche_sha256`: the mean share of bits that change.

    Exhibit: `changed` (m,), that share for each change.

    Raises:
        InputError: fewer than LEAST_RECORDS records, or a coder that codes images together.
    """
    require(exposure, LEAST_RECORDS, "a mean")
    require_alone(exposure)
    rng = np.random.default_rng(settings.seed)
    chosen = rng.permutation(len(exposure))[:CHANGES]
    before = exposure.images[chosen]
    after = stepped(before, rng)
    bits = exposure.fitted.symbols.size * exposure.fitted.symbols.bits
    changed = changed_bits(exposure.encode(before), exposure.encode(after), exposure.fitted) / bits
    hashed = np.mean(digest_bits(before) != digest_bits(after), axis=1)
    half = exactly(BESIDE, "share", 0.5, "a bit of a hash is as likely to change as not")
    return [
        Trial(
            mean_of_rare(NAME, changed, 1 / bits, _METHOD, _WEBSTER),
            expected=_expected(exposure), exhibit={"changed": changed},
        ),
        Trial(
            mean(BESIDE, "share", hashed, f"{_METHOD}; SHA-256 of the pixels", _WEBSTER),
            expected=half, exhibit={"changed": hashed},
        ),
    ]  # fmt: skip


def stepped(images: Images, rng: np.random.Generator) -> Images:
    """Copies of images (n, h, w, c), one random value of each one level up or down; from 0 only up,
    from 255 only down.
    """
    flat = images.reshape(len(images), -1).copy()
    rows, places = np.arange(len(flat)), rng.integers(0, flat.shape[1], len(flat))
    old = flat[rows, places].astype(np.int16)
    up = np.where((old > 0) & (old < 255), rng.integers(0, 2, len(flat)) == 1, old == 0)
    flat[rows, places] = np.where(up, old + 1, old - 1)
    return flat.reshape(images.shape)


def changed_bits(a: Codes, b: Codes, fitted: FittedCodec) -> NDArray[np.int64]:
    """How many bits of codes (n, *code_shape) differ, (n,)."""
    kind = fitted.symbols.dtype
    left, right = (
        np.ascontiguousarray(one, kind).reshape(len(one), -1).view(f"u{kind.itemsize}")
        for one in (a, b)
    )
    changed: NDArray[np.int64] = np.bitwise_count(left ^ right).sum(1, dtype=np.int64)
    return changed


def mean_of_rare(
    name: str, each: NDArray[np.float64], least: float, method: str, reference: str
) -> Measurement:
    """The mean of shares (n,), of which many are 0 and the others at least `least`.

    It is the share of those above 0, whose interval is exact, times their mean, whose interval is
    normal; where these are fewer than LEAST it runs from `least` to 1, and where all are the same,
    as far as those unseen may move it. Each at half the risk (Bonferroni).
    """
    n, above = len(each), each[each > 0]
    low, high = clopper_pearson(len(above), n, (1 + LEVEL) / 2)
    ends = (least, 1.0)
    if len(above) >= LEAST:
        centre, spread = float(above.mean()), float(above.std(ddof=1))
        half = float(ndtri((3 + LEVEL) / 4)) * spread / math.sqrt(len(above))
        unseen = 0.0 if np.ptp(above) else 1 - ((1 - LEVEL) / 4) ** (1 / len(above))
        ends = (
            max(least, centre - half - unseen * (centre - least)),
            min(1.0, centre + half + unseen * (1 - centre)),
        )
    return Measurement(
        name, "share", float(each.mean()), low * ends[0], high * ends[1], n, method,
        f"{reference}; Clopper & Pearson 1934, Biometrika 26",
    )  # fmt: skip


def _expected(exposure: Exposure) -> Measurement | None:
    """What must come out, of the controls."""
    if exposure.kind == NOISE:
        return exactly(NAME, "share", 0.5, "codes are SHA-256 of the pixels")
    if exposure.kind == IDENTITY:
        level = np.arange(256, dtype=np.uint8)
        up = np.bitwise_count(level[:-1] ^ level[1:]).astype(np.float64)
        both = (np.append(up, up[-1]) + np.insert(up, 0, up[0])) / 2
        seen = np.bincount(exposure.images.reshape(-1), minlength=256)
        bits = 8 * exposure.images[0].size
        return exactly(NAME, "share", float(seen @ both / seen.sum() / bits), "over all pixels")
    return None


AVALANCHE = Attack(
    claims={
        NAME: Claim(
            title="Bits of a code that a step of one pixel changes",
            unit="share",
            described="A change of one pixel by one grey level changes {value} of a code's bits; "
            "of a cryptographic hash it changes half.",
            covers="Symbols as bits, before entropy coding; records drawn as these were.",
        ),
        BESIDE: Claim(
            title="Bits of SHA-256 that the same step changes",
            unit="share",
            described="The same change of a pixel changes {value} of the bits of SHA-256.",
            covers="The pixels' SHA-256, for comparison.",
        ),
    },
    run=avalanche,
    null=as_hash,
)
"""How far a small change of an image spreads in its code."""
