"""False alarms: how often the test calls codes of the store another data set than its own.

The very test that `identify` rules candidates out by (`judge`) is run on bags of the store's codes
against other originals of it, coded anew. At level ALPHA it may call at most so many of them
different: if it calls more, its p-values mean nothing. That it would notice is the other half: of
bags of random numbers, between the least and the greatest that the codes hold, it must call POWER
or more different. Codes dealt out anew would not do: those of few or unrelated values stay as good
as codes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import identity
from fewbytes.audits.exposure import NOISE, Exposure, coded, require
from fewbytes.audits.figures import share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.identification.candidates import Points, as_points
from fewbytes.audits.identification.judge import LEAST_SUBSETS, Judge
from fewbytes.measures.measurement import Means, Measurement

ALPHA = 0.05

POWER = 0.9

TRIALS = 100

BAG, LEARNED, REST = 30, 100, 300
"""Records of a trial, at most: no record is in two parts of it."""

LEAST = 150

NAME = "identification.halves"


def _run(exposure: Exposure, settings: Settings) -> list[Trial]:
    require(exposure, LEAST, "dealing it into bags and references")
    n = len(exposure)
    cuts = np.cumsum([min(most, most * n // (BAG + LEARNED + REST)) for most in (BAG, LEARNED)])
    points = _points(exposure)
    rng = np.random.default_rng([settings.seed, n, TRIALS])
    alarms = 0
    for _ in range(TRIALS):
        chosen, learned, rest = np.split(rng.permutation(n)[: BAG + LEARNED + REST], cuts)
        bag = as_points(exposure.values[chosen])
        seed = int(rng.integers(1 << 62))
        test = Judge(points[learned]).compared(bag, points[rest], seed=seed)
        alarms += test.p_value <= ALPHA
    figure = share(
        NAME, alarms, TRIALS,
        f"the test of `identify` at level {ALPHA}: bags of {cuts[0]} codes, {LEAST_SUBSETS:,} "
        "subsets",
        "Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9, eq. 2",
    )  # fmt: skip
    return [Trial(figure, expected=_expected(exposure))]


def _points(exposure: Exposure) -> Points:
    """All originals in the codec, as whoever compares with them codes them: (n, d)."""
    return as_points(exposure.fitted.dequantize(coded(exposure.fitted, exposure.images)))


def as_random_numbers(exposure: Exposure) -> Exposure:
    """The same records, their codes drawn evenly between the extremes of each position."""
    rng = np.random.default_rng([exposure.seed, len(exposure)])
    low, high = exposure.codes.min(0), exposure.codes.max(0)
    shape = exposure.codes.shape
    real = exposure.codes.dtype.kind == "f"
    drawn = rng.uniform(low, high, shape) if real else rng.integers(low, high, shape, endpoint=True)
    return replace(exposure, kind=NOISE, codes=drawn.astype(exposure.codes.dtype))


def _expected(exposure: Exposure) -> Measurement:
    """What must come out: hardly an alarm, or of noise, hardly none."""
    low, high, said = (0.0, ALPHA, "the level of the test, at most")
    if exposure.kind == NOISE:
        low, high, said = (POWER, 1.0, "random numbers are seen to be other than the set")
    return Measurement(NAME, "share", None, low, high, 0, said, "", Means.BOUNDS)


HALVES = Attack(
    {
        NAME: Claim(
            title="Codes of the store called another data set than its own",
            unit="share",
            described="The test that identifies data sets called {value} ({low} to {high}) of bags "
            "of this store's codes another data set than its own. It may do so for "
            f"{ALPHA * 100:g} % of them, which that interval does not rule out.",
            covers="The rate of false alarms of the test that rules data sets out, on this codec, "
            "its secret key known where it has one. The test for secret keys is another.",
            must_hold=True,
        )
    },
    _run,
    positive=as_random_numbers,
    null=identity,
    controls=("random numbers as codes", "the images as codes"),
)
