"""Entropy of codes: of whole records, of their positions, and of the likeliest among them.

Shannon's H, which no coder can go below in expectation; the collision entropy H2 (Renyi's of order
2); and the min-entropy. H_min <= H2 <= H, and H2 <= 2 H_min. All in bits.

Once nearly all records differ, every estimate of H says log2 n and a little, whatever the truth:
such samples get ends only. The lower one is then what is proven of H from collisions, the upper one
what holds for any dependence between positions, or what a coder needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import rel_entr

from fewbytes.errors import InputError
from fewbytes.measures.information import counting
from fewbytes.measures.information.counting import Counts, Estimate, Floats
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement

FEWEST = 50
"""Records, below which no entropy is estimated."""

FEWEST_BLOCKS = 20
"""Blocks of records, below which the spread of their lengths says too little of their mean's."""

SUFFICIENT = 0.05
"""Records that may be seen once, as a fraction, where a figure is given besides its ends."""

SATURATED = 0.5

_PAIRS = 100
"""Colliding pairs from which their number is taken as normally distributed."""

_FEWEST_PAIRS = 10
_HIDDEN = 10.5
"""Expected count of a symbol that, with chance ALPHA, occurs once or never: in no pair."""

_WIDE = 1.0
_COLUMNS = 64

_GRASSBERGER = "Grassberger 2003, arXiv:physics/0307138"


def symbol_entropy(symbols: NDArray[np.generic], *, alphabet: int | None = None) -> Measurement:
    """Entropy of one discrete variable in bits, `entropy.symbol`, from `symbols` (n,).

    `alphabet`: how many symbols there can be, seen or not. Without it, all that the type has are
    taken, but of wide types 2^16 or twice the range seen. Where more than 5 % of records
    hold a symbol seen once, the sample does not suffice for a figure, and the interval alone is
    given: wide, but it holds.

    Raises:
        InputError: fewer than 50 whole numbers, or one outside the alphabet.
    """
    codes = counting.checked(symbols, "symbols", FEWEST)
    if codes.shape[1] > 1:
        raise InputError(f"symbols of shape {np.shape(symbols)}; one variable is (n,)")
    size = counting.alphabet_of(codes, alphabet, "symbols")
    table, _ = counting.symbol_counts(codes[:, 0])
    found = counting.estimate(counting.descending(table), math.log2(size))
    once = f"{found.once:.0%} of records hold a symbol seen once"
    few = found.once > SUFFICIENT
    return Measurement(
        "entropy.symbol", "bits", None if few else found.value, found.low, found.high, len(codes),
        f"Grassberger's estimate; for the upper end, what rare ones of {size} symbols may add",
        f"{_GRASSBERGER}; variance: Efron and Stein 1981",
        warnings=(f"{once}: too few records for a figure",) if few else (),
    )  # fmt: skip


def position_entropies(codes: NDArray[np.generic]) -> Floats:
    """Entropy of each position of `codes` (n, *shape) in bits, by Grassberger's estimate: (*shape).

    Raises:
        InputError: fewer than 50 records of whole numbers.
    """
    records = counting.checked(codes, "codes", FEWEST)
    found = np.empty(records.shape[1])
    for position, symbols in enumerate(_columns(records)):
        counts, _ = counting.symbol_counts(symbols)
        found[position] = max(0.0, counting.grassberger(counting.descending(counts)))
    return found.reshape(np.shape(codes)[1:])


