"""`fewbytes train`."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from fewbytes.cli.common import DONE, add_common, add_store


def add(verbs: Any) -> None:
    """Add the verb."""
    train = verbs.add_parser(
        "train",
        help="train networks on a store and test them",
        description="Train a network on a store, one a seed, and say how well it does on the "
        "store's test images, and in how many bytes. Several processes train it together where "
        "torchrun starts them: torchrun --nproc-per-node 2 -m fewbytes train STORE",
    )
    add_store(train)
    train.add_argument(
        "--model", default="auto",
        help="linear, mlp, cnn, or package.module:Class; default: by the shape of the input",
    )  # fmt: skip
    train.add_argument("--view", default="image", help="image (default) or code")
    train.add_argument("--epochs", type=int, metavar="N", help="in place of the recipe's 5")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed (0)")
    train.add_argument("--seeds", type=int, default=1, metavar="N", help="how many (1)")
    add_common(train, _train)


def _train(options: argparse.Namespace) -> int:
    if "WORLD_SIZE" in os.environ and not options.debug:
        # the errors say what torch would print pages about where a connection fails
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    from fewbytes.learn import together
    from fewbytes.report.console import console, say
    from fewbytes.report.progress import TrainProgress
    from fewbytes.report.stores import trained
    from fewbytes.verbs import training

    with together() as ranks:
        screen = console(stderr=options.json, quiet=not ranks.first)
        with TrainProgress(screen, options.seed) as progress:
            result = training.train(
                options.store, model=options.model, view=options.view, seed=options.seed,
                seeds=options.seeds, epochs=options.epochs, watcher=progress,
                finished=progress.finished,
            )  # fmt: skip
    if not options.json:
        say(screen, trained(result))
    elif ranks.first:
        print(json.dumps(result.rows(), indent=2))
    return DONE
