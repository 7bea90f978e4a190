"""What `advise` recommends within a budget, and whether its evidence holds with fresh seeds.

    python benchmarks/advice.py [SOURCE] [--max-loss 0.5] [--budget 15m] [--size RxC] [--out DIR]

The codec recommended and the raw images are coded and trained on again, with seeds that the search
did not use and the recipe's own number of epochs, and judged on the test images and on validation
images drawn anew. Exit code 1 where the loss is larger than allowed, or more bytes are needed than
`--most` allows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import fewbytes as fb
from fewbytes.advice.advised import Advised
from fewbytes.advice.paired import Judgement, Paired
from fewbytes.advice.question import LEVEL
from fewbytes.advice.trials import model_of
from fewbytes.codecs import Codec
from fewbytes.data import open_source
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.source import Source
from fewbytes.learn.watch import Silent
from fewbytes.report.advice.advised import table
from fewbytes.report.console import console
from fewbytes.studies.attempt import attempt
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.prepare import Prepared
from fewbytes.types import Labels

FRESH = 1000
"""The first seed: far from any that a search uses."""

VIEW = "image"


def main() -> int:
    """Ask for advice, print its table, measure again, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", default="mnist")
    parser.add_argument("--max-loss", type=float, default=0.5)
    parser.add_argument("--budget", default="15m")
    parser.add_argument("--size")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most", type=float, default=np.inf, help="bytes an image")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    start = time.perf_counter()
    advised = fb.advise(
        options.source, max_loss=options.max_loss, budget=options.budget, size=options.size,
        out=options.out,
    )  # fmt: skip
    console().print(table(advised))
    print(f"{advised.verdict}, {time.perf_counter() - start:.0f} s", flush=True)
    if advised.recommended is None:
        return 1
    return shown(advised, open_source(options.source, size=options.size), options)


def shown(advised: Advised, source: Source, options: argparse.Namespace) -> int:
    """Measure again, and print what came out beside what was promised."""
    assert advised.recommended is not None
    if "test" not in source.sizes:
        source = EveryFifth(source)
    codecs = (RAW, advised.recommended.codec)
    allowed, wrong = -options.max_loss / 100, 0
    with tempfile.TemporaryDirectory() as folder:
        # a coder may choose an order of its own; that of the raw images is the source's
        labels = Prepared(Codec.parse(RAW), source, FRESH, Path(folder)).store["test"].labels
        found = [judgements(source, codec, options.seeds, Path(folder), labels) for codec in codecs]
    for split in ("validation", "test"):
        raw, kept = ([one[split] for one in each] for each in found)
        paired = Paired.of(kept, raw)
        low = paired.lower(LEVEL)
        wrong += paired.mean < allowed
        print(
            f"{options.seeds} fresh seeds, {split}: raw {mean(raw):.2f} %, recommended "
            f"{mean(kept):.2f} %, difference {100 * paired.mean:+.2f} points, at least "
            f"{100 * low:+.2f} at {100 * LEVEL:g} %"
        )
    size = advised.recommended.bytes_per_image
    wrong += size > options.most
    print(f"{size:.2f} bytes an image; " + ("WRONG" if wrong else "the evidence holds"))
    return int(wrong > 0)


def mean(found: list[Judgement]) -> float:
    """Accuracy, per cent."""
    return 100 * float(np.mean([one.accuracy for one in found]))


def judgements(
    source: Source, codec: str, seeds: int, folder: Path, labels: Labels
) -> list[dict[str, Judgement]]:
    """Which validation and test images the network of each fresh seed has right."""
    config = StudyConfig(source.name, codecs=(RAW,))
    first = Prepared(Codec.parse(codec), source, FRESH, folder)
    found = []
    for seed in range(FRESH, FRESH + seeds):
        prepared = first.for_seed(seed)
        cell = Cell(source.name, codec, VIEW, model_of(source.image_shape), seed)
        tried = attempt(cell, prepared, config, Silent())
        if tried.trained is None:
            raise SystemExit(f"{cell}: {tried.row['reason']}")
        right = tried.arrays["test_predictions"] == labels
        found.append(
            {
                "validation": Judgement.of(tried.arrays),
                "test": Judgement(np.arange(len(labels)), right),
            }
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
