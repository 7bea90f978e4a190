"""What is said of the figures in `rows`."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.audits.finding import Claim
from fewbytes.audits.membership.epsilon_trial import DELTA
from fewbytes.audits.membership.rows import RATES, SCORERS, Scorer

_OF = (
    "networks of this kind and recipe, each trained on a random half of this pool of records; "
    "trainings on fewer records, or longer ones, leak more as a rule"
)


def claims(prefix: str, networks: str, scorers: Sequence[str] = tuple(SCORERS)) -> dict[str, Claim]:
    """What is said of `trials(prefix, ...)`, by name, in order. `networks` says which they are:
    "networks trained on the codes".
    """
    found = {f"{prefix}.accuracy": _accuracy(networks)}
    for name in scorers:
        found[f"{prefix}.{name}.auc"] = _auc(networks, SCORERS[name])
        for word, rate in RATES.items():
            found[f"{prefix}.{name}.{word}"] = _share(networks, SCORERS[name], round(1 / rate))
    found[f"{prefix}.epsilon"] = _epsilon(networks)
    return found


def _accuracy(networks: str) -> Claim:
    return Claim(
        title=f"Accuracy of {networks}",
        unit="share",
        covers=f"records that no network has seen; {_OF}",
        described=f"On records that they have not seen, {networks} are right about the class of "
        "{value} ({low} to {high}).",
    )


def _auc(networks: str, scorer: Scorer) -> Claim:
    said = (
        "which of two records, one of the training and one not, was trained on is told rightly in "
        "{value} of such pairs ({low} to {high}; guessing: {chance})"
    )
    return Claim(
        title=f"Telling records of the training from others, {scorer.title}: {networks}",
        unit="share",
        disclosed=f"With {scorer.title}, {said}: {networks}. {_needed(scorer)}",
        not_shown=f"With {scorer.title}, {said}: {networks}. {scorer.remark}".rstrip(),
        covers=_covers(scorer),
    )


def _share(networks: str, scorer: Scorer, one_in: int) -> Claim:
    said = (
        "{value} of the records of a training are named ({low} to {high}; guessing: {chance}), and "
        f"1 in {one_in:,} of all others wrongly"
    )
    return Claim(
        title=f"Records of the training named, 1 in {one_in:,} others wrongly, {scorer.title}: "
        f"{networks}",
        unit="share",
        disclosed=f"With {scorer.title}, {said}: {networks}. {_needed(scorer)}",
        not_shown=f"With {scorer.title}, {said}: {networks}. {scorer.remark}".rstrip(),
        covers=_covers(scorer),
    )


def _needed(scorer: Scorer) -> str:
    return f"It takes the network's outputs, the record with its label, and {scorer.needs}."


def _covers(scorer: Scorer) -> str:
    return f"{scorer.title}, by an attacker who has {scorer.needs}; {_OF}"


def _epsilon(networks: str) -> Claim:
    return Claim(
        title=f"Least epsilon of differential privacy: {networks}",
        unit="nats",
        disclosed="LiRA guesses so well which records were trained on that the training cannot be "
        f"differentially private with an epsilon below {{low}}: {networks}.",
        not_shown="LiRA's guesses about which records were trained on put no limit on epsilon: "
        f"{networks}.",
        covers=f"the training as a whole, at delta {DELTA:f}, however its records depend on each "
        "other; a lower limit only: epsilon may be far larger",
    )
