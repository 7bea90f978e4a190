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

INDEPENDENT = "epsilon_independent"

DELTA = 1e-6
"""Of the differential privacy that epsilon is bounded for: so small that at the level of intervals
it takes little from a bound on thousands of records."""


def epsilon_bounds(prefix: str, shadows: Shadows) -> list[Trial]:
    """Epsilon, in nats, at DELTA.

    Of `<prefix>.epsilon`, which needs no independence, the lower end is the bound, the upper end is
    infinite. `<prefix>.epsilon_independent` describes the guesses, no more: it is the bound that
    would follow from them, by Clopper and Pearson, if records of one training were independent,
    which they are not. Exhibits hold `guesses` and `correct`, (1,) each.
    """
    aside = _aside(shadows)
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

    name = f"{prefix}.epsilon"
    bound = Measurement(
        name, "nats", None, guessed_epsilon(correct, guesses, scores.size, DELTA), math.inf,
        scores.size, method, "Steinke, Nasr & Jagielski 2023, Adv. NeurIPS 36, Theorem 5.2",
        Means.BOUNDS,
    )  # fmt: skip
    independent = exactly(
        f"{prefix}.{INDEPENDENT}", "nats", rates, f"{method}, rates by Clopper-Pearson",
        "Jagielski, Ullman & Oprea 2020, Adv. NeurIPS 33",
    )  # fmt: skip
    return [
        Trial(bound, exactly(name, "nats", 0.0, "guesses by coin"), exhibit=exhibit),
        Trial(independent, exhibit=exhibit),
    ]


def most_shown(shadows: Shadows) -> float:
    """What `<prefix>.epsilon` would be if every guess were right, in nats."""
    members = shadows.members[np.searchsorted(shadows.pairs, _aside(shadows))]
    inside = int(members.sum())
    return max(
        guessed_epsilon(count, count, members.size, DELTA)
        for count in np.unique(np.geomspace(1, inside, 50).round().astype(int)).tolist()
    )


def _aside(shadows: Shadows) -> np.ndarray:
    """Pairs that are set aside, (pairs // 4,)."""
    pairs = np.unique(shadows.pairs)
    aside: np.ndarray = pairs[: len(pairs) // 4]
    return aside


def _attacked(shadows: Shadows, own: np.ndarray, target: int) -> Floats:
    """LiRA's scores (n,) of a target, its shadows the networks `own` only."""
    scores: Floats = lira_online(shadows.taking(np.append(own, target)))[-1]
    return scores


def _surest(scores: Floats, members: np.ndarray) -> np.ndarray:
    """Which records are members, the highest score first, (networks * n,)."""
    return members.reshape(-1)[np.argsort(-scores, axis=None, kind="stable")]
