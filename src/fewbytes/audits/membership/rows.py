"""The figures of one set of shadow networks, under names that begin alike.

`.accuracy`; `.lira`, `.lira_offline`, `.rmia` and `.loss`, each with `.auc`, `.tpr_1_in_100` and
`.tpr_1_in_1000`; `.epsilon`, `.epsilon_independent`. The exhibit of an `.auc` is the curve: `fpr`
and `tpr`, (200,) each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Trial, readable
from fewbytes.audits.membership.between_networks import REFERENCE, interval, jackknifed
from fewbytes.audits.membership.epsilon_bounds import epsilon_bounds
from fewbytes.audits.membership.lira import lira_offline, lira_online
from fewbytes.audits.membership.loss import loss_scores
from fewbytes.audits.membership.rmia import rmia
from fewbytes.audits.membership.roc import area, curve, found_at
from fewbytes.audits.membership.shadows import Floats, Shadows
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement

RATES = {"tpr_1_in_100": 0.01, "tpr_1_in_1000": 0.001}
"""Rates of false alarms."""


FAR = 10.0
"""Times the rate of false alarms: an interval that holds the rate itself and reaches so far up is
that of an attack which found nothing or does ten times better than guessing, and says neither."""

WIDE = 0.6
"""The same of the area: where scores of members and others are Gaussians alike, it goes with three
times as many members as by guessing, at 1 in 1,000."""


@dataclass(frozen=True)
class Scorer:
    """One attack."""

    scores: Callable[[Shadows], Floats]
    """(networks, n), higher for members."""
    title: str
    needs: str
    """What the attacker has."""
    reference: str
    remark: str = ""
    """Said where it found nothing."""


_OWN = "a network's outputs on a record and its label"
_SHADOWS = f"{_OWN}, and networks of one's own trained alike"
_CARLINI = "Carlini et al. 2022, IEEE Symp. Security and Privacy"

SCORERS: Mapping[str, Scorer] = {
    "lira": Scorer(
        lira_online, "LiRA", f"{_SHADOWS}, with the record and without", f"{_CARLINI}, Algorithm 1"
    ),
    "lira_offline": Scorer(
        lira_offline, "offline LiRA", f"{_SHADOWS} without the record", _CARLINI
    ),
    "rmia": Scorer(
        rmia, "RMIA", f"{_SHADOWS}, with the record and without, and records that none has seen",
        "Zarifzadeh, Liu & Shokri 2024, Proc. ICML",
    ),
    "loss": Scorer(
        loss_scores, "one threshold of the loss", _OWN,
        "Yeom et al. 2018, IEEE Computer Security Foundations Symp.",
        "This attack is weak: read LiRA's figure of the same networks instead.",
    ),
}  # fmt: skip


def trials(prefix: str, shadows: Shadows, scorers: Sequence[str] = tuple(SCORERS)) -> list[Trial]:
    """`<prefix>.accuracy`, the figures of each scorer, those of epsilon, in this order.

    Raises:
        InputError: too few non-members in all for the least rate of false alarms.
    """
    least, there = round(1 / min(RATES.values())), int((~shadows.members).sum())
    if there < least:
        raise InputError(
            f"{there} non-members of all networks together; {least} are needed for one false alarm "
            f"in {least}"
        )
    found = [_accuracy(f"{prefix}.accuracy", shadows)]
    for name in scorers:
        found += _scored(f"{prefix}.{name}", shadows, SCORERS[name])
    return [*found, *epsilon_bounds(prefix, shadows)]


def _accuracy(name: str, shadows: Shadows) -> Trial:
    """Not surer than so many records as there are: all networks are tested on the same."""
    records = shadows.population.shape[1]
    values, variances = jackknifed(shadows, lambda some: np.array([some.right.mean()]))
    low, high = interval(float(values[0]), float(variances[0]), records, len(shadows))
    return Trial(
        Measurement(
            name, "share", float(values[0]), low, high, records,
            f"mean of {len(shadows)} networks on records that none was trained on", REFERENCE,
        )
    )  # fmt: skip


def _scored(name: str, shadows: Shadows, scorer: Scorer) -> list[Trial]:
    """The area and the shares of one attack."""
    rates = np.array(list(RATES.values()))

    def figures(some: Shadows) -> Floats:
        scores = scorer.scores(some)
        return np.array([area(scores, some.members), *found_at(scores, some.members, rates)])

    values, variances = jackknifed(shadows, figures)
    counted = min(int(shadows.members.sum()), int((~shadows.members).sum()))
    fpr, tpr = curve(scorer.scores(shadows), shadows.members)
    found = []
    for word, chance, value, variance in zip(
        ("auc", *RATES), (0.5, *RATES.values()), values.tolist(), variances.tolist(), strict=True
    ):
        low, high = interval(value, variance, counted, len(shadows))
        figure = Measurement(
            f"{name}.{word}", "share", value, low, high, shadows.members.size,
            f"{scorer.title}, {len(shadows)} networks, each the target of the others",
            f"{scorer.reference}; {REFERENCE}",
        )  # fmt: skip
        guessed = exactly(figure.name, "share", chance, "a guess")
        exhibit = {"fpr": fpr, "tpr": tpr} if word == "auc" else {}
        trial = Trial(figure, guessed, exhibit=exhibit)
        far = WIDE if word == "auc" else FAR * chance
        found.append(trial if trial.beyond_chance or high <= far else _undecided(trial, shadows))
    return found


def _undecided(trial: Trial, shadows: Shadows) -> Trial:
    """A trial that had not the power to say that it found nothing."""
    told = f"{readable(trial.figure.high, 'share')} is compatible"
    few = f"{len(shadows)} networks are too few to tell: up to {told}"
    return replace(trial, figure=trial.figure.doubted(few))
