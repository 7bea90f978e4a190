"""Who was trained on: networks trained with differential privacy, beside ordinary ones.

`membership.dp_sgd.*` are figures of networks trained on the codes by DP-SGD, `membership.matched.*`
of ordinary networks stopped as soon as they were as accurate, attacked alike; for names and
exhibits see `rows`. The controls stand in `controls`; in the positive one networks of the recipe
stand for both, as it is the attack that is put to the test.

`membership.dp_sgd.accountant` is the upper limit on epsilon that holds against every attack. Where
the lower one, `membership.dp_sgd.epsilon`, is above it, the noise is not what was accounted for:
the row fails. Its positive control is what can be shown of networks without noise: a check that saw
nothing there could see no limit broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import once_for_codes
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial, readable
from fewbytes.audits.membership import controls
from fewbytes.audits.membership.dp_sgd import (
    DRAWN,
    STEPS,
    Public,
    noise_multiplier,
    private_training,
)
from fewbytes.audits.membership.epsilon_bounds import DELTA, most_shown
from fewbytes.audits.membership.matched import Matched, matched_training
from fewbytes.audits.membership.pool import feeds, part
from fewbytes.audits.membership.recipe_attack import networks_on
from fewbytes.audits.membership.rows import trials
from fewbytes.audits.membership.shadows import Shadows, Training, shadow_networks
from fewbytes.audits.membership.wording import claims

SCORERS = ("lira",)
PRIVATE, MATCHED = "membership.dp_sgd", "membership.matched"
ACCOUNTANT = f"{PRIVATE}.accountant"


def both(exposure: Exposure, settings: Settings, noise: float) -> Matched:
    """Networks trained with noise, and ordinary ones, on the same halves of the pool. Trained once
    for an exposure.

    Half of the population says when an ordinary network is accurate enough, the other half how
    accurate both are.

    Raises:
        InputError: nothing can be trained on it, or the networks are too few.
        MissingExtraError: opacus is not installed.
    """

    def made(exposure: Exposure) -> Matched:
        pool, population = feeds(exposure)
        public = Public.of(population, exposure.classes, len(pool) // 2)
        middle = len(population) // 2

        def networks(training: Training, said: str) -> Shadows:
            return shadow_networks(
                pool, population, settings.shadows, training, settings.seed, 0,
                lambda text: settings.tell(f"{text}, {said}"),
            )  # fmt: skip

        private = networks(private_training(public, noise), "with differential privacy")
        goal = float(private.right[:, :middle].mean())
        judged = part(population, slice(0, middle))
        steps: list[int] = []
        ordinary = networks(
            matched_training(public, judged, goal, steps.append), "as accurate without"
        )
        unseen = slice(middle, None)
        return Matched(private.tested_on(unseen), ordinary.tested_on(unseen), tuple(steps))

    return once_for_codes(exposure, f"dp_sgd {settings.shadows} {settings.seed} {noise}", made)


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    if exposure.kind == controls.BY_HEART:
        heart = networks_on(exposure, settings, controls.RECIPE, "images learned by heart")
        private = trials(PRIVATE, heart, SCORERS)
        limit = controls.shown(ACCOUNTANT, _lower(private))
        matched = trials(MATCHED, heart, SCORERS)
    else:
        noise, epsilon = noise_multiplier(DELTA)
        networks = both(exposure, settings, noise)
        with_noise, ordinary = networks.private, networks.ordinary
        if exposure.kind == controls.REDRAWN:
            with_noise = with_noise.redrawn(settings.seed + 1)
            ordinary = ordinary.redrawn(settings.seed + 2)
        private = trials(PRIVATE, with_noise, SCORERS)
        limit = _accounted(noise, epsilon, _lower(private), most_shown(with_noise))
        matched = networks.told(trials(MATCHED, ordinary, SCORERS))
    found = [*private, limit, *matched]
    return controls.expecting(exposure.kind, found)


def _lower(found: Sequence[Trial]) -> Trial:
    return next(one for one in found if one.figure.name == f"{PRIVATE}.epsilon")


def _accounted(noise: float, epsilon: float, lower: Trial, most: float) -> Trial:
    """The accountant's limit, beside the lower one; `most` is what that one could have been."""
    limit = exactly(
        ACCOUNTANT, "nats", epsilon,
        f"Renyi accountant, {STEPS} steps of {DRAWN:g} of the records, noise {noise:.3g}, delta "
        f"{DELTA:g}; were all of LiRA's guesses right, they would show {most:.3g}",
        "Mironov, Talwar & Zhang 2019, arXiv:1908.10530",
    )  # fmt: skip
    if most <= epsilon:
        limit = limit.warned(
            f"so few guesses cannot contradict it: {readable(most, 'nats')} is all they could show"
        )
    return Trial(limit, expected=lower.figure)


_PRIVATE = "networks trained on the codes with differential privacy"
_MATCHED = (
    "ordinary networks trained on the codes and stopped early, as soon as they were as accurate"
)

DP_SGD = Attack(
    claims={
        **claims(PRIVATE, _PRIVATE, SCORERS, alike="trained with as much noise"),
        ACCOUNTANT: Claim(
            title=f"Greatest epsilon of differential privacy: {_PRIVATE}",
            unit="nats",
            covers="every attack on such a network, as to one record more or less of those trained "
            f"on, at delta {DELTA:f}, if the noise is random; the records that inputs were "
            "standardised by are taken as public",
            described="Training with so much noise keeps epsilon at {value} or below, by "
            "arithmetic. LiRA's guesses do not contradict it.",
            must_hold=True,
        ),
        **claims(
            MATCHED, _MATCHED, SCORERS,
            alike="stopped early, as soon as they are as accurate as those with noise",
        ),
    },
    run=_run,
    positive=controls.by_heart,
    null=controls.redrawn,
    controls=controls.SAID,
)  # fmt: skip
"""What differential privacy would change, at equal accuracy."""