def code_entropy(
    codes: NDArray[np.generic],
    *,
    coded_bits: float | None = None,
    coded_error: float | None = None,
    alphabet: int | None = None,
) -> list[Measurement]:
    """The entropies of `codes` (n, *shape), whole numbers, in bits.

    `entropy.record` of whole records, `entropy.position` of one position, on average,
    `entropy.independent` of all of them were they independent, `entropy.collision` and
    `entropy.min` of whole records.

    `coded_bits`: what a coder needed for a record, with everything a decoder needs; on average over
    samples no less than H. `coded_error`: the standard error of that figure, bits a record, from
    how the lengths of blocks of records differ (`blocks_error`). Without it, nothing is known of
    the spread but that of a record's surprisal, from 0 to that of a uniform one, and the end is
    moved outwards by much more (`_most_coded`). Where it contradicts the lower end it is left out,
    and the figures are called unreliable. `alphabet`: symbols there can be at a position; without
    it, as for `symbol_entropy`.

    Raises:
        InputError: fewer than 50 records of whole numbers, a symbol outside the alphabet, or
            `coded_bits` or a `coded_error` that are negative or not a number.
    """
    records = counting.checked(codes, "codes", FEWEST)
    if coded_bits is not None and not 0 <= coded_bits < math.inf:
        raise InputError(f"coded_bits are {coded_bits}; a coder needs a finite number, 0 or more")
    if coded_error is not None and not 0 <= coded_error < math.inf:
        raise InputError(f"coded_error is {coded_error}; a standard error is finite, 0 or more")
    size = counting.alphabet_of(records, alphabet, "codes")
    n, d = records.shape
    positions = _positions(records, size)
    counts = counting.record_counts(records)
    pairs = _pairs(counts)
    whole = counting.estimate(counts, d * math.log2(size))
    coded = None
    if coded_bits is not None:
        coded = _most_coded(coded_bits, coded_error, n, positions.most)
    record = _record(whole, counts, pairs, positions, coded)
    collision = _collision(pairs, n, record)
    return [
        record,
        _sum_of_positions("entropy.position", positions, d, n),
        _sum_of_positions("entropy.independent", positions, 1, n),
        collision,
        _least(counts, collision),
    ]


def blocks_error(bits: Floats, records: Counts) -> float:
    """Standard error, bits a record, of what a coder needed: for `coded_error`.

    From the lengths in `bits` (blocks,) of blocks that hold `records` (blocks,) each, drawn
    independently: the ratio of their means (Cochran 1977, "Sampling techniques", equation 6.13),
    with deviations of a normal distribution.

    Raises:
        InputError: arrays that do not match, or fewer than 20 blocks.
    """
    bits, records = np.asarray(bits, np.float64), np.asarray(records, np.float64)
    if bits.ndim != 1 or bits.shape != records.shape or not (records > 0).all():
        raise InputError(f"bits of {bits.shape} blocks, records of {records.shape}, from 1 each")
    if len(bits) < FEWEST_BLOCKS:
        raise InputError(f"{len(bits)} blocks; the error needs {FEWEST_BLOCKS}")
    total, j = float(records.sum()), len(bits)
    strays = bits - records * (float(bits.sum()) / total)
    return math.sqrt(float(strays @ strays) * j / (j - 1)) / total


def _most_coded(coded: float, error: float | None, n: int, most: float) -> float:
    """An upper end of H in bits from what a coder needed for each of n records; `most` is what
    records of equal probability would need.

    With a standard error: the expected length is not below H (Shannon). Without: no coder takes t
    bits less for n records than the sum of their surprisals but with a chance of 2^-t (Barron).
    Surprisals over `most` + s bits have a probability of 2^-s together, and what they have over it
    an expectation of 2^-s log2(e). So they are as good as values from 0 to `most` + s, whose
    expected mean m exceeds an observed one of x with a chance of exp(-n kl(x, m)) at most, both as
    fractions (Hoeffding 1963, theorem 1).
    """
    if error is not None:
        return coded + DEVIATIONS * error
    coded -= math.log2(counting.ALPHA / 2) / n
    beyond = math.log2(n) + 10
    span = most + beyond
    x, reach = coded / span, -math.log(counting.ALPHA / 2) / n
    if x >= 1:
        return coded

    def excess(m: float) -> float:
        return float(rel_entr(x, m) + rel_entr(1 - x, 1 - m)) - reach

    largest = 1 - 1e-12
    m = largest if excess(largest) <= 0 else float(brentq(excess, x, largest, xtol=1e-12))
    return span * m + 2**-beyond * math.log2(math.e)


@dataclass(frozen=True)
class _Positions:
    """The sum over positions of their entropies in bits: the figure, its standard error, what rare
    symbols may add, the fraction of symbols seen once, and the most that the alphabet allows.
    """

    value: float
    error: float
    rare: float
    once: float
    most: float

    @property
    def high(self) -> float:
        return self.value + DEVIATIONS * self.error + self.rare


