"""What is said of the figures in `rows`."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.audits.finding import Claim
from fewbytes.audits.membership.epsilon_bounds import DELTA, INDEPENDENT
from fewbytes.audits.membership.rows import RATES, SCORERS, Scorer


def claims(
    prefix: str,
    networks: str,
    scorers: Sequence[str] = tuple(SCORERS),
    alike: str = "of this recipe",
) -> dict[str, Claim]:
    """What is said of `trials(prefix, ...)`, by name, in order. `networks` says which they are:
    "networks trained on the codes"; `alike` what else is covered: other networks "of this recipe".
    """
    of = (
        f"networks {alike}, trained on random halves of this pool of records; trainings on fewer "
        "records, or longer ones, leak more as a rule"
    )
    found = {f"{prefix}.accuracy": _accuracy(networks, of)}
    for name in scorers:
        scorer = SCORERS[name]
        covers = f"attackers who use {scorer.title} and have {scorer.needs}; {of}"
        found[f"{prefix}.{name}.auc"] = _auc(networks, scorer, covers)
        for word, rate in RATES.items():
            found[f"{prefix}.{name}.{word}"] = _share(networks, scorer, round(1 / rate), covers)
    found[f"{prefix}.epsilon"] = _epsilon(networks)
    found[f"{prefix}.{INDEPENDENT}"] = _independent(networks)
    return found


def _accuracy(networks: str, of: str) -> Claim:
    return Claim(
        title=f"Accuracy of {networks}",
        unit="share",
        covers=f"records that no network has seen; {of}",
        described=f"On unseen records, {networks} are right about the class of {{value}} "
        "({low} to {high}).",
    )


def _auc(networks: str, scorer: Scorer, covers: str) -> Claim:
    found = (
        f"From {networks}, {scorer.title} tells which of two records was trained on in {{value}} "
        "of cases ({low} to {high}; guessing {chance})."
    )
    return _attack(f"Trained on or not, by {scorer.title}: {networks}", found, scorer, covers)


def _share(networks: str, scorer: Scorer, one_in: int, covers: str) -> Claim:
    found = (
        f"From {networks}, {scorer.title} finds {{value}} of the records that were trained on "
        f"({{low}} to {{high}}; guessing {{chance}}) when it accuses 1 in {one_in:,} of the others."
    )
    title = f"Members found when 1 in {one_in:,} non-members is accused, by {scorer.title}"
    return _attack(f"{title}: {networks}", found, scorer, covers)


def _attack(title: str, found: str, scorer: Scorer, covers: str) -> Claim:
    return Claim(
        title=title,
        unit="share",
        disclosed=f"{found} It takes {scorer.needs}.",
        not_shown=f"{found} {scorer.remark}".rstrip(),
        covers=covers,
    )


def _epsilon(networks: str) -> Claim:
    return Claim(
        title=f"Least epsilon of differential privacy: {networks}",
        unit="nats",
        disclosed=f"From {networks}, LiRA guesses so well which records were trained on that their "
        "training cannot be differentially private with an epsilon below {low}.",
        not_shown=f"From {networks}, LiRA's guesses at which records were trained on set no lower "
        "limit on epsilon.",
        covers=f"the training as a whole, at delta {DELTA:f}, however its records depend on each "
        "other; a lower limit only: epsilon may be far larger",
    )


def _independent(networks: str) -> Claim:
    return Claim(
        title=f"Least epsilon, were records independent: {networks}",
        unit="nats",
        described=f"Of {networks}, that epsilon is {{value}} at least would follow only if what "
        "LiRA says of one record told nothing of the others. Nobody can promise that; the limit "
        "above needs no such thing.",
        covers=f"the guesses of the limit above, by Clopper and Pearson, at delta {DELTA:f}; not "
        "the training, as its records depend on each other",
    )
