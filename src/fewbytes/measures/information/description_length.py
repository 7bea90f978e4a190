"""Description length: the bits in which the labels can be sent to someone who has the codes.

The sender and the receiver start with no knowledge. The first block of labels takes log2 K bits
each. Both then fit the same probe to all that was sent so far, and the next block, twice as long,
takes -log2 of the probabilities it gives: Dawid (1984), "Statistical theory: the prequential
approach"; Blier & Ollivier (2018), "The description length of deep learning models", equation 3;
Voita & Titov (2020), "Information-theoretic probing with minimum description length", section 2.2.
So the length holds what the labels cost and what learning to read the codes costs.

What the intervals are meant to hold:

- `description_length`: the *expected* length of this procedure over samples of as many records and
  over their orders. It is not the length of the data at hand, which is known, and not n H(Y | Z).
- `description_length.limit`: n H_V(Y | Z), what the family's best member would take if it were
  known from the start; n H(Y | Z) where the family holds the true posterior. The expected length is
  no less, so its upper end is one of the limit. The lower end is, for a linear probe, that of its
  convex loss on all records (see `usable`), and for the others 0, since none is known. (The floor
  under a linear probe's probabilities is not in its family, and takes 0.0056 bits a record at
  most; what learning costs is more.)

The deviation of the mean length is put together from two parts: that of the records (their losses,
averaged over the orders) and that of the orders, which holds the luck of what was learned from.
The second is the greater of two estimates, since three orders may agree by chance: from the whole
lengths, and from the blocks' lengths as if these were independent (which counts the chance of what
records a block holds once more). The quantile is Student's at the degrees of freedom of
Satterthwaite (1946), "An approximate distribution of estimates of variance components", equation
17: near the normal's where the records' part rules, far wider where the orders differ much. Losses
are skewed, and a sample that happens to be short shows too small a deviation: the high end is taken
on the logarithm of the length, to second order, so half the squared relative deviation further up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from fewbytes.errors import InputError
from fewbytes.measures.information.probes import (
    Family,
    Records,
    check_records,
    family_named,
    fit_probe,
    some_records,
)
from fewbytes.measures.information.probes.concentration import TAIL
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement

LEAST_RECORDS = 100
MOST_RECORDS = 10_000
LEAST_ORDERS = 3

FIRST_BLOCK = 32
"""Records sent at log2 K bits each, or 2 K of them if that is more."""

CALIBRATE = 5
"""Every fifth record that was sent is calibrated on and not fitted to."""

REFERENCE = "Dawid 1984; Blier & Ollivier 2018, equation 3; Voita & Titov 2020, section 2.2"


@dataclass(frozen=True)
class DescriptionLength:
    """Lengths in bits of all the labels sent."""

    measurement: Measurement
    """`description_length`: value the mean over orders, interval of the expected length."""
    uniform: Measurement
    """`description_length.uniform`: n log2 K, what the labels take without codes or learning."""
    limit: Measurement
    """`description_length.limit`: bounds of what they take when nothing has to be learned."""
    lengths: NDArray[np.float64]
    """Bits in each order (orders,)."""
    seen: NDArray[np.int64]
    """Records sent when each block ends (blocks,); the last is n."""
    bits: NDArray[np.float64]
    """Mean bits sent when each block ends (blocks,)."""


def description_length(
    values: NDArray[Any],
    labels: NDArray[Any],
    *,
    family: str = "mlp",
    picture: bool = False,
    classes: int | None = None,
    orders: int = 3,
    seed: int = 0,
    records: int = MOST_RECORDS,
) -> DescriptionLength:
    """Prequential description length of labels (n,) given values (n, *shape), by probes of `family`
    in `orders` random orders. At most `records` records are sent, drawn by the seed; the bits are
    those of the records sent, whose number is the measurements' n.

    Raises:
        InputError: fewer than 100 records (or than twice the first block), fewer than 3 orders, one
            class only, values or labels that cannot be used, an unknown family, or one that cannot
            take such values.
    """
    if orders < LEAST_ORDERS:
        raise InputError(f"{orders} orders; the spread over them needs at least {LEAST_ORDERS}")
    every = check_records(values, labels, classes, LEAST_RECORDS)
    chosen = family_named(family, every.shape, picture)
    sent = every.taken(some_records(len(every), records, seed))
    ends = block_ends(len(sent), sent.classes)
    losses = np.stack(
        [_sent_in_order(chosen, sent, ends, [seed, order]) for order in range(orders)]
    )
    lengths = losses.sum(axis=(1, 2))
    expected = _expected_length(family, losses)
    return DescriptionLength(
        expected, _uniform(sent), _limit(chosen, sent, expected, losses.sum(axis=1).mean(0), seed),
        lengths, np.array(ends), np.cumsum(losses.sum(axis=2).mean(0)),
    )  # fmt: skip


def block_ends(n: int, classes: int) -> list[int]:
    """Records sent when each block ends: doubling up to n.

    Raises:
        InputError: the first block would be more than half of the records.
    """
    first = max(FIRST_BLOCK, 2 * classes)
    if 2 * first > n:
        raise InputError(f"{n} records of {classes} classes; at least {2 * first} are needed")
    ends = [first]
    while 2 * ends[-1] < n:
        ends.append(2 * ends[-1])
    return [*ends, n]


def _sent_in_order(
    family: Family, sent: Records, ends: list[int], seeds: list[int]
) -> NDArray[np.float64]:
    """Bits of each record by the block it was sent in, (blocks, n), zero in the other blocks."""
    rng = np.random.default_rng(seeds)
    order = rng.permutation(len(sent))
    bits = np.zeros((len(ends), len(sent)))
    bits[0, order[: ends[0]]] = math.log2(sent.classes)
    for block, (known, end) in enumerate(pairwise(ends), start=1):
        calibrating = np.arange(known) % CALIBRATE == 0
        probe = fit_probe(
            family,
            sent.taken(order[:known][~calibrating]),
            sent.taken(order[:known][calibrating]),
            int(rng.integers(1 << 31)),
        )
        rows = order[known:end]
        logs = probe.log_probabilities(sent.values[rows])
        bits[block, rows] = -logs[np.arange(len(rows)), sent.labels[rows]] / math.log(2)
    return bits


def _expected_length(family: str, losses: NDArray[np.float64]) -> Measurement:
    """From the bits of each record by order and block, (orders, blocks, n)."""
    orders, _, n = losses.shape
    lengths = losses.sum(axis=(1, 2))
    by_block = losses.sum(axis=2).var(axis=0, ddof=1) / orders
    whole = np.array([lengths.var(ddof=1) / orders])
    by_order = whole if whole.sum() > by_block.sum() else by_block
    by_record = n * float(losses.sum(axis=1).mean(0).var(ddof=1))
    variance = by_record + float(by_order.sum())
    doubt = by_record**2 / (n - 1) + float(np.sum(by_order**2)) / (orders - 1)
    freedom = variance**2 / doubt if doubt else math.inf
    stray = float(stdtrit(freedom, 1 - TAIL)) * math.sqrt(variance)
    value = float(lengths.mean())
    warnings = (f"the {orders} orders' lengths differ much: {_listed(lengths)} bits",)
    return Measurement(
        "description_length", "bits", value, max(0.0, value - stray),
        value + stray + stray**2 / (2 * value), n,
        f"{family} probe; mean of {orders} orders; doubling blocks; expected length, "
        "records' and orders' deviations, Satterthwaite's degrees of freedom",
        REFERENCE, warnings=warnings if stray > value / 2 else (),
    )  # fmt: skip


def _listed(lengths: NDArray[np.float64]) -> str:
    return ", ".join(f"{bits:,.0f}" for bits in lengths)


def _uniform(sent: Records) -> Measurement:
    bits = len(sent) * math.log2(sent.classes)
    return Measurement(
        "description_length.uniform", "bits", bits, bits, bits, len(sent),
        f"n log2 {sent.classes}, exact", REFERENCE,
    )  # fmt: skip


def _limit(
    family: Family,
    sent: Records,
    expected: Measurement,
    losses: NDArray[np.float64],
    seed: int,
) -> Measurement:
    """Bounds of n H_V(Y | Z), with the mean bits of each record (n,)."""
    assert expected.high is not None
    n = len(sent)
    optimum = family.fit(sent, sent, seed).optimum(sent) if family.convex else None
    low = 0.0
    warnings: tuple[str, ...] = (f"no lower end is known for the family {family.name}: 0",)
    if optimum is not None:
        stray = DEVIATIONS * math.sqrt(n) * float(losses.std(ddof=1))
        low = max(0.0, n * optimum.loss / math.log(2) - stray)
        warnings = () if low else (f"{n} records are too few for a lower end above 0",)
    return Measurement(
        "description_length.limit", "bits", None, min(low, expected.high), expected.high, n,
        "high: that of the expected length; low: least convex loss on all records, or 0",
        REFERENCE, Means.BOUNDS, warnings=warnings,
    )  # fmt: skip
