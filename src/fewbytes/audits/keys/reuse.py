"""One key or two: whether two releases were made under the same key, told from codes alone.

Under one key, and of images of one kind, each position of the code has the same mean in both
releases and each two positions the same covariance. Their differences are taken in units of their
sampling variance and averaged:

    D = mean over positions i and pairs i <= j of (a - b)^2 / (var a + var b)

which is about 1 for two samples of one source. A fresh key deals the positions out anew: by a
permutation itself, and by independent directions or a uniform rotation, whose rows are
exchangeable. So D is compared with the D of the second release with its positions dealt out at
random, DEALINGS times, and is below all of those once in DEALINGS + 1 times where the keys are two
(a permutation test, as Mantel 1967, Cancer Res. 27, for two matrices). Where a fixed transform
follows the key, positions are no longer exchangeable, and the test does not hold.

Codes that are the same in both releases are stronger evidence, where the releases share images.

Exhibit of `keys.reuse`:

    apart (1,)         D of the two releases
    dealt (DEALINGS,)  D with the positions of the second dealt out anew
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import NOISE, STORE, Exposure, require
from fewbytes.audits.figures import exactly, share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement

REUSE, EQUAL = "keys.reuse", "keys.equal_codes"

DEALINGS = 1999
"""Enough for one chance in 2,000: the upper tail of an interval at LEVEL."""

POSITIONS = 128
"""Positions compared, at most: drawn among those that vary in the first release."""

LEAST_POSITIONS = 10
"""Below this, one of DEALINGS may well leave all positions where they are."""

RECORDS = 100
"""Fewest in either release: covariances and their variances come from them."""

_NOTHING = 1e-9
"""Share of the mean variance that counts as none."""

_TINY = 1e-300

_MANTEL = "Mantel 1967, Cancer Res. 27"

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reuse:
    """What the test of one key found."""

    statistic: float
    """How far apart the releases' moments are, in units of sampling variance; about 1 under one
    key and for images of one kind."""
    p_value: float
    """The chance to find them no further apart under two keys."""
    dealt: Floats
    """The statistic with positions dealt out anew, (DEALINGS,)."""


@dataclass(frozen=True)
class _Moments:
    """Means (d,) and covariances (d, d) of codes, and the sampling variances of both."""

    mean: Floats
    covariance: Floats
    mean_error: Floats
    covariance_error: Floats

    @classmethod
    def of(cls, vectors: Vectors) -> _Moments:
        n, mean = len(vectors), vectors.mean(0, dtype=np.float64)
        centred = vectors - mean
        squared = np.square(centred)
        covariance = centred.T @ centred / n
        fourth = np.maximum(squared.T @ squared / n - np.square(covariance), 0)
        return cls(mean, covariance, np.diag(covariance) / n, fourth / n)

    def dealt(self, order: NDArray[np.int64]) -> _Moments:
        """The same with the positions in another order."""
        both = np.ix_(order, order)
        return _Moments(
            self.mean[order], self.covariance[both],
            self.mean_error[order], self.covariance_error[both],
        )  # fmt: skip


def reused(codes_a: Vectors, codes_b: Vectors, seed: int) -> Reuse:
    """Test whether codes (n, d) and (m, d) of two releases were made under one key.

    Raises:
        InputError: vectors of different sizes, too few of them, or too few positions that vary.
    """
    if codes_a.ndim != 2 or codes_b.ndim != 2 or codes_a.shape[1] != codes_b.shape[1]:
        raise InputError(f"codes {codes_a.shape} and {codes_b.shape} are not of one size")
    if min(len(codes_a), len(codes_b)) < RECORDS:
        raise InputError(
            f"releases of {len(codes_a):,} and {len(codes_b):,} records; a test of one key needs "
            f"at least {RECORDS}"
        )
    rng = np.random.default_rng(seed)
    varying = np.flatnonzero(np.ptp(codes_a, axis=0) > 0)
    if len(varying) < LEAST_POSITIONS:
        raise InputError(
            f"{len(varying)} positions of the code vary; a test of one key needs at least "
            f"{LEAST_POSITIONS}"
        )
    chosen = rng.permutation(varying)[:POSITIONS]
    a, b = _Moments.of(codes_a[:, chosen]), _Moments.of(codes_b[:, chosen])
    apart = _apart(a, b)
    orders = (rng.permutation(len(chosen)) for _ in range(DEALINGS))
    dealt = np.array([_apart(a, b.dealt(order)) for order in orders])
    return Reuse(apart, float(1 + np.sum(dealt <= apart)) / (1 + DEALINGS), dealt)


def _apart(a: _Moments, b: _Moments) -> float:
    """D of two releases."""
    means = _squares(a.mean, b.mean, a.mean_error + b.mean_error)
    pairs = _squares(a.covariance, b.covariance, a.covariance_error + b.covariance_error)
    d = len(means)
    total = means.sum() + (pairs.sum() + np.trace(pairs)) / 2
    return float(total) / (d + d * (d + 1) // 2)


def _squares(a: Floats, b: Floats, variance: Floats) -> Floats:
    """Squared differences in units of their variance; where that is none, of next to none."""
    found: Floats = np.square(a - b) / (variance + max(_NOTHING * float(variance.mean()), _TINY))
    return found


def of_two_keys(exposure: Exposure) -> Exposure:
    """The same codes, of which the second release will be given a fresh key."""
    return replace(exposure, kind=NOISE)


def _releases(exposure: Exposure, settings: Settings) -> tuple[Vectors, Vectors]:
    """The store's and the other one's; of a control, two parts that share half of their records,
    the second under a fresh key where the control is to give nothing away.
    """
    if exposure.kind == STORE and settings.other is None:
        raise InputError("needs another release (other=..., --other STORE)")
    require(exposure, 2 * RECORDS, "a test of one key")
    if exposure.kind == STORE and settings.other is not None:
        return exposure.values, settings.other.values
    third = len(exposure) // 3
    a, b = exposure.values[: 2 * third], exposure.values[third : 3 * third]
    if exposure.kind == NOISE:
        b = b[:, np.random.default_rng([settings.seed, 1]).permutation(b.shape[1])]
    return a, b


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    a, b = _releases(exposure, settings)
    found = reused(a, b, settings.seed)
    method = (
        f"moments of {min(POSITIONS, a.shape[1])} positions at most, {len(a):,} and {len(b):,} "
        f"records; p = {found.p_value:.2g}"
    )
    figure = exactly(REUSE, "sampling variances", found.statistic, method, _MANTEL)
    chance = Measurement(
        REUSE, "sampling variances", float(np.median(found.dealt)), float(found.dealt.min()),
        float(found.dealt.max()), DEALINGS, "all dealings of the second's positions", _MANTEL,
    )  # fmt: skip
    shown = {"apart": np.array([found.statistic]), "dealt": found.dealt}
    return [Trial(figure, chance, less_discloses=True, exhibit=shown), _equal(a, b, settings.seed)]


def _equal(a: Vectors, b: Vectors, seed: int) -> Trial:
    """Share of the codes of `a` that are in `b` too; chance, that with positions dealt out."""
    fresh = b[:, np.random.default_rng([seed, 2]).permutation(b.shape[1])]
    figure, chance = (
        share(EQUAL, same_codes(a, other), len(a), method)
        for other, method in (
            (b, f"codes of {len(a):,} records among those of {len(b):,}"),
            (fresh, "the same with the second's positions dealt out anew"),
        )
    )
    return Trial(figure, chance)


def same_codes(a: Vectors, b: Vectors) -> int:
    """How many of the codes (n, d) are equal to one of the codes (m, d)."""
    there = {row.tobytes() for row in np.ascontiguousarray(b) + np.float32(0)}
    return sum(row.tobytes() in there for row in np.ascontiguousarray(a) + np.float32(0))


KEY_REUSE = Attack(
    claims={
        REUSE: Claim(
            "One key for two releases, told by the moments of their codes",
            "sampling variances",
            "Without key or image, somebody can tell that both releases were made under one key, "
            "or by one codec: the moments of their codes are {value} apart, as two samples of one "
            "source are by about 1; under fresh keys it would be about {chance}.",
            "The moments of the two releases' codes are {value} apart, no less than under fresh "
            "keys ({chance}).",
            "Somebody who has the codes of two releases and nothing else, where a fresh key deals "
            "the positions of the code out anew. Releases of images of another kind may go "
            "unnoticed though the key is the same.",
        ),
        EQUAL: Claim(
            "One key for two releases, told by equal codes",
            "share",
            "Without key or image, somebody can see that {value} of this release's codes are in "
            "the other release too: both were made under one key, or by one codec, and share "
            "images. Under fresh keys it would be {chance}.",
            "{value} of this release's codes are in the other release too; under fresh keys it "
            "would be {chance}.",
            "Somebody who has the codes of two releases and nothing else. Finds nothing where the "
            "releases share no image, though the key be the same.",
        ),
    },
    run=_run,
    null=of_two_keys,
)
