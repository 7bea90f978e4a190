"""The birthday expectation: how many codes would collide by mere shortage of codes.

n random codes of b bits have n (n - 1) / 2 2^-b colliding pairs on average. Turned round, the
number found says how many bits the codes are worth where equality counts: their collision entropy
(Renyi's, of order 2). The min-entropy is that of the commonest code. Real codes are far from
uniform, and are worth far fewer bits than they have.

Both controls are random codes of a known number of bits: few pairs collide in one, many in the
other. Figures of both must meet what is known.
"""

from __future__ import annotations

import math
from dataclasses import replace

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import classed
from fewbytes.audits.uniqueness.controls import as_crowded, as_random, code_bits, counted
from fewbytes.audits.uniqueness.pairs import birthday_pairs, equal_pairs, random_pairs
from fewbytes.measures.information.code_entropy import code_entropy
from fewbytes.measures.measurement import Measurement, named

PAIRS, COLLISION, LEAST = (
    "uniqueness.birthday_pairs",
    "uniqueness.collision_entropy",
    "uniqueness.min_entropy",
)

RAREST = 1e-300
"""Pairs: fewer are said to be no more than so many."""

_FELLER = "Feller 1968, An introduction to probability theory, II.3 (birthdays)"


def birthday(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.birthday_pairs` (pairs that random codes of as many bits as the store's are
    expected to have), `.collision_entropy` and `.min_entropy` (bits, of whole codes).

    Raises:
        InputError: fewer than 50 records.
    """
    bits, classes = code_bits(exposure.fitted), classed(exposure, settings).codes
    n = len(classes)
    # a class is all that counts here, whatever numbers the codes are made of
    words = 1 << max(1, math.ceil(bits))
    found = named(code_entropy(classes, alphabet=max(words, n)))
    pairs = n * (n - 1) // 2
    method = f"n (n - 1) / 2 pairs, codes of {bits:.6g} bits"
    figures = [
        _seen(counted(PAIRS, "pairs", birthday_pairs(pairs, bits), n, method, _FELLER)),
        replace(found["entropy.collision"], name=COLLISION),
        replace(found["entropy.min"], name=LEAST),
    ]
    if exposure.kind == STORE:
        return [Trial(one) for one in figures]
    known = "random codes of so many bits"
    expected = [
        _counterpart(random_pairs(PAIRS, n, bits), equal_pairs(classes)),
        exactly(COLLISION, "bits", bits, known),
        exactly(LEAST, "bits", bits, known),
    ]
    return [Trial(one, expected=told) for one, told in zip(figures, expected, strict=True)]


def _seen(expected: Measurement) -> Measurement:
    """The same with a high end that can be told from none: 2^-2048 is below all floating point."""
    assert expected.value is not None
    return replace(expected, high=max(expected.value, RAREST))


def _counterpart(expected: Measurement, found: int) -> Measurement:
    """The pairs found, with the interval that holds the expectation where, and only where, that
    expectation's interval holds what was found.
    """
    assert expected.value is not None
    assert expected.low is not None
    assert expected.high is not None
    low, high = expected.high - expected.value, expected.value - expected.low
    return replace(
        expected, value=float(found), low=found - low, high=found + high, method="pairs found"
    )


BIRTHDAY = Attack(
    claims={
        PAIRS: Claim(
            title="Colliding pairs, were codes random",
            unit="pairs",
            described="Random codes of as many bits would have no more than {high} of equal ones.",
            covers="Arithmetic: as many records, codes of as many bits, all alike probable.",
        ),
        COLLISION: Claim(
            title="Collision entropy of codes",
            unit="bits",
            described="Codes collide no more often than random ones of {low} would, and at least "
            "as often as random ones of {high}.",
            covers="Pairs of records drawn as these were; equality of whole codes.",
        ),
        LEAST: Claim(
            title="Min-entropy of codes",
            unit="bits",
            described="The commonest code has a probability of 2^-b, with b between {low} and "
            "{high}.",
            covers="Records drawn as these were. One guess at a code, knowing their distribution.",
        ),
    },
    run=birthday,
    positive=as_crowded,
    null=as_random,
)
"""Entropies of codes that collisions show, beside those of random codes."""
