"""False alarms: how often two random halves of one set are told apart.

The test that `identify` rests on is run on records of one set alone, dealt out at random into a
reference and a bag. At level 0.05 it must call them different in 5 of 100 trials, no more and no
fewer, whatever the codec: if it does not, its p-values mean nothing.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.figures import exactly, share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.identification.comparison import Scores

ALPHA = 0.05

TRIALS = 400
SUBSETS = 199
"""Of each test: ALPHA is a whole number of ranks among them and the bag."""

MOST = 200
"""Records of a half: of one, a third is learned from; of the other, a third is the bag."""

LEAST = 60

NAME = "identification.halves"


def _run(exposure: Exposure, settings: Settings) -> list[Trial]:
    require(exposure, LEAST, "dealing it into halves")
    n = len(exposure)
    half = min(MOST, n // 2)
    rng = np.random.default_rng([settings.seed, n, TRIALS])
    alarms = 0
    for _ in range(TRIALS):
        order = rng.permutation(n)
        points = exposure.values[order[: half + half // 3]]
        learned, rest, bag = np.split(points, [half // 3, half])
        test = Scores.of(learned).compared(
            bag, rest, count=SUBSETS, seed=int(rng.integers(1 << 62)), break_ties=True
        )
        alarms += test.p_value <= ALPHA
    figure = share(
        NAME, alarms, TRIALS, f"permutation tests at level {ALPHA}, {SUBSETS} subsets",
        "Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9, eq. 2",
    )  # fmt: skip
    return [Trial(figure, expected=exactly(NAME, "share", ALPHA, "the level of the test"))]


HALVES = Attack(
    {
        NAME: Claim(
            title="halves of one set told apart",
            unit="share",
            described="Two random halves of the set were called different data sets in {value} "
            "of trials; at the level of the test it must be 5 %.",
            covers="The rate of false alarms of the test that identifies data sets, on this codec.",
        )
    },
    _run,
)
