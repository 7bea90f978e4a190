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


def epsilon_bounds(prefix: str, shadows: Shadows) -> list[Trial]:
    """Epsilon, in nats, at DELTA: the lower end is the bound, the upper end infinite.

    `<prefix>.epsilon` needs no independence; `<prefix>.epsilon_independent` is what would follow
    from the same guesses, by Clopper and Pearson, if records of one training were independent.
    Exhibits hold `guesses` and `correct`, (1,) each.
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
    rates = epsilon_bound(correct, inside, guesses - correct, scores.size - inside, DELTA)
    exhibit = {"guesses": np.array([guesses]), "correct": np.array([correct])}
    method = f"{correct} of {guesses} guesses of LiRA are right, delta {DELTA:g}"

    def trial(name: str, bound: float, said: str, reference: str) -> Trial:
        figure = Measurement(
            name, "nats", None, bound, math.inf, scores.size, said, reference, Means.BOUNDS
        )
        return Trial(figure, exactly(name, "nats", 0.0, "guesses by coin"), exhibit=exhibit)

    return [
        trial(
            f"{prefix}.epsilon", guessed_epsilon(correct, guesses, scores.size, DELTA), method,
            "Steinke, Nasr & Jagielski 2023, Adv. NeurIPS 36, Theorem 5.2",
        ),
        trial(
            f"{prefix}.epsilon_independent", rates, f"{method}, rates by Clopper-Pearson",
            "Jagielski, Ullman & Oprea 2020, Adv. NeurIPS 33",
        ),
    ]  # fmt: skip


def _attacked(shadows: Shadows, own: np.ndarray, target: int) -> Floats:
    """LiRA's scores (n,) of a target, its shadows the networks `own` only."""
    scores: Floats = lira_online(shadows.taking(np.append(own, target)))[-1]
    return scores


def _surest(scores: Floats, members: np.ndarray) -> np.ndarray:
    """Which records are members, the highest score first, (networks * n,)."""
    return members.reshape(-1)[np.argsort(-scores, axis=None, kind="stable")]
