"""Codes under a secret key: no candidate's codes can be computed anew, but others like them can.

The attacker draws keys of his own, codes bags of a candidate's images with them, and compares what
no key changes. A permutation of coefficients changes none of it. A projection by a Gaussian matrix
P (d, r) keeps it nearly: with the inner products G = L L' of a bag before it, those after it are
distributed as L W L', W a Wishart matrix of r degrees of freedom over r, whatever d is (Muirhead
1982, theorem 3.2.5). Each bag has a key of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.identification.invariants import invariants, of_positions
from fewbytes.audits.identification.layouts import Unknown
from fewbytes.codecs import Codec
from fewbytes.types import Shape

PERMUTATION, PROJECTION = "keyed_permutation", "keyed_projection"

FINE = 64
"""Levels from which on rounding after a secret projection changes nothing that is compared: its
variance is below 0.2 % of that of a Gaussian value between the extremes of 60,000."""

_JITTER = 1e-8
"""Added to the diagonal of inner products, as a share of its mean, so that they have a factor where
codes depend on each other.
"""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KeyedPlan:
    """What an attacker computes in place of a keyed codec."""

    plain: Codec
    """The codec without its keyed stages; before a projection, without its quantizer too."""
    projected: int | None
    """Values that a secret projection keeps; None where there is a permutation only."""

    @classmethod
    def of(cls, codec: Codec, image_shape: Shape) -> KeyedPlan:
        """Raises Unknown where it is not known what the key leaves of such codes."""
        keyed = [stage for stage in codec.stages if stage.keyed]
        last = codec.transforms[len(codec.transforms) - len(keyed) :]
        if any(stage.name not in (PERMUTATION, PROJECTION) for stage in keyed):
            raise Unknown(f"{keyed[-1].name}: not known what its key leaves of codes")
        if any(not stage.keyed for stage in last):
            raise Unknown(f"not known what {last[-1].name} leaves of codes under a key")
        signal = codec.signals(image_shape)[-1]
        if codec.coder.lossy:
            raise Unknown(f"not known what {codec.coder.name} leaves of codes under a key")
        if codec.quantizer.symbol_shape(signal.shape) != signal.shape:
            raise Unknown(f"{codec.quantizer.name} joins values whose order a key has changed")
        projected = None
        if any(stage.name == PROJECTION for stage in keyed):
            projected, levels = signal.size, codec.quantizer.alphabet
            if levels is not None and levels < FINE:
                raise Unknown(f"{levels} levels after a secret projection; {FINE} can be compared")
        plain = [stage for stage in codec.transforms if not stage.keyed]
        return cls(Codec(plain if projected else [*plain, codec.quantizer]), projected)


def is_keyed(codec: Codec) -> bool:
    """Whether a codec has a stage with a secret key."""
    return any(stage.keyed for stage in codec.stages)


def described(values: NDArray[Any], permuted: bool) -> Floats:
    """What a key leaves of a bag of codes (k, d), as one row (1, f); `permuted` where the key can
    be a permutation only.
    """
    exact = values.reshape(len(values), -1).astype(np.float64)
    figures = [invariants(exact @ exact.T)] + ([of_positions(exact)] if permuted else [])
    return np.concatenate(figures)[None]


def bags_under_keys(
    values: NDArray[np.float32],
    size: int,
    count: int,
    projected: int | None,
    rng: np.random.Generator,
) -> Floats:
    """`count` bags of `size` of the codes (n, d), each drawn without repeats and put under a key of
    its own, described: (count, f).

    Raises:
        Unknown: there are fewer codes than a bag takes.
    """
    if size > len(values):
        raise Unknown(f"{len(values):,} codes; a bag takes {size:,}")
    rows = []
    for _ in range(count):
        drawn = values[rng.choice(len(values), size, replace=False)].astype(np.float64)
        rows.append(described(drawn, True) if projected is None else under(drawn, projected, rng))
    return np.concatenate(rows)


def under(values: Floats, projected: int, rng: np.random.Generator) -> Floats:
    """What is left of a bag (k, d) under a secret projection to so many values: (1, f)."""
    gram = values @ values.T
    least = _JITTER * max(float(np.trace(gram)), 1e-30) / len(gram)
    factor = np.linalg.cholesky(gram + least * np.eye(len(gram)))
    coded = factor @ rng.standard_normal((len(gram), projected)) / np.sqrt(projected)
    return invariants(coded @ coded.T)[None]
