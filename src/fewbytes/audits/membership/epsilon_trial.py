"""A lower bound on the epsilon of a training, from LiRA's guesses about networks set aside.

A quarter of the pairs is set aside. The other networks attack each other, which says how many
guesses are worth making; then they are the shadows of one network of each pair that was set aside,
and the records whose scores are highest are guessed to be members. So all that the attacker knows
comes of coins other than those that are guessed, and the bound needs no independence of records.
"""

from __future__ import annotations

import math

import numpy as np

from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Trial
from fewbytes.audits.membership.epsilon_of_guesses import best_guesses, guessed_epsilon
from fewbytes.audits.membership.epsilon_of_trials import epsilon_bound
from fewbytes.audits.membership.lira import lira_online
from fewbytes.audits.membership.shadows import Floats, Shadows
from fewbytes.measures.measurement import Means, Measurement

DELTA = 1e-6
"""Of the differential privacy that epsilon is bounded for: so small that at the level of intervals
it takes little from a bound on thousands of records."""


def epsilon_trial(name: str, shadows: Shadows) -> Trial:
    """Epsilon, in nats, at DELTA: the lower end is the bound, the upper end infinite.

    The exhibit holds `guesses`, `correct` and `clopper_pearson`, (1,) each: the last is what would
    follow from the same guesses if records of one training were independent.
    """
    pairs = np.unique(shadows.pairs)
    aside = pairs[: len(pairs) // 4]
    own = np.flatnonzero(~np.isin(shadows.pairs, aside))
    targets = np.searchsorted(shadows.pairs, aside)
    scores = np.stack([_attacked(shadows, own, target) for target in targets])
    rehearsal = shadows.taking(own)
    guesses = best_guesses(_surest(lira_online(rehearsal), rehearsal.members), scores.size)
    members = shadows.members[targets]
    correct = int(_surest(scores, members)[:guesses].sum())
    inside = int(members.sum())
    bound = guessed_epsilon(correct, guesses, scores.size, DELTA)
    independent = epsilon_bound(correct, inside, guesses - correct, scores.size - inside, DELTA)
    figure = Measurement(
        name, "nats", None, bound, math.inf, scores.size,
        f"{correct} of {guesses} guesses of LiRA are right, delta {DELTA:g}",
        "Steinke, Nasr & Jagielski 2023, Adv. NeurIPS 36, Theorem 5.2", Means.BOUNDS,
    )  # fmt: skip
    exhibit = {
        "guesses": np.array([guesses]),
        "correct": np.array([correct]),
        "clopper_pearson": np.array([independent]),
    }
    return Trial(figure, exactly(name, "nats", 0.0, "guesses by coin"), exhibit=exhibit)


def _attacked(shadows: Shadows, own: np.ndarray, target: int) -> Floats:
    """LiRA's scores (n,) of a target, its shadows the networks `own` only."""
    scores: Floats = lira_online(shadows.taking(np.append(own, target)))[-1]
    return scores


def _surest(scores: Floats, members: np.ndarray) -> np.ndarray:
    """Which records are members, the highest score first, (networks * n,)."""
    return members.reshape(-1)[np.argsort(-scores, axis=None, kind="stable")]
