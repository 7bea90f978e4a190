"""Label information: how many bits of the labels the codes hold, between proven ends.

I(Z; Y) = H(Y) - H(Y | Z), and no predictor's expected log-loss is below H(Y | Z): Barber & Agakov
(2003), "The IM algorithm: a variational approach to information maximization", equation 2; taken as
a difference of entropies because bounds that know neither entropy cannot exceed log n: McAllester &
Stratos (2020), "Formal limitations on the measurement of mutual information". So the low end is
that of the best family of probes. Which family is best is seen on the same held-out records, so
each end is taken at its share of the failure probability (Bonferroni), and the largest stands. The
high end is the least of the upper ends of H(Y) and, where given, H(Z): no probe lowers it.

The same bracket then bounds the Bayes error, each end by the inequality that allows it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information import counting
from fewbytes.measures.information.error_bounds import (
    FANO,
    HELLMAN_RAVIV,
    error_upper_limit,
    fano_entropy,
    fano_error,
    hellman_raviv_error,
)  # fmt: skip
from fewbytes.measures.information.probes.concentration import TAIL, entropy_interval
from fewbytes.measures.information.usable import Usable
from fewbytes.measures.measurement import Means, Measurement
from fewbytes.types import Labels

BARBER_AGAKOV = "Barber & Agakov 2003, equation 2; McAllester & Stratos 2020"


def label_information(
    usables: Sequence[Usable], *, entropy_high: float | None = None
) -> list[Measurement]:
    """What probes of several families prove about I(Z; Y), H(Y) and the Bayes error.

    `usables` are of the same codes and labels; `entropy_high` is an upper end of H(Z) in bits, for
    discrete codes (of a row that is reliable: an end that may be wrong would spoil all of these).
    Classes are those the usables were given, seen or not; see `usable_information`. Where what the
    probes prove contradicts an upper end, all rows that rest on it are called unreliable. Gives:

    - `label_entropy`, bits: H(Y), the most that any codes could hold;
    - `label_information`, bits: I(Z; Y), low end by the best family;
    - `label_information.error`, bits: I(Z; Y), low end by Fano from the best family's held-out
      errors; it needs no probabilities, and is weaker where these are good;
    - `bayes_error`, a fraction: low end by Fano from the upper end of I(Z; Y), high end the least
      of Hellman-Raviv from the lower end of I(Z; Y) and the upper limits of the held-out errors.

    Raises:
        InputError: no families, one twice, families of different labels, or a negative
            `entropy_high`.
    """
    _check(usables, entropy_high)
    information = _information(usables, entropy_high)
    found = [
        information,
        _from_errors(usables, entropy_high),
        _bayes_error(usables, entropy_high, information.warnings),
    ]
    doubt = _contradiction(usables, entropy_high)
    if doubt:
        found = [one.doubted(doubt) for one in found]
    return [_entropy(usables[0].counts), *found]


def _contradiction(usables: Sequence[Usable], entropy_high: float | None) -> str:
    """What is wrong with the ends, if anything: a low one above a high one, of the information by
    log-losses or by errors.
    """
    high = _high(usables[0], entropy_high, TAIL)
    low = max(_low(usables, TAIL), _low_from_errors(usables))
    if low <= high:
        return ""
    return f"probes prove {low:.4g} bits, more than the upper end of {high:.4g}"


def _check(usables: Sequence[Usable], entropy_high: float | None) -> None:
    if not usables:
        raise InputError("no families of probes; label information needs at least one")
    names = [one.family for one in usables]
    if len(set(names)) < len(names):
        raise InputError(f"a family is there twice: {', '.join(names)}")
    if any(not np.array_equal(one.counts, usables[0].counts) for one in usables):
        raise InputError(f"the families were fitted to different labels: {', '.join(names)}")
    if entropy_high is not None and not entropy_high >= 0:
        raise InputError(f"the upper end of H(Z) is a number of bits from 0, not {entropy_high}")


def label_entropy(labels: Labels, *, classes: int | None = None) -> Measurement:
    """H(Y) in bits, from labels (n,): `label_entropy`.

    `classes`: how many there are, seen or not. Without it the interval allows for as many unseen
    ones as `symbol_entropy` does, so that it is wider.

    Raises:
        InputError: no labels, or labels that are not whole numbers from 0 (and below `classes`).
    """
    if labels.ndim != 1 or len(labels) == 0 or not np.issubdtype(labels.dtype, np.integer):
        raise InputError(f"labels are whole numbers (n,), not {labels.dtype} {labels.shape}")
    if labels.min() < 0:
        raise InputError(f"labels count from 0; one is {labels.min()}")
    if classes is None:
        return _entropy_of_any(labels)
    if labels.max() >= classes:
        raise InputError(f"a label is {labels.max()}, but there are {classes} classes")
    return _entropy(np.bincount(labels, minlength=classes))


def _entropy_of_any(labels: Labels) -> Measurement:
    """Of labels of an unknown number of classes."""
    alphabet = counting.alphabet_of(labels, None, "labels")
    table, _ = counting.symbol_counts(labels)
    found = counting.estimate(counting.descending(table), math.log2(alphabet))
    return Measurement(
        "label_entropy", "bits", found.value, found.low, found.high, len(labels),
        f"Grassberger's estimate; for the upper end, what rare ones of {alphabet} classes may add",
        "Grassberger 2003, arXiv:physics/0307138; Efron and Stein 1981",
    )  # fmt: skip


def _entropy(counts: NDArray[np.int64]) -> Measurement:
    low, value, high = entropy_interval(counts, TAIL)
    return Measurement(
        "label_entropy", "bits", value, low, high, int(counts.sum()),
        f"plug-in; ends by the divergence and by betting, {len(counts)} classes",
        "Agrawal 2020, Theorem I.2; Waudby-Smith & Ramdas 2024, section 4; Paninski 2003, prop. 1",
    )  # fmt: skip


def _low(usables: Sequence[Usable], failure: float) -> float:
    """Bits of I(Z; Y) at least, by the best family; wrong with probability `failure`."""
    return max(one.low(failure / len(usables)) for one in usables)


def _high(usable: Usable, entropy_high: float | None, failure: float) -> float:
    """Bits of I(Z; Y) at most."""
    entropy = entropy_interval(usable.counts, failure)[2]
    return entropy if entropy_high is None else min(entropy, entropy_high)


def _evaluated(usables: Sequence[Usable]) -> int:
    return min(len(one.labels) for one in usables)


def _information(usables: Sequence[Usable], entropy_high: float | None) -> Measurement:
    high = _high(usables[0], entropy_high, TAIL)
    low = _low(usables, TAIL)
    families = ", ".join(one.family for one in usables)
    warnings = () if low else (f"no family read anything of the labels for certain: {families}",)
    return Measurement(
        "label_information", "bits", None, min(low, high), high, _evaluated(usables),
        f"low: best of {families}, union bound; high: {_named_high(entropy_high)}",
        BARBER_AGAKOV, Means.BOUNDS, warnings=warnings,
    )  # fmt: skip


def _named_high(entropy_high: float | None) -> str:
    return "H(Y)" if entropy_high is None else "min(H(Y), H(Z))"


def _error_limit(usables: Sequence[Usable], failure: float) -> float:
    """The least of the families' upper limits of the error."""
    share = failure / len(usables)
    return min(error_upper_limit(one.errors, len(one.labels), share) for one in usables)


