"""The data set named from 1 to 100 codes under a fresh secret projection.

The store's coefficients are put under a random projection that nobody knows, a new one for each
bag. The attacker draws projections of his own, codes bags of each data set with them, and learns to
tell the sets by what no key changes: lengths, distances, the spectrum of the covariance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.identification.bag_attack import SIZES, bags_of, in_words, trials
from fewbytes.audits.identification.data_sets import CodedSet, coded_sets, whole_codes
from fewbytes.audits.identification.kernel_ridge import KernelRidge
from fewbytes.audits.identification.keyed import bags_under_keys, under

KEPT = 256
"""Values that the secret projection keeps, where there are as many."""

LEARNED_BAGS, JUDGED_BAGS = 200, 100
"""Of each data set, the second at most: each takes a projection of its own."""


def _run(exposure: Exposure, settings: Settings) -> list[Trial]:
    sets = coded_sets(exposure, settings)
    most = min(len(one.judged) for one in sets)
    kept = min(KEPT, sets[0].learned.shape[1])
    rng = np.random.default_rng([settings.seed, len(exposure)])

    def named(size: int) -> NDArray[np.bool_]:
        settings.tell(f"bags of {size} under secret projections")
        return _named(sets, size, most, kept, rng)

    method = f"kernel ridge on what projections to {kept} values keep of a bag"
    return trials("identification.keyed_", len(sets), named, most, method)


def _named(
    sets: list[CodedSet], size: int, most: int, kept: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Whether each bag was named rightly, as many of every data set."""
    learned = [bags_under_keys(one.learned, size, LEARNED_BAGS, kept, rng) for one in sets]
    pooled = np.concatenate(learned)
    centre, scale = pooled.mean(0), pooled.std(0) + 1e-9
    ridge = KernelRidge.of([((one - centre) / scale).astype(np.float32) for one in learned])
    right = []
    for place, one in enumerate(sets):
        bags = bags_of(one.judged[:most], size)[:JUDGED_BAGS].astype(np.float64)
        figures = np.concatenate([under(bag, kept, rng) for bag in bags])
        scores = ridge.scores(((figures - centre) / scale).astype(np.float32))
        right.append(scores.argmax(1) == place)
    return np.concatenate(right)


def _claim(size: int) -> Claim:
    codes = in_words(size)
    return Claim(
        title=f"Data set named from {codes}, secret projection",
        unit="share",
        disclosed=f"A secret projection of the codes would not hide the data set: from {codes}, "
        "without the key, it is named rightly for {value} of bags ({low} to {high}; guessing: "
        "{chance}).",
        not_shown=f"From {codes} under a secret projection the data set was named no oftener than "
        "by guessing ({value}; guessing: {chance}).",
        covers="An attacker who knows the codec but no key, has images of each data set in "
        "question, and supposes that the codes are of one of them, each as likely. He knows no "
        "pair of an image and its code.",
    )


KEYED = Attack({f"identification.keyed_{n}": _claim(n) for n in SIZES}, _run, null=whole_codes)
