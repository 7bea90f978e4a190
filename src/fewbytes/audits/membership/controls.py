"""What an attack on networks must find, and what it cannot.

Codes that are noise are no null control here: a network that is trained on noise learns it by heart
and leaks all of it. Nor do the images themselves make a positive one: an ordinary network that has
learned what a seven looks like need not know which sevens it has seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fewbytes.audits.bench import identity, once_for_codes, renamed
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Trial
from fewbytes.audits.membership.epsilon_bounds import INDEPENDENT
from fewbytes.learn import Recipe
from fewbytes.measures.measurement import Means, Measurement

BY_HEART, REDRAWN = "learned by heart", "memberships redrawn"
SAID = ("images learned by heart", "memberships drawn after training")
"""The same in a sentence."""

RECORDS = 500
"""Of the pool, and of the population, of networks that learn by heart: few, as it takes long."""

RECIPE = Recipe(epochs=12, shift=0, label_smoothing=0.0)
"""Theirs: as long as it takes, and nothing that holds them back."""

LEAST_SHOWN = 1.0
"""What guesses about networks that leak all must show of epsilon, in nats: as much as if they were
right three times of four."""


def by_heart(exposure: Exposure) -> Exposure:
    """The positive control: images each of which is a class of its own, so that a network can name
    the class of those it has learned by heart, and of no other. One for all attacks.
    """
    return once_for_codes(exposure, BY_HEART, _by_heart)


def _by_heart(exposure: Exposure) -> Exposure:
    images = identity(exposure)
    first = exposure.targets.start
    known = np.arange(min(first, RECORDS))
    rows = np.concatenate([known, first + known])
    rng = np.random.default_rng(exposure.seed)
    labels = np.concatenate([rng.permutation(len(known)) for _ in range(2)])
    return replace(
        images, kind=BY_HEART, images=images.images[rows], codes=images.codes[rows],
        labels=labels, classes=len(known),
    )  # fmt: skip


def redrawn(exposure: Exposure) -> Exposure:
    """The null control: the same records and networks, which are asked for memberships that were
    drawn after they had been trained.
    """
    return renamed(exposure, REDRAWN)


def expecting(kind: str, found: Sequence[Trial]) -> list[Trial]:
    """The same trials, and of an exposure of that kind what must come out of the bound that needs
    independent records: 0 where nothing leaks, at least LEAST_SHOWN where all does.
    """
    must = {BY_HEART: _at_least(LEAST_SHOWN), REDRAWN: exactly("", "nats", 0.0, "nothing leaks")}
    if kind not in must:
        return list(found)
    return [
        replace(one, expected=must[kind]) if one.figure.name.endswith(f".{INDEPENDENT}") else one
        for one in found
    ]


def shown(name: str, lower: Trial) -> Trial:
    """What guesses show of the epsilon of networks that leak all, under another name: the highest
    limit that could be seen to be broken.
    """
    assert lower.figure.low is not None
    figure = exactly(name, "nats", lower.figure.low, lower.figure.method, lower.figure.reference)
    return Trial(figure, expected=_at_least(LEAST_SHOWN))


def _at_least(nats: float) -> Measurement:
    return Measurement(
        "", "nats", None, nats, math.inf, 0, "all leaks", "", Means.BOUNDS
    )  # fmt: skip
