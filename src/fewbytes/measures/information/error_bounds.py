"""From information to error and back.

Fano (Cover & Thomas 2006, "Elements of information theory", Theorem 2.10.1) bounds the conditional
entropy that an error leaves from above, so it gives the least error from a *lower* end of H(Y | Z),
hence from the upper end of the information, and the least information from an *upper* end of any
predictor's error. Hellman & Raviv (1970), "Probability of error, equivocation, and the Chernoff
bound", equation 41, bounds the Bayes error from above by half the conditional entropy, for any
number of classes: it takes an upper end of H(Y | Z), hence the lower end of the information. The
other ends say nothing.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import betaincinv, entr

from fewbytes.errors import InputError

FANO = "Cover & Thomas 2006, Theorem 2.10.1 (Fano)"
HELLMAN_RAVIV = "Hellman & Raviv 1970, equation 41"

_SLACK = 1e-9


def fano_error(conditional_entropy_bits: float, classes: int) -> float:
    """The least error probability of any predictor of `classes` classes that are left with
    H(Y | Z) = `conditional_entropy_bits`, or more: the root of h(e) + e log2(classes - 1) = H.

    Raises:
        InputError: fewer than 2 classes, or bits not between 0 and log2(classes).
    """
    bits = _checked_entropy(conditional_entropy_bits, classes)
    largest = (classes - 1) / classes
    if bits <= 0:
        return 0.0
    if bits >= _left(largest, classes):
        return largest
    return float(brentq(lambda e: _left(e, classes) - bits, 0.0, largest, xtol=1e-14))


def fano_entropy(error: float, classes: int) -> float:
    """The most bits of H(Y | Z) that a predictor with this error probability, or less, leaves
    possible among `classes` classes: the inverse of `fano_error`; never above log2(classes).

    Raises:
        InputError: fewer than 2 classes, or an error that is no probability.
    """
    _check_classes(classes)
    return _left(min(_checked_error(error), (classes - 1) / classes), classes)


def fano_information(error: float, classes: int, entropy_bits: float) -> float:
    """The least I(Z; Y) = H(Y) - H(Y | Z), in bits, that an achieved error proves, for labels of
    H(Y) = `entropy_bits` (or more).

    Raises:
        InputError: as `fano_entropy`, or H(Y) not between 0 and log2(classes).
    """
    return max(0.0, _checked_entropy(entropy_bits, classes) - fano_entropy(error, classes))


def hellman_raviv_error(conditional_entropy_bits: float) -> float:
    """The largest Bayes error of any number of classes that are left with
    H(Y | Z) = `conditional_entropy_bits`, or less: H / 2, and no more than 1.

    Raises:
        InputError: bits that are negative or not finite.
    """
    if not 0 <= conditional_entropy_bits < math.inf:
        raise InputError(f"H(Y|Z) is a number of bits from 0, not {conditional_entropy_bits}")
    return min(1.0, conditional_entropy_bits / 2)


def hellman_raviv_entropy(bayes_error: float) -> float:
    """The least H(Y | Z) in bits that a *Bayes* error, or a lower end of it, proves: twice it. The
    error of one predictor proves nothing here, since a better one may be had.

    Raises:
        InputError: an error that is no probability.
    """
    return 2 * _checked_error(bayes_error)


def error_upper_limit(errors: int, n: int, failure: float) -> float:
    """The upper confidence limit of an error probability from `errors` among `n` held-out
    predictions, wrong with probability `failure`: Clopper & Pearson (1934).

    Raises:
        InputError: no predictions, or more errors than predictions.
    """
    if not 0 <= errors <= n or n < 1:
        raise InputError(f"{errors} errors among {n} predictions")
    return 1.0 if errors == n else float(betaincinv(errors + 1, n - errors, 1 - failure))


def _left(error: float, classes: int) -> float:
    binary = float(entr(error) + entr(1 - error)) / math.log(2)
    return binary + error * math.log2(classes - 1)


def _check_classes(classes: int) -> None:
    if classes < 2:
        raise InputError(f"{classes} classes; an error takes at least 2")


def _checked_entropy(bits: float, classes: int) -> float:
    _check_classes(classes)
    most = math.log2(classes)
    if not -_SLACK <= bits <= most + _SLACK:
        raise InputError(f"{bits} bits; {classes} classes have between 0 and {most:.6g}")
    return min(max(bits, 0.0), most)


def _checked_error(error: float) -> float:
    if not 0 <= error <= 1:
        raise InputError(f"an error is a fraction from 0 to 1, not {error}")
    return error
