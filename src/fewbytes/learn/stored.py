"""A network trained from a store and tested once."""

from __future__ import annotations

from collections.abc import Mapping
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
from fewbytes.types import Labels


@dataclass(frozen=True)
class Tested:
    """A training, and the predicted class of every test image, (n,), by its number."""

    trained: Trained
    predictions: NDArray[np.int64]
    test_accuracy: float
    val_labels: Labels
    """Of the validation images, (k,), which `trained.val_logits` are of."""


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
    numbers: Mapping[str, NDArray[np.int64]] | None = None,
) -> Tested:
    """Train a network on one view of a store, validation images held out by the seed; then read
    the test split, once.

    Args:
        train_images: train on so many images drawn by the seed; None for all that are not held out.
        numbers: by split, what to number the stored records by, (n,); where it is given, the seed
            holds out the same images whatever the order of the store, and predictions stand in the
            order of their numbers.

    Raises:
        InputError: the store has no test split, or too few images of a class.
    """
    for name in ("train", "test"):
        if name not in store.splits:
            raise InputError(f"{store.files.where} has no {name} split")
    in_order = np.argsort((numbers or {}).get("train", store["train"].ids), kind="stable")
    training, validation = holdout(store["train"].labels[in_order], seed)
    if train_images is not None:
        order = np.random.default_rng(seed).permutation(len(training))
        training = training[order[:train_images]]
    held_out = StoredFeed(store["train"], view, np.sort(in_order[validation]))
    trained = train(
        StoredFeed(store["train"], view, np.sort(in_order[training])),
        held_out,
        classes=store.manifest.classes,
        model=model,
        recipe=recipe,
        seed=seed,
        watcher=watcher,
        device=device,
    )
    test = StoredFeed(store["test"], view)
    predictions = trained.predict(test)
    accuracy = float(np.mean(predictions == test.labels))
    of_test = np.argsort((numbers or {}).get("test", store["test"].ids), kind="stable")
    return Tested(trained, predictions[of_test], accuracy, held_out.labels)
