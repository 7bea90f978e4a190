"""The order of a keyed permutation from the codes alone: without the key, and without any pair.

A secret order hides no position's own distribution. The attacker knows the codec, which a store
says, and has other images of the kind. Coded without the key, they give each position's quantiles
and its covariances with the others; each position of the released codes is then the one that looks
like it. Positions are assigned one to one at the least total cost (Kuhn 1955, Nav. Res. Logist. Q.
2), first by quantiles, then by what covariances say under the last assignment, until it stays (as
in graph matching: Umeyama 1988, IEEE Trans. Pattern Anal. Mach. Intell. 10(5)).

With the order, whatever undoes the codec without its key decodes: here a linear map that is learned
from the attacker's own images, coded without the key.

In the positive control codes are the pixels in a fresh secret order; in the null control all values
are dealt out anew among all positions, so that none looks like another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import identity
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly, share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.identification.keyed import PERMUTATION, KeyedPlan
from fewbytes.audits.identification.layouts import Unfit
from fewbytes.audits.keys.bounded_error import bounded_error
from fewbytes.audits.keys.fresh_key import under_fresh_key
from fewbytes.codecs import FittedCodec
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import PEAK, psnr

ORDER, DECODE = "keys.permutation_alone", "keys.permutation_alone_decode"

RECORDS = 400
"""Fewest that halves are made of."""

LARGEST = 1024
"""Values of a code whose order is looked for."""

MOST = 4000
"""Images of the attacker, and codes, at most."""

QUANTILES = np.linspace(0.005, 0.995, 41)

ROUNDS = 10
"""Assignments by covariances, at most."""

RIDGE = 1e-3
"""Penalty of the decoder, a share of the mean variance of a coefficient."""

_STREAM = 23

Floats = NDArray[np.float64]
Order = NDArray[np.int64]


def found_order(plain: Floats, codes: Floats) -> Order:
    """The position of unkeyed coefficients `plain` (m, d) that each position of `codes` (n, d)
    looks like, (d,), each once.
    """
    variances = plain.var(0)
    scale = variances + max(1e-3 * float(variances.mean()), 1e-12)
    alike, likely = (np.quantile(one, QUANTILES, axis=0).T for one in (codes, plain))
    quantiles = _apart(alike, likely, np.ones(len(QUANTILES))) / scale
    order: Order = linear_sum_assignment(quantiles)[1]
    ours, theirs = (np.cov(one, rowvar=False) for one in (plain, codes))
    for _ in range(ROUNDS):
        guessed = theirs[:, np.argsort(order)]
        covariances = _apart(guessed, ours, 1 / scale) / scale
        cost = _by_median(covariances) + _by_median(quantiles)
        again: Order = linear_sum_assignment(cost)[1]
        if np.array_equal(again, order):
            break
        order = again
    return order


def _apart(rows: Floats, others: Floats, weights: Floats) -> Floats:
    """Weighted mean square differences of rows (a, k) and others (b, k): (a, b)."""
    squares = (np.square(rows) @ weights)[:, None] + np.square(others) @ weights
    found: Floats = np.maximum(squares - 2 * (rows * weights) @ others.T, 0) / len(weights)
    return found


def _by_median(cost: Floats) -> Floats:
    return cost / (float(np.median(cost)) or 1.0)


@dataclass(frozen=True)
class _Matter:
    """What the attacker has, and the truth that he is judged by."""

    plain: Floats
    """His own images, coded without the key: (m, d)."""
    codes: Floats
    """Released coefficients of the targets, (t, d)."""
    plain_targets: Floats
    """The targets coded without the key, before they are quantized: (t, d)."""
    released: Floats
    """The same in the secret order."""


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    require(exposure, RECORDS, "finding an order by statistics")
    matter = _matter(exposure)
    varying = np.flatnonzero(np.ptp(matter.codes, axis=0) * np.ptp(matter.released, axis=0) > 0)
    if not len(varying):
        raise InputError("no position of the code varies over the targets")
    order = found_order(matter.plain, matter.codes)
    right = sum(
        np.array_equal(matter.plain_targets[:, order[j]], matter.released[:, j]) for j in varying
    )
    method = (
        f"quantiles and covariances of {len(matter.plain):,} images coded without the key, matched "
        f"with those of {len(matter.codes):,} codes"
    )
    figure = share(ORDER, int(right), len(varying), method, "Kuhn 1955, Nav. Res. Logist. Q. 2")
    chance = exactly(ORDER, "share", 1 / len(varying), "an order drawn at random")
    return [Trial(figure, chance), _decoded(exposure, matter, order)]


def _matter(exposure: Exposure) -> _Matter:
    own, targets = (
        exposure.images[rows][:MOST] for rows in (exposure.known, exposure.targets)
    )  # fmt: skip
    codes = exposure.values[exposure.targets][:MOST].astype(np.float64)
    if codes.shape[1] > LARGEST:
        raise InputError(f"codes of {codes.shape[1]:,} values; orders up to {LARGEST:,} are found")
    if exposure.kind == IDENTITY:
        pixels, others = (one.reshape(len(one), -1).astype(np.float64) for one in (own, targets))
        return _Matter(pixels, codes, others, codes)
    plain = _without_key(exposure)
    before = plain.transform(targets).reshape(len(targets), -1).astype(np.float64)
    released = exposure.fitted.transform(targets).reshape(len(targets), -1).astype(np.float64)
    coded = plain.dequantize(plain.encode(own)).reshape(len(own), -1).astype(np.float64)
    return _Matter(coded, codes, before, released)


def _without_key(exposure: Exposure) -> FittedCodec:
    """The codec without its keyed stages: what comes before them has learned what the store says,
    the quantizer learns from the attacker's own images.
    """
    whole = exposure.fitted.codec
    if not any(stage.name == PERMUTATION for stage in whole.stages):
        raise InputError("the codec has no keyed permutation")
    try:
        plan = KeyedPlan.of(whole, exposure.fitted.image_shape)
    except Unfit as error:
        raise InputError(str(error)) from None
    if plan.projected is not None:
        raise InputError("a secret projection comes before the permutation")
    fitted = plan.plain.fit(exposure.images[exposure.known], seed=exposure.seed)
    public = {}
    for place, stage in enumerate(fitted.codec.stages):
        if stage in fitted.codec.transforms and stage in whole.stages:
            known = exposure.fitted.states.get(whole.stages.index(stage))
            if known is not None:
                public[place] = known
    return FittedCodec(fitted.codec, fitted.image_shape, {**fitted.states, **public})


def _decoded(exposure: Exposure, matter: _Matter, order: Order) -> Trial:
    """PSNR of the targets, decoded in the order found, beside the mean of the attacker's images."""
    targets = exposure.images[exposure.targets][:MOST]
    own = exposure.pixels[exposure.known][:MOST].astype(np.float64)
    mean, centre = own.mean(0), matter.plain.mean(0)
    around = matter.plain - centre
    penalty = RIDGE * float(around.var(0).mean()) * len(around) or 1.0
    weights = np.linalg.solve(
        around.T @ around + penalty * np.eye(around.shape[1]), around.T @ (own - mean)
    )
    rebuilt = (matter.codes[:, np.argsort(order)] - centre) @ weights + mean
    images = np.rint(rebuilt.clip(0, PEAK)).astype(np.uint8).reshape(targets.shape)
    guess = np.rint(mean).astype(np.uint8).reshape(targets.shape[1:])
    reached, chance = (
        replace(psnr(bounded_error(targets, one)), name=DECODE, method=method)
        for one, method in (
            (images, "coefficients in the order found, decoded linearly"),
            (np.broadcast_to(guess, targets.shape), f"the mean of {len(own):,} images of the kind"),
        )
    )
    shown = {"originals": targets[:10], "rebuilt": images[:10]}
    return Trial(reached, chance, exhibit=shown)


