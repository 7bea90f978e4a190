"""Arithmetic that the attacks rest on: birthdays, known pairs, randomised response."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from disclosure.check import Check
from fewbytes.audits.keys.recovery import recover
from fewbytes.audits.membership.epsilon_of_trials import epsilon_bound
from fewbytes.audits.uniqueness.classes import classes_of
from fewbytes.audits.uniqueness.pairs import equal_pairs, random_pairs

RECORDS = 20_000


def arithmetic() -> Iterator[Check]:
    """Every check."""
    yield from birthdays()
    yield from known_pairs()
    yield from randomised_response()


def birthdays() -> Iterator[Check]:
    """Random codes of b bits: n (n - 1) / 2^(b + 1) pairs of n records collide."""
    for bits in (12, 16, 20, 24, 28):
        codes = np.random.default_rng(bits).integers(0, 1 << bits, (RECORDS, 1), np.uint32)
        expected = random_pairs("pairs", RECORDS, bits)
        ends = f"{expected.low:,.0f} to {expected.high:,.0f}"
        found = equal_pairs(classes_of(codes))
        yield Check(
            f"colliding pairs of {RECORDS:,} random codes of {bits} bits", f"{found:,}",
            f"{expected.value:,.1f} expected, {ends} in 99.9 %",
            expected.covers(found),
        )  # fmt: skip


def known_pairs(size: int = 64, codes: int = 256) -> Iterator[Check]:
    """A secret matrix on images of d dimensions is known from d pairs, and not from d - 1."""
    rng = np.random.default_rng(0)
    secret = rng.standard_normal((size, codes))
    images = rng.standard_normal((2 * size, size))
    for pairs in (size // 2, size - 1, size, size + 1):
        known, unseen = images[:pairs], images[size + 1 :]
        found = recover(known, known @ secret, offset=False)
        error = float(np.linalg.norm(unseen @ (found.matrix - secret)))
        error /= float(np.linalg.norm(unseen @ secret))
        yield Check(
            f"secret {size} x {codes} matrix from {pairs} known pairs",
            f"relative error {error:.1e} of unseen images' codes",
            f"exact from d = {size} pairs on, and not before", (error < 1e-9) == (pairs >= size),
        )  # fmt: skip


def randomised_response(trials: int = 200_000, repeats: int = 50) -> Iterator[Check]:
    """A bit that is told truly with probability e^eps / (1 + e^eps) is eps-private, exactly."""
    for epsilon in (0.1, 0.5, 1.0, 2.0, 4.0):
        truth = math.exp(epsilon) / (1 + math.exp(epsilon))
        rng = np.random.default_rng(round(10 * epsilon))
        bounds = [
            epsilon_bound(
                int(rng.binomial(trials, truth)), trials,
                int(rng.binomial(trials, 1 - truth)), trials,
            )
            for _ in range(repeats)
        ]  # fmt: skip
        yield Check(
            f"randomised response, epsilon {epsilon}, {trials:,} trials, {repeats} times",
            f"bounds {min(bounds):.3f} to {max(bounds):.3f}",
            "never above the truth, and near it",
            max(bounds) <= epsilon and float(np.median(bounds)) > epsilon - 0.1,
        )  # fmt: skip
