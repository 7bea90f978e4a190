"""Who was trained on: networks of the one recipe, on the codes and on the raw images.

`membership.*` are figures of networks trained on the codes, `membership.raw.*` of networks trained
the same way on the images themselves, so that what compression changes can be read; for names and
exhibits see `rows` and `epsilon_bounds`. Both have one positive control, see `controls`; the null
control of each is of its own networks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import identity, once_for_codes
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Trial
from fewbytes.audits.membership import controls
from fewbytes.audits.membership.pool import feeds, part
from fewbytes.audits.membership.rows import trials
from fewbytes.audits.membership.shadows import Shadows, Training, shadow_networks
from fewbytes.audits.membership.wording import claims
from fewbytes.errors import FewbytesError, InputError
from fewbytes.learn import ArrayFeed, Recipe, train

RECIPE = Recipe(epochs=8)
"""That of every study, and three epochs longer."""


def with_recipe(recipe: Recipe, classes: int) -> Training:
    """Training by a recipe of the library."""

    def trained(feed: ArrayFeed, seed: int) -> Callable[[ArrayFeed], NDArray[np.float32]]:
        watched = part(feed, slice(0, 1))  # steers nothing
        try:
            return train(feed, watched, classes=classes, recipe=recipe, seed=seed).logits
        except FewbytesError as error:
            raise InputError(f"no network could be trained: {error}") from error

    return trained


def networks_on(exposure: Exposure, settings: Settings, recipe: Recipe, said: str) -> Shadows:
    """Shadow networks of a recipe on what an exposure shows, trained once for it.

    Raises:
        InputError: nothing can be trained on it, or the networks are too few.
    """

    def made(exposure: Exposure) -> Shadows:
        pool, population = feeds(exposure)
        return shadow_networks(
            pool, population, settings.shadows, with_recipe(recipe, exposure.classes),
            settings.seed, recipe.shift, lambda text: settings.tell(f"{text}, on {said}"),
        )  # fmt: skip

    return once_for_codes(exposure, f"{recipe} {settings.shadows} {settings.seed}", made)


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    if exposure.kind == controls.BY_HEART:
        found = raw = networks_on(exposure, settings, controls.RECIPE, "images learned by heart")
    else:
        found = networks_on(exposure, settings, RECIPE, "the codes")
        raw = networks_on(identity(exposure), settings, RECIPE, "the images")
    if exposure.kind == controls.REDRAWN:
        found, raw = found.redrawn(settings.seed + 1), raw.redrawn(settings.seed + 2)
    both = [*trials("membership", found), *trials("membership.raw", raw)]
    return controls.expecting(exposure.kind, both)


MEMBERSHIP = Attack(
    claims={
        **claims("membership", "networks trained on the codes"),
        **claims("membership.raw", "networks trained on the raw images"),
    },
    run=_run,
    positive=controls.by_heart,
    null=controls.redrawn,
    controls=controls.SAID,
)
"""What networks that are trained on the codes tell of who they were trained on."""