def _low_from_errors(usables: Sequence[Usable]) -> float:
    """Bits of I(Z; Y) at least, by Fano."""
    counts = usables[0].counts
    left = fano_entropy(_error_limit(usables, TAIL / 2), len(counts))
    return max(0.0, entropy_interval(counts, TAIL / 2)[0] - left)


def _from_errors(usables: Sequence[Usable], entropy_high: float | None) -> Measurement:
    first = usables[0]
    high = _high(first, entropy_high, TAIL)
    low = _low_from_errors(usables)
    return Measurement(
        "label_information.error", "bits", None, min(low, high), high, _evaluated(usables),
        f"low: Fano from the least held-out error's upper limit; high: {_named_high(entropy_high)}",
        f"{FANO}; Clopper & Pearson 1934", Means.BOUNDS,
    )  # fmt: skip


def _bayes_error(
    usables: Sequence[Usable], entropy_high: float | None, warnings: tuple[str, ...]
) -> Measurement:
    first, classes = usables[0], len(usables[0].counts)
    entropy_low, _, most = entropy_interval(first.counts, TAIL / 3)
    left_least = max(0.0, entropy_low - _high(first, entropy_high, TAIL / 3))
    left_most = max(0.0, most - _low(usables, TAIL / 3))
    low = fano_error(left_least, classes)
    if not low:
        warnings += ("no least error is proven: the information's upper end allows all of H(Y)",)
    high = min(hellman_raviv_error(left_most), _error_limit(usables, TAIL / 3))
    found = Measurement(
        "bayes_error", "fraction", None, min(low, high), high, _evaluated(usables),
        "low: Fano; high: the least of Hellman-Raviv and the held-out errors' upper limits",
        f"{FANO}; {HELLMAN_RAVIV}; Clopper & Pearson 1934", Means.BOUNDS, warnings=warnings,
    )  # fmt: skip
    if low > high:
        return found.doubted(f"an error of {low:.4g} at least, but {high:.4g} at most")
    return found
