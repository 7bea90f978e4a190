"""Any exposure under a fresh secret key: what a keyed codec would release, and its codes' form."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import Codes, Exposure
from fewbytes.audits.keys.sealed import sealed
from fewbytes.errors import InputError
from fewbytes.types import Images

Kind = Literal["projection", "permutation"]


def under_fresh_key(exposure: Exposure, kind: Kind = "projection", seed: int = 0) -> Exposure:
    """The same records, their coefficients (n, d) multiplied by a secret matrix drawn by the seed:
    a random rotation (d, d), or a permutation. The same seed is the same key.

    Images of the attacker's own choice are encoded under the key; nothing decodes without it.

    Raises:
        InputError: another kind.
    """
    if kind not in ("projection", "permutation"):
        raise InputError(f"a key is of kind projection or permutation, not {kind!r}")
    size = exposure.values.shape[1]
    matrix = rotation(size, seed) if kind == "projection" else None
    order = np.random.default_rng(seed).permutation(size)

    def keyed(codes: Codes) -> NDArray[np.float32]:
        values = exposure.as_values(codes)
        return values[:, order] if matrix is None else values @ matrix

    def draw(images: Images, rng: np.random.Generator) -> Codes:
        return keyed(exposure.draw(images, rng))

    fitted = sealed(exposure.images.shape[1:], size)
    return replace(exposure, codes=keyed(exposure.codes), fitted=fitted, draw=draw)


def rotation(size: int, seed: int) -> NDArray[np.float32]:
    """An orthogonal matrix (size, size), each as likely (Stewart 1980, SIAM J. Numer. Anal. 17)."""
    normal = np.random.default_rng(seed).standard_normal((size, size))
    q, r = np.linalg.qr(normal)
    found: NDArray[np.float32] = (q * np.sign(np.diag(r))).astype(np.float32)
    return found
