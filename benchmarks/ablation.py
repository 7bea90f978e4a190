"""What each choice of the recipe and of the default codecs is worth, on validation images alone.

    python benchmarks/ablation.py [--seeds 2] [--only otsu]

Trains the default and one change at a time, and prints validation accuracy and cross-entropy, means
over seeds. The test images are never read. The cross-entropy tells more than the accuracy, of which
one image in 5,000 is 0.02 %; it compares where label smoothing is the same.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import replace
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

import fewbytes as fb
from fewbytes.data import holdout
from fewbytes.learn import ArrayFeed, Recipe, Trained, train
from fewbytes.types import Dataset

SMALL = "downsample:16:antialias=true | uint8"
MASK = "downsample:16:antialias=true | otsu"


class Trial(NamedTuple):
    """A codec, what is changed, and the changes to the recipe."""

    spec: str
    what: str = "as it is"
    changes: dict[str, Any] = {}  # noqa: RUF012 (a tuple's default, never changed)


TRIALS = [
    Trial(SMALL),
    Trial("downsample:16 | uint8", "no anti-aliasing"),
    Trial(SMALL, "no Muon: AdamW alone", {"muon_rate": 0.0}),
    Trial(SMALL, "no shifts", {"shift": 0}),
    Trial(SMALL, "no label smoothing", {"label_smoothing": 0.0}),
    Trial(SMALL, "3 epochs", {"epochs": 3}),
    Trial(MASK),
    Trial("otsu | downsample:16:antialias=true | threshold:0.5", "mask first, level 0.5"),
    Trial("otsu | downsample:16:antialias=true | threshold:0.3", "mask first, level 0.3"),
    Trial(MASK, "no shifts", {"shift": 0}),
]


def attempt(trial: Trial, data: Dataset, seed: int) -> Trained:
    """Train once, on the codes."""
    codec = fb.codec(trial.spec).fit(data.train.images, seed=seed)
    codes, labels = codec.dequantize(codec.encode(data.train.images)), data.train.labels
    training, validation = holdout(labels, seed)
    return train(
        ArrayFeed(codes[training], labels[training], picture=codec.codec.spatial),
        ArrayFeed(codes[validation], labels[validation], picture=codec.codec.spatial),
        classes=data.classes,
        recipe=replace(Recipe(), **trial.changes),
        seed=seed,
    )


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="trials whose codec or change has this word")
    options = parser.parse_args()
    data = fb.load("mnist")
    table = Table("codec", "changed", "val %", "val loss", "train s", box=None)
    chosen = [t for t in TRIALS if options.only in f"{t.spec} {t.what}"]
    for trial in track(chosen, console=Console(stderr=True)):
        runs = [attempt(trial, data, seed) for seed in range(options.seeds)]
        accuracy = statistics.mean(run.history.val_accuracy[-1] for run in runs)
        loss = statistics.mean(run.history.val_loss[-1] for run in runs)
        seconds = statistics.mean(run.seconds for run in runs)
        table.add_row(
            trial.spec, trial.what, f"{100 * accuracy:.2f}", f"{loss:.4f}", f"{seconds:.1f}"
        )
    Console(width=120).print(f"{options.seeds} seed(s)", table)


if __name__ == "__main__":
    main()
