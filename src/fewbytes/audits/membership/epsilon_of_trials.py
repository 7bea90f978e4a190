"""The least epsilon of differential privacy that independent trials of an attack leave possible.

A training that is (epsilon, delta)-differentially private allows no test of a record's membership
whose rates of true and of false positives break

    TPR <= exp(epsilon) FPR + delta   or   1 - FPR <= exp(epsilon) (1 - TPR) + delta

(Kairouz, Oh & Viswanath 2015, "The composition theorem for differential privacy"). So exact bounds
on both rates bound epsilon from below: Jagielski, Ullman & Oprea 2020, "Auditing differentially
private machine learning: how private is private SGD?"; Nasr et al. 2021, "Adversary instantiation:
lower bounds for differentially private machine learning".
"""

from __future__ import annotations

import math

from fewbytes.audits.figures import clopper_pearson
from fewbytes.errors import InputError
from fewbytes.measures.measurement import LEVEL


def epsilon_bound(
    true_positives: int,
    members: int,
    false_positives: int,
    non_members: int,
    delta: float = 0.0,
    level: float = LEVEL,
) -> float:
    """What epsilon, in nats, is at least, with a probability of `level`; 0 where nothing follows.

    Trials must be independent, each of a training of its own, and the test fixed before: records
    of the same training are not, for which there is `epsilon_of_guesses`. Each rate is bounded from
    the side that counts at (1 + level) / 2, so that both bounds hold at once.

    Raises:
        InputError: counts that cannot be, or a delta or level outside 0 to 1.
    """
    if not (0 <= delta < 1 and 0 < level < 1):
        raise InputError(f"delta {delta} and level {level} must be within 0 and 1")
    found, _ = clopper_pearson(true_positives, members, level)
    _, accused = clopper_pearson(false_positives, non_members, level)
    odds = [(found - delta, accused), (1 - accused - delta, 1 - found)]
    return max([0.0, *(math.log(a / b) for a, b in odds if a > b)])