def _columns(records: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    """The symbols (n,) of each position in turn, side by side in memory."""
    for start in range(0, records.shape[1], _COLUMNS):
        yield from np.ascontiguousarray(records[:, start : start + _COLUMNS].T)


def _positions(records: NDArray[np.generic], size: int) -> _Positions:
    """Of records (n, d). Positions depend on each other, so the error is that of the mean over
    records of the surprisal summed over positions.

    It is no less than the second-order one, E[h(X, Y)^2] / (2 n^2) nats^2 with
    h(x, y) = sum_j ([x_j = y_j] / p_j(x_j) - 1), here the mean over n / 2 disjoint pairs of
    records. (One uniform position of K symbols: h^2 has the mean K - 1.)
    """
    n, d = records.shape
    half = n // 2
    value = rare = once = parity = 0.0
    surprisal, agree = np.zeros(n), np.full(half, -float(d))
    for symbols in _columns(records):
        table, places = counting.symbol_counts(symbols)
        surprisal += counting.influence(table)[places]
        same = places[:half] == places[half : 2 * half]
        agree[same] += n / table[places[:half][same]]
        counts = counting.descending(table)
        value += max(0.0, counting.grassberger(counts)) if len(counts) > 1 else 0.0
        rare += counting.unseen(counts, math.log2(size))
        parity += counting.parity(counts) if len(counts) > 1 else 0.0
        once += float((counts == 1).sum()) / n / d
    second = counting.NATS_TO_BITS**2 * float(np.mean(agree**2)) / (2 * n * n)
    error = math.sqrt(max(float(surprisal.var()) / n + parity, second))
    return _Positions(value, error, rare, once, d * math.log2(size))


def _sum_of_positions(name: str, found: _Positions, parts: int, n: int) -> Measurement:
    """Of all positions, over `parts`."""
    high = min(found.high, found.most)
    value = min(found.value, high)
    low = max(0.0, value - DEVIATIONS * found.error)
    few = found.once > SUFFICIENT
    warning = f"{found.once:.0%} of symbols were seen once: too few records for a figure"
    return Measurement(
        name, "bits", None if few else value / parts, low / parts, high / parts, n,
        "Grassberger's estimate at each position; spread of the records' summed surprisal",
        f"{_GRASSBERGER}; variance: Basharin 1959; Efron and Stein 1981",
        warnings=(warning,) if few else (),
    )  # fmt: skip


def _record(
    whole: Estimate, counts: Counts, pairs: _Pairs, positions: _Positions, coded: float | None
) -> Measurement:
    """The highest lower end, and the lowest upper one. Surely H >= H2, so that what pairs say of
    H2 is one; it is all there is once records hardly repeat.
    """
    n = int(counts.sum())
    ends = {
        "Grassberger's estimate less its error": whole.low,
        "the plug-in estimate (McDiarmid)": counting.least_entropy(counts),
        "colliding pairs": -math.log2(pairs.most),
    }
    tops = {
        "Grassberger's estimate and what was not seen": whole.high,
        "the sum over positions": positions.high,
    }
    from_low, from_high = max(ends, key=lambda k: ends[k]), min(tops, key=lambda k: tops[k])
    low, high = ends[from_low], max(tops[from_high], ends[from_low])
    warnings = _too_few(whole.once, n)
    doubt = ""
    if coded is not None:
        if coded < low:
            doubt = f"coded_bits say {coded:.2f} at most, the sample says {low:.2f} at least"
        elif coded < high:
            from_high, high = "the coder", coded
    if high - low > _WIDE:
        warnings += (f"a wide bracket: {high - low:.2f} bits",)
    few = whole.once > SUFFICIENT
    found = Measurement(
        "entropy.record", "bits", None if few else min(max(whole.value, low), high), low, high, n,
        f"lower end from {from_low}, upper end from {from_high}",
        f"{_GRASSBERGER}; Antos and Kontoyiannis 2001; Cover and Thomas, theorems 2.6.6 and 5.3.1; "
        "Hoeffding 1963, theorem 1",
        Means.BOUNDS, warnings=warnings,
    )  # fmt: skip
    return found.doubted(doubt) if doubt else found


def _too_few(once: float, n: int) -> tuple[str, ...]:
    if once > SATURATED:
        reach = f"log2 n = {math.log2(n):.2f} bits"
        return (f"saturated: {n} records are too few to tell more than {reach}",)
    if once > SUFFICIENT:
        return (f"{once:.0%} of records were seen once: too few for a figure",)
    return ()


@dataclass(frozen=True)
class _Pairs:
    """How many pairs of records collide, as a fraction too, and ends of the chance that they do."""

    number: float
    fraction: float
    least: float
    most: float


def _pairs(counts: Counts) -> _Pairs:
    """The fraction is unbiased, and has the variance of a U-statistic of order 2 (Hoeffding 1948,
    eq. 5.13).

    The normal ends allow for a record of a chance up to RARE / n that was not seen, and for one
    that shows less than it should; the upper one is taken for the fourth root of sum p^2, whose
    spread is steady where few records make most pairs (p^2 then has a spread in proportion to
    p^1.5). With fewer than _PAIRS colliding pairs the upper end is the proven one, and the lower
    one Markov's: a mean is not below ALPHA times what was seen.
    """
    n = int(counts.sum())
    c = counts.astype(np.float64)
    number = float((c * (c - 1)).sum()) / 2
    p2 = 2 * number / (n * (n - 1))
    p3 = float((c * (c - 1) * (c - 2)).sum()) / (n * (n - 1) * (n - 2))
    variance = (4 * (n - 2) * max(0.0, p3 - p2 * p2) + 2 * (p2 - p2 * p2)) / (n * (n - 1))
    spread = DEVIATIONS * math.sqrt(variance)
    least_p, most_p = counting.most_likely(counts)
    least, most = max(least_p**2, counting.ALPHA * p2), min(counting.most_collision(counts), most_p)
    if number >= _PAIRS:
        least = max(least, p2 * (1 - counting.RARE / n) ** 2 - spread)
        stable = p2**0.25 + spread / (4 * p2**0.75)
        most = min(most, stable**4 + (_HIDDEN / n) ** 2)
    return _Pairs(number, p2, least, most)


def _collision(pairs: _Pairs, n: int, record: Measurement) -> Measurement:
    low = max(0.0, -math.log2(pairs.most))
    top = record.high if record.high is not None else math.inf
    high = max(low, min(top, -math.log2(pairs.least) if pairs.least > 0 else math.inf))
    many = pairs.number >= _FEWEST_PAIRS
    value = min(max(-math.log2(pairs.fraction), low), high) if many else None
    warning = f"{int(pairs.number)} colliding pairs: too few for a figure"
    return Measurement(
        "entropy.collision", "bits", value, low, high, n,
        "fraction of pairs of records that collide",
        "Renyi 1961, order 2; Hoeffding 1948, eq. 5.13",
        verdict=record.verdict, warnings=() if many else (warning,),
    )  # fmt: skip


def _least(counts: Counts, collision: Measurement) -> Measurement:
    """From the most frequent record. p_max^2 <= sum p^2 <= p_max gives ends, too."""
    n, most = int(counts.sum()), int(counts[0])
    least_p, most_p = counting.most_likely(counts)
    low = max(-math.log2(most_p), (collision.low or 0.0) / 2, 0.0)
    top = collision.high if collision.high is not None else math.inf
    high = max(low, min(top, -math.log2(least_p) if least_p > 0 else math.inf))
    value = min(max(math.log2(n / most), low), high) if most >= _FEWEST_PAIRS else None
    warning = f"no record occurs more than {most} times: too few for a figure"
    return Measurement(
        "entropy.min", "bits", value, low, high, n,
        "count of the most frequent record: Clopper and Pearson's limit, and a union bound",
        "Renyi 1961, order infinity; Clopper and Pearson 1934",
        verdict=collision.verdict, warnings=(warning,) if value is None else (),
    )  # fmt: skip
