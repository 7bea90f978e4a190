"""What is said of the figures in `rows`."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.audits.finding import Claim
from fewbytes.audits.membership.epsilon_bounds import DELTA
from fewbytes.audits.membership.rows import RATES, SCORERS, Scorer

_OF = (
    "networks of this recipe, trained on random halves of this pool of records; trainings on fewer "
    "records, or longer ones, leak more as a rule"
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
    found[f"{prefix}.epsilon_independent"] = _independent(networks)
    return found


def _accuracy(networks: str) -> Claim:
    return Claim(
        title=f"Accuracy of {networks}",
        unit="share",
        covers=f"records that no network has seen; {_OF}",
        described=f"On unseen records, {networks} are right about the class of {{value}} "
        "({low} to {high}).",
    )


def _auc(networks: str, scorer: Scorer) -> Claim:
    found = (
        f"Of two records, one of which was trained on, {scorer.title} tells which in {{value}} of "
        f"cases ({{low}} to {{high}}; guessing {{chance}}): {networks}."
    )
    return Claim(
        title=f"Trained on or not, by {scorer.title}: {networks}",
        unit="share",
        disclosed=f"{found} It takes {scorer.needs}.",
        not_shown=f"{found} {scorer.remark}".rstrip(),
        covers=_covers(scorer),
    )


def _share(networks: str, scorer: Scorer, one_in: int) -> Claim:
    found = (
        f"Of the records trained on, {scorer.title} names {{value}} ({{low}} to {{high}}; guessing "
        f"{{chance}}), and wrongly 1 in {one_in:,} of all others: {networks}."
    )
    return Claim(
        title=f"Records named, 1 in {one_in:,} wrongly, by {scorer.title}: {networks}",
        unit="share",
        disclosed=f"{found} It takes {scorer.needs}.",
        not_shown=f"{found} {scorer.remark}".rstrip(),
        covers=_covers(scorer),
    )


def _covers(scorer: Scorer) -> str:
    return f"attackers who use {scorer.title} and have {scorer.needs}; {_OF}"


def _epsilon(networks: str) -> Claim:
    return Claim(
        title=f"Least epsilon of differential privacy: {networks}",
        unit="nats",
        disclosed="LiRA guesses so well which records were trained on that the training cannot be "
        f"differentially private with an epsilon below {{low}}: {networks}.",
        not_shown="LiRA's guesses at which records were trained on set no lower limit on epsilon: "
        f"{networks}.",
        covers=f"the training as a whole, at delta {DELTA:f}, however its records depend on each "
        "other; a lower limit only: epsilon may be far larger",
    )


def _independent(networks: str) -> Claim:
    return Claim(
        title=f"Least epsilon, were records independent: {networks}",
        unit="nats",
        disclosed="If what LiRA says of one record told nothing of the others, the training could "
        f"not be differentially private with an epsilon below {{low}}: {networks}.",
        not_shown="Even if what LiRA says of one record told nothing of the others, no lower limit "
        f"on epsilon would follow: {networks}.",
        covers=f"the training as a whole, at delta {DELTA:f}, but only as far as records of one "
        "training are independent, which nobody can promise; the limit above needs no such thing",
    )
