"""A network trained from a store, judged on validation images, and tested once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fewbytes.data import holdout
from fewbytes.errors import InputError
from fewbytes.learn.feed import StoredFeed
from fewbytes.learn.ranks import ALONE, Ranks
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.trainer import Trained, predicted, train
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


@dataclass(frozen=True)
class Judged:
    """A training that was judged on its held-out validation images; the test split was not read."""

    trained: Trained
    val_labels: Labels
    """Of the validation images, (k,), which `trained.val_logits` are of."""
    val_numbers: NDArray[np.int64]
    """What the validation images are numbered by, (k,)."""

    @property
    def val_predictions(self) -> NDArray[np.int64]:
        """The most probable class of each validation image, (k,)."""
        classes: NDArray[np.int64] = self.trained.val_logits.argmax(1)
        return classes


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
    ranks: Ranks = ALONE,
) -> Tested:
    """Train a network on one view of a store, validation images held out by the seed; then read
    the test split, once.

    Args:
        train_images: train on so many images drawn by the seed; None for all that are not held out.
        numbers: by split, what to number the stored records by, (n,); where it is given, the seed
            holds out the same images whatever the order of the store, and predictions stand in the
            order of their numbers.
        ranks: the processes that train it together; each calls this, each has the whole result.

    Raises:
        InputError: the store has no test split, or too few images of a class.
    """
    for name in ("train", "test"):
        if name not in store.splits:
            raise InputError(f"{store.files.where} has no {name} split")
    judged = judge_on(
        store, view=view, model=model, recipe=recipe, seed=seed, watcher=watcher,
        train_images=train_images, device=device, numbers=(numbers or {}).get("train"),
        ranks=ranks,
    )  # fmt: skip
    trained = judged.trained
    predictions, accuracy = read_test(
        store,
        trained.network,
        view=view,
        device=trained.device,
        numbers=(numbers or {}).get("test"),
        ranks=ranks,
    )
    return Tested(trained, predictions, accuracy, judged.val_labels)


def judge_on(
    store: Store,
    *,
    view: str = "image",
    model: str = "auto",
    recipe: Recipe | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    train_images: int | None = None,
    validation_share: float | None = None,
    device: str | torch.device | None = None,
    numbers: NDArray[np.int64] | None = None,
    ranks: Ranks = ALONE,
) -> Judged:
    """Train as `train_on` does, and leave the test split alone. `numbers`, (n,), are of the train
    split; for `validation_share` see `fewbytes.data.holdout`.

    Raises:
        InputError: too few images of a class.
    """
    numbered = store["train"].ids if numbers is None else numbers
    in_order = np.argsort(numbered, kind="stable")
    training, validation = holdout(store["train"].labels[in_order], seed, share=validation_share)
    if train_images is not None:
        order = np.random.default_rng(seed).permutation(len(training))
        training = training[order[:train_images]]
    held_out = np.sort(in_order[validation])
    feed = StoredFeed(store["train"], view, held_out)
    trained = train(
        StoredFeed(store["train"], view, np.sort(in_order[training])),
        feed,
        classes=store.manifest.classes,
        model=model,
        recipe=recipe,
        seed=seed,
        watcher=watcher,
        device=device,
        ranks=ranks,
    )
    return Judged(trained, feed.labels, numbered[held_out])


def read_test(
    store: Store,
    network: nn.Module,
    *,
    view: str,
    device: torch.device,
    numbers: NDArray[np.int64] | None = None,
    ranks: Ranks = ALONE,
) -> tuple[NDArray[np.int64], float]:
    """Read the test split: the predicted class of every image, (n,), by its number, and the share
    that is right. `numbers`, (n,), are of the test split.
    """
    test = StoredFeed(store["test"], view)
    predictions = predicted(network, test, device, ranks)
    accuracy = float(np.mean(predictions == test.labels))
    numbered = store["test"].ids if numbers is None else numbers
    return predictions[np.argsort(numbered, kind="stable")], accuracy