def as_pixels_under_fresh_key(exposure: Exposure) -> Exposure:
    """The same records, their codes their own pixels in a fresh secret order."""
    return under_fresh_key(identity(exposure), "permutation", exposure.seed + _STREAM)


def as_alike_positions(exposure: Exposure) -> Exposure:
    """The same records, all their coefficients dealt out anew among all positions. Symbols would
    not do: each position gives them a scale of its own.
    """
    rng = np.random.default_rng([exposure.seed, _STREAM])
    found = replace(exposure, kind=NOISE)
    vars(found)["values"] = rng.permuted(exposure.values, axis=None)
    return found


_COVERS = (
    "An attacker who has the codes of as many records as the half attacked, knows the codec as the "
    "store names it, and has other images of the kind: no key, and no image beside its code. "
    "Another way of matching may find more."
)

PERMUTATION_ALONE = Attack(
    claims={
        ORDER: Claim(
            "Order of a keyed permutation, found from codes alone",
            "share",
            "Without the key, and without any image beside its code, somebody who has other images "
            "of the kind finds {value} of the secret order ({low} to {high}); by guessing, "
            "{chance}.",
            "Matching the statistics of codes with those of other images of the kind found {value} "
            "of the secret order; by guessing, {chance}.",
            _COVERS,
        ),
        DECODE: Claim(
            "Closeness of images rebuilt from permuted codes alone (PSNR)",
            "dB",
            "In the order found so, without the key and without any pair, images are rebuilt at "
            "{value} ({low} to {high}); the mean image, which takes no code, is at {chance}. "
            "Higher is closer.",
            "In the order found so, images were rebuilt at {value}; the mean image, which takes no "
            "code, is at {chance}.",
            _COVERS,
        ),
    },
    run=_run,
    positive=as_pixels_under_fresh_key,
    null=as_alike_positions,
    controls=("the pixels in a fresh secret order", "values dealt out among all positions"),
)
"""Undoing a keyed permutation without its key."""
