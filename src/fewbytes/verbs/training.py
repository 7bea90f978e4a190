"""`train`: networks on a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fewbytes.errors import InputError, StudyError
from fewbytes.learn import Recipe, Tested, Watcher, together, train_on
from fewbytes.measures import rate
from fewbytes.studies.config import VIEWS
from fewbytes.studies.repeated import StoreResult
from fewbytes.verbs.storing import StoreOrLocation, opened


def train(
    store: StoreOrLocation,
    *,
    model: str = "auto",
    view: str = "image",
    seed: int = 0,
    seeds: int = 1,
    epochs: int | None = None,
    recipe: Recipe | None = None,
    watcher: Watcher | None = None,
    finished: Callable[[Tested], None] | None = None,
) -> StoreResult:
    """Train networks on a store, one a seed, and test each once on its test split.

    Processes that `torchrun` started, or that are a process group of torch, train each network
    together: all call this, each is given the whole result, and the recipe's batch is shared
    among them.

    Args:
        view: `image` (decoded pixels) or `code` (coefficients).
        seed: the first seed.
        seeds: how many trainings, with `seed`, `seed + 1`, ...
        epochs: in place of the recipe's.
        finished: told of each training when it is done.

    Raises:
        FewbytesError: bad input; the message says what.
    """
    if view not in VIEWS[1:]:
        raise StudyError(f"a view is code or image, not {view!r}")
    if seeds < 1 or not 0 <= seed < (1 << 63) - seeds:
        raise InputError(f"seeds are at least 1 in number and from 0 on, not {seeds} from {seed}")
    recipe = recipe or Recipe()
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    numbers, runs = tuple(range(seed, seed + seeds)), []
    with together() as ranks:
        there = opened(store)
        for number in numbers:
            tested = train_on(
                there, view=view, model=model, recipe=recipe, seed=number, watcher=watcher,
                ranks=ranks,
            )  # fmt: skip
            runs.append(tested)
            if finished is not None:
                finished(tested)
        return StoreResult(there.manifest.codec, view, rate(there), tuple(runs), numbers)
