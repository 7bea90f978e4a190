"""Two constants of `advise`, measured: what a context coder makes of codes over what xz makes of
them (`CONTEXT_OVER_XZ`), and how many images' worth of luck a training has (`LUCK`).

    python benchmarks/advice_constants.py [SOURCE ...]     the coder, default MNIST
    python benchmarks/advice_constants.py --study RUN      the luck, from a study of 3 seeds or more
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from fewbytes.advice.candidate import LUCK
from fewbytes.advice.paired import Judgement, Paired
from fewbytes.advice.trials import CONTEXT_OVER_XZ, FITTED, WEIGHED
from fewbytes.codecs import Codec
from fewbytes.data import Source, open_source
from fewbytes.data.source import gathered
from fewbytes.studies.config import RAW
from fewbytes.studies.results import Row, read_cell, read_rows

SIZES = {"14": "downsample:14:antialias=true | ", "20": "downsample:20:antialias=true | ", "28": ""}
LEVELS = (3, 8, 16, 64)
STEPS = 400


def coder(source: Source) -> None:
    """Print bytes of both coders for sizes and levels of a set of 28 x 28 pixels."""
    known = gathered(source, "train", np.arange(FITTED))
    other = gathered(source, "train", np.arange(FITTED, FITTED + WEIGHED))
    for side, small in SIZES.items():
        for levels in LEVELS:
            sizes = {}
            for name in ("xz", f"context:steps={STEPS}"):
                codec = Codec.parse(f"{small}lloyd:{levels}:shared=true | {name}")
                fitted = codec.fit(known.images, seed=0, labels=known.labels)
                blob, _ = fitted.pack_block(np.asarray(fitted.encode(other.images)), other.labels)
                sizes[name] = len(blob) / WEIGHED
            xz, context = sizes.values()
            print(
                f"{source.name}, {side} pixels a side, {levels} levels: xz {xz:.1f} B, context "
                f"{context:.1f} B, {context / xz:.2f} (taken: {CONTEXT_OVER_XZ})",
                flush=True,
            )


def luck(run: Path) -> None:
    """Print how the spread over seeds compares with what validation images alone cause."""
    rows = [row for row in read_rows(run) if row["status"] == "ok"]
    raw = {row["seed"]: row for row in rows if row["codec"] == RAW}
    found = []
    for codec in dict.fromkeys(row["codec"] for row in rows if row["codec"] != RAW):
        cells = [row for row in rows if row["codec"] == codec and row["seed"] in raw]
        if len(cells) < 3:
            continue
        paired = Paired.of(
            [judgement(run, row) for row in cells],
            [judgement(run, raw[row["seed"]]) for row in cells],
        )
        spread = float(np.var(paired.differences, ddof=1))
        found.append((spread, paired.image_variance, paired.images))
        print(
            f"{100 * paired.mean:+.2f} points, over seeds {100 * spread**0.5:.2f}, by images "
            f"{100 * paired.image_variance**0.5:.2f}: {codec}"
        )
    spread, by_images, images = np.mean(found, axis=0)
    print(f"a training's luck is that of {by_images * images / (spread - by_images):.0f} images "
          f"(taken: {LUCK})")  # fmt: skip


def judgement(run: Path, row: Row) -> Judgement:
    """Which validation images the network of a row has right."""
    return Judgement.of(read_cell(run, row["cell"]))


def main() -> None:
    """Measure one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="*", default=["mnist"])
    parser.add_argument("--study", type=Path)
    options = parser.parse_args()
    if options.study is not None:
        luck(options.study)
        return
    for name in options.sources:
        coder(open_source(name))


if __name__ == "__main__":
    main()
