"""What the time is spent on, by the speed of the machine.

Confirming says most, so the rounds before it get what it can spare: all but what two confirmations
take, a third of the budget or more, less where a single one would not fit otherwise. Where even
that is too little, trainings of fewer epochs are compared, raw and coded alike, and context coders
are fitted for fewer steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fewbytes.advice.ladder import STEPS
from fewbytes.advice.question import LEAST_SEEDS, SEEDS
from fewbytes.advice.trials import CoderSpeed, Effort

FEWER_EPOCHS = (3, 2)
"""Of a confirming training, where there is no time for those of the recipe."""

ROUNDS, MOST_ROUNDS, LEAST_ROUNDS = 0.36, 0.6, 0.2
"""Share of the budget that both rounds are taken to have while nothing but the speed of an epoch is
known; that they have at most; and of what is left, where that is little."""

CONFIRMED = 2
"""Codecs that there should be time to confirm when the rounds are over."""

FIRST_ROUND = 0.45
"""Share of both rounds that the first may take."""

TRIALS = 24
"""Of round one, about."""

TRIAL_EPOCHS = 3
TRIAL_IMAGES = (1000, 8000)
"""Of round one: at least and at most."""

FINALISTS = (4, 6)
"""Codecs of round two, at least, and at most where bytes are bounded."""

RAW_TRIALS = 2
"""Of round two: the luck of a single training of the raw images would move all estimates alike, so
that nothing seemed safe, or too much."""

STORE_SHARE = 0.04
"""Of the budget, that fitting one context coder may take."""

DEFAULTS = 2
"""Trainings that the two defaults cost at first: nothing is claimed of them, so that more of their
seeds wait until all else is done."""

MOST = 5
"""Codecs that are confirmed, at most."""

RESERVE, LEAST_RESERVE, TESTING = 0.02, 2.0, 0.4
"""Kept for reading the test split and for writing: a share of the budget, seconds at least, and a
share of the longest training, which tells how fast the machine is now."""


@dataclass(frozen=True)
class Pace:
    """How long things are to take. It is decided once, and kept when a search goes on."""

    epochs: int
    """Of each full training."""
    steps: int
    """Of fitting a context coder."""
    trial_images: int
    """Of round one."""
    seeds: int
    """That these epochs were chosen for; by the time that is left then, the plan has as many or
    fewer or more."""
    training_seconds: float
    """A full training, about."""
    fitting_seconds: float
    """Fitting a context coder, about."""
    coding_seconds: float = 0.0
    """Coding a symbol by it, about."""

    @property
    def first(self) -> Effort:
        """Of a trial of round one."""
        return Effort(self.trial_images, TRIAL_EPOCHS)

    def second(self, seconds: float, training_seconds: float, images: int) -> tuple[Effort, int]:
        """Of a trial of round two, and how many finalists there is time for besides raw: full
        trainings, on so many `images`, where they fit; else on fewer images.
        """
        fewest, most = FINALISTS
        there = seconds / max(1e-9, training_seconds)
        if there >= fewest + RAW_TRIALS:
            rest = int(min(there, most + RAW_TRIALS)) - RAW_TRIALS
            return Effort(images, self.epochs), min(most, rest)
        epochs = max(self.epochs, TRIAL_EPOCHS)
        passes = there / (fewest + RAW_TRIALS) * images * self.epochs
        return Effort(max(self.trial_images, int(passes / epochs)), epochs), fewest

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def paced(
    budget: float | None,
    epoch_seconds: float,
    coder: CoderSpeed,
    *,
    train_images: int,
    epochs: int,
    seeds: int | None = None,
) -> Pace:
    """The pace on a machine that takes so long for one epoch of a full training on raw images.

    Args:
        epochs: the recipe's.
        seeds: as asked for; None: SEEDS or fewer.
    """
    most = min(TRIAL_IMAGES[1], int(0.75 * train_images))
    if budget is None:
        whole = epochs * epoch_seconds
        return Pace(epochs, STEPS[0], most, seeds or SEEDS, whole, 0.0, coder.symbol)
    trained = (1 - 1.5 * ROUNDS) * budget / epoch_seconds
    chosen, n = _trainings(trained, epochs, [seeds] if seeds else range(SEEDS, LEAST_SEEDS - 1, -1))
    steps = next((n for n in STEPS if n * coder.step <= STORE_SHARE * budget), STEPS[-1])
    passes = FIRST_ROUND * ROUNDS * budget / TRIALS / epoch_seconds * train_images
    images = min(most, max(TRIAL_IMAGES[0], int(passes / TRIAL_EPOCHS)))
    trial_images = max(1, images)
    return Pace(
        chosen, steps, trial_images, n, chosen * epoch_seconds, steps * coder.step, coder.symbol
    )


def _trainings(epochs_there: float, epochs: int, seeds: Sequence[int]) -> tuple[int, int]:
    """(epochs, seeds) of which raw, the defaults and a candidate fit into so many epochs: as many
    epochs as fit with the fewest seeds, then as many seeds.
    """
    choices = [epochs, *(n for n in FEWER_EPOCHS if n < epochs)]
    chosen = next(
        (n for n in choices if n * (2 * min(seeds) + DEFAULTS) <= epochs_there), choices[-1]
    )
    fitting = (n for n in seeds if chosen * (2 * n + DEFAULTS) <= epochs_there)
    return chosen, next(fitting, min(seeds))


def confirming(training_seconds: float, seeds: int) -> float:
    """Seconds that it takes, about, to confirm CONFIRMED codecs beside raw and the defaults; to
    store one takes about as long as a training.
    """
    trainings = seeds * (1 + CONFIRMED) + DEFAULTS + CONFIRMED
    return trainings * training_seconds


def reserve(budget: float | None, training_seconds: float) -> float:
    """Seconds kept for the end."""
    if budget is None:
        return 0.0
    return max(LEAST_RESERVE, RESERVE * budget, TESTING * training_seconds)


def affordable(
    left: float,
    training_seconds: float,
    store_seconds: float,
    most: int,
    enough: int,
    least: int,
    *,
    seeded: bool = False,
) -> tuple[int, int]:
    """(seeds, codecs) that can be confirmed in the seconds left: from `most` seeds down to
    `enough`, as many as leave time for two codecs; else as many down to `least` as leave time for
    one, and at least one codec.

    Where a codec is `seeded`, each seed takes a store of its own. Raw and the defaults have their
    trainings to come too, but for the first of raw.
    """

    def codecs(n: int) -> int:
        rest = left - (n - 1 + DEFAULTS) * training_seconds
        each = n * training_seconds + (n if seeded else 1) * store_seconds
        return MOST if math.isinf(left) else min(MOST, int(rest // each))

    for fewest, wanted in ((enough, 2), (least, 1)):
        for n in range(most if wanted > 1 else enough, fewest - 1, -1):
            if codecs(n) >= wanted:
                return n, codecs(n)
    return least, 1
