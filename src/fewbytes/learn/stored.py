"""A network trained from a store and tested once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.data import holdout
from fewbytes.errors import InputError
from fewbytes.learn.feed import StoredFeed
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.trainer import Trained, train
from fewbytes.learn.watch import Watcher
from fewbytes.store import Store


@dataclass(frozen=True)
class Tested:
    """A training, and the predicted class of every test image, (n,)."""

    trained: Trained
    predictions: NDArray[np.int64]
    test_accuracy: float


def train_on(
    store: Store,
    *,
    view: str = "image",
    model: str = "auto",
    recipe: Recipe | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    train_images: int | None = None,
    device: str | torch.device | None = None,
) -> Tested:
    """Train a network on one view of a store, validation images held out by the seed; then read
    the test split, once.

    Args:
        train_images: train on so many images drawn by the seed; None for all that are not held out.

    Raises:
        InputError: the store has no test split, or too few images of a class.
    """
    for name in ("train", "test"):
        if name not in store.splits:
            raise InputError(f"{store.files.where} has no {name} split")
    training, validation = holdout(store["train"].labels, seed)
    if train_images is not None:
        order = np.random.default_rng(seed).permutation(len(training))
        training = np.sort(training[order[:train_images]])
    trained = train(
        StoredFeed(store["train"], view, training),
        StoredFeed(store["train"], view, validation),
        classes=store.manifest.classes,
        model=model,
        recipe=recipe,
        seed=seed,
        watcher=watcher,
        device=device,
    )
    test = StoredFeed(store["test"], view)
    predictions = trained.predict(test)
    return Tested(trained, predictions, float(np.mean(predictions == test.labels)))
