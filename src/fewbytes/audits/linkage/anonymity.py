"""Anonymity: how many records share a code, which is k of Sweeney's k-anonymity.

A record whose code no other has (k = 1) is singled out by it among these records. Sweeney 2002,
Int. J. Uncertainty Fuzziness Knowl.-Based Syst. 10(5).

The positive control is the images as their own codes: the share of unique ones must be that of the
originals, counted by a sort of all bytes. The null control has random codes, of which arithmetic
says how many are alone (`as_random`): noise of the store's codes would nearly always be unique, and
being unique gives nothing away by itself.
"""

from __future__ import annotations

import math

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.classes import classed, sizes_of
from fewbytes.audits.uniqueness.controls import as_random, code_bits, copies, counted
from fewbytes.measures.measurement import DEVIATIONS, Measurement

NAME = "linkage.anonymity"

_SWEENEY = "Sweeney 2002, Int. J. Uncertainty Fuzziness Knowl.-Based Syst. 10(5)"
_FELLER = "Feller 1968, An introduction to probability theory, II.5 and IV.2"


def anonymity(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`linkage.anonymity`, the share of records whose code no other of the records counted has.

    Exhibit: `k` (groups,), the sizes of groups of records with one code, rising, and `records`
    (groups,), how many records are in groups of that size.

    Raises:
        InputError: fewer than 2 records.
    """
    require(exposure, 2, "an anonymity set")
    found = classed(exposure, settings)
    n = len(found)
    k, groups = np.unique(sizes_of(found.codes), return_counts=True)
    alone = int(groups[0]) if k[0] == 1 else 0
    figure = counted(
        NAME, "share", alone / n, n, f"k = 1 among {n:,} records; {found.method}",
        _SWEENEY,
    )  # fmt: skip
    return [Trial(figure, expected=_expected(exposure), exhibit={"k": k, "records": k * groups})]


def _expected(exposure: Exposure) -> Measurement | None:
    """What must come out, of the controls."""
    n = len(exposure)
    if exposure.kind == IDENTITY:
        alone = int((copies(exposure.images) == 1).sum())
        return exactly(NAME, "share", alone / n, "counted by sorting the originals")
    if exposure.kind == NOISE:
        return _alone(n, code_bits(exposure.fitted))
    return None


def _alone(n: int, bits: float) -> Measurement:
    """Of n random codes of M = 2^b, n (1 - 1 / M)^(n - 1) are alone, and of pairs of records both
    are with the chance (1 - 1 / M) (1 - 2 / M)^(n - 2). Normal ends, and as much more as the skew
    of a Poisson variable that counts in twos asks for.
    """
    words = 2.0**bits
    one = math.exp((n - 1) * math.log1p(-1 / words))
    both = (1 - 1 / words) * (1 - 2 / words) ** (n - 2)
    variance = n * (n - 1) * both + n * one - (n * one) ** 2
    half = (DEVIATIONS * math.sqrt(max(0.0, variance)) + DEVIATIONS**2 / 3) / n
    return Measurement(
        NAME, "share", one, max(0.0, one - half), min(1.0, one + half), n,
        f"random codes of {bits:.4g} bits", _FELLER,
    )  # fmt: skip


ANONYMITY = Attack(
    claims={
        NAME: Claim(
            title="Records that their code singles out",
            unit="share",
            described="{value} of the records have a code that no other of them has: among these "
            "records it points to one alone.",
            covers="The records counted, not a larger release; equality of whole codes. Nearness "
            "of codes singles out more.",
        )
    },
    run=anonymity,
    null=as_random,
)
"""How many records share a code."""
