"""Who was trained on: networks trained with differential privacy, beside ordinary ones.

`membership.dp_sgd.*` are figures of networks trained on the codes by DP-SGD, `membership.matched.*`
of ordinary networks stopped as soon as they were as accurate, attacked alike; for names and
exhibits see `rows`. `membership.dp_sgd.accountant` is the upper limit on epsilon that holds against
every attack, and never less than `membership.dp_sgd.epsilon`, the lower one. The controls stand in
`controls`; in the positive one networks of the recipe stand for both, as it is the attack that is
put to the test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.membership import controls
from fewbytes.audits.membership.dp_sgd import (
    DRAWN,
    STEPS,
    Public,
    matched_training,
    noise_multiplier,
    private_training,
)
from fewbytes.audits.membership.epsilon_bounds import DELTA
from fewbytes.audits.membership.halves import FEWEST
from fewbytes.audits.membership.pool import feeds, part
from fewbytes.audits.membership.recipe_attack import networks_on
from fewbytes.audits.membership.rows import trials
from fewbytes.audits.membership.shadows import Shadows, Training, shadow_networks
from fewbytes.audits.membership.wording import claims

SCORERS = ("lira",)
PRIVATE, MATCHED = "membership.dp_sgd", "membership.matched"
ACCOUNTANT = f"{PRIVATE}.accountant"


def both(exposure: Exposure, settings: Settings, noise: float) -> tuple[Shadows, Shadows]:
    """Networks trained with noise, and ordinary ones, on the same halves of the pool.

    Half of the population says when an ordinary network is accurate enough, the other half how
    accurate both are.

    Raises:
        InputError: nothing can be trained on it, or the networks are too few.
        MissingExtraError: opacus is not installed.
    """
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
    matched = networks(matched_training(public, judged, goal), "as accurate without")
    return private.tested_on(slice(middle, None)), matched.tested_on(slice(middle, None))


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    if exposure.kind == controls.BY_HEART:
        few = replace(settings, shadows=max(FEWEST, settings.shadows // 2))
        private = matched = networks_on(exposure, few, controls.RECIPE, "images learned by heart")
        noise, epsilon = 0.0, math.inf
    else:
        noise, epsilon = noise_multiplier(DELTA)
        private, matched = both(exposure, settings, noise)
    if exposure.kind == controls.REDRAWN:
        private, matched = (one.redrawn(settings.seed + 1) for one in (private, matched))
    found = trials(PRIVATE, private, SCORERS)
    lower = next(one for one in found if one.figure.name == f"{PRIVATE}.epsilon")
    method = f"Renyi accountant, {STEPS} steps of {DRAWN:g} of the records, noise {noise:.3g}"
    limit = exactly(
        ACCOUNTANT, "nats", epsilon, f"{method}, delta {DELTA:g}",
        "Mironov, Talwar & Zhang 2019, arXiv:1908.10530",
    )  # fmt: skip
    return [
        *found,
        Trial(limit, expected=lower.figure),
        *trials(MATCHED, matched, SCORERS),
    ]


_PRIVATE = "networks trained on the codes with differential privacy"

DP_SGD = Attack(
    claims={
        **claims(PRIVATE, _PRIVATE, SCORERS),
        ACCOUNTANT: Claim(
            title=f"Greatest epsilon of differential privacy: {_PRIVATE}",
            unit="nats",
            covers=f"every attack on such a network, at delta {DELTA:f}, if the noise is random",
            described="Training with noise keeps epsilon at {value} or below, by arithmetic: no "
            "attack on such a network can show more.",
        ),
        **claims(MATCHED, "ordinary networks trained on the codes to the same accuracy", SCORERS),
    },
    run=_run,
    positive=controls.by_heart,
    null=controls.redrawn,
)
"""What differential privacy would change, at equal accuracy."""
