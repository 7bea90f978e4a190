"""What compressing and training would take past this machine: a model, fitted here and checked.

    python benchmarks/planning.py

Measures `compress` of a folder of JPEG files by one worker of one thread, and an epoch on its
store, for two numbers of files; fits a line to each figure; compares the lines with what is
measured for two other numbers; and prints what they say of ImageNet-1k and of a billion images on
1 to 1,000 workers. Exit code 1 where a figure that was held back is off by more than a quarter.

    compress(n, w) = start + n spread / w + n alone
    train(n, w)    = epochs (start + n train / w)

`alone` is what one process does for all: it looks for duplicates and writes the manifest. Pictures
are smooth noise of 256 x 256 pixels, some 20 kB each as files.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import fewbytes as fb
from fewbytes.data import open_source
from fewbytes.store.write import SilentCompress, compress

CODEC = "downsample:64:antialias=true | uint8 | webp:60"

SIDE, CLASSES = 256, 10

FITTED, HELD_BACK = (1000, 4000), (2000, 8000)
"""Files."""

OFF = 0.25
"""Share by which a figure that was held back may be off."""

CHECKED = {"compress": "compress, s", "train": "an epoch, s", "stored": "store, bytes"}

SETS = {"ImageNet-1k": 1_281_167, "a billion images": 10**9}
WORKERS = (1, 10, 100, 1000)
EPOCHS = 16

Found = Mapping[str, float]


@dataclass(frozen=True)
class Line:
    """start + each n."""

    start: float
    each: float

    @classmethod
    def through(cls, found: list[Found], name: str) -> Line:
        """Two measurements."""
        (n, y), (m, z) = ((one["images"], one[name]) for one in found)
        each = (z - y) / (m - n)
        return cls(y - each * n, each)

    def at(self, n: float, workers: int = 1) -> float:
        """Of so many images, shared among workers."""
        return self.start + n * self.each / workers


@dataclass(frozen=True)
class Model:
    """Lines of one worker's figures."""

    spread: Line
    alone: Line
    train: Line
    stored: Line
    read: float
    """Bytes of a file."""
    worker: float
    """MiB of a worker, at most."""

    @classmethod
    def fitted(cls, found: list[Found]) -> Model:
        """By two measurements."""
        spread, alone, train, stored = (
            Line.through(found, name) for name in ("spread", "alone", "train", "stored")
        )
        last = found[-1]
        return cls(spread, alone, train, stored, last["read"] / last["images"], last["worker"])

    def figures(self, n: float, workers: int = 1) -> dict[str, float]:
        """What is measured, as the lines tell it."""
        return {
            "compress": self.spread.at(n, workers) + self.alone.at(n),
            "train": self.train.at(n, workers),
            "stored": self.stored.at(n),
        }

    def row(self, n: int, workers: int) -> str:
        """A line of the table."""
        found, alone = self.figures(n, workers), self.alone.at(n)
        moved = n * self.read / found["compress"] / 1e6
        return (
            f"{workers:>7,} {hours(found['compress']):>12} {alone / found['compress']:>10.1%} "
            f"{moved:>15,.0f} {hours(EPOCHS * found['train']):>14}"
        )


def main() -> int:
    """Measure, fit, check, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", type=Path)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(once(options.once)))
        return 0
    found = {n: measured(n) for n in sorted(FITTED + HELD_BACK)}
    model = Model.fitted([found[n] for n in FITTED])
    off = checked(model, [found[n] for n in HELD_BACK])
    print(
        f"\nan image: {1e3 * model.spread.each:.2f} ms of a worker, {1e6 * model.alone.each:.1f} "
        f"us of one process alone, {1e3 * model.train.each:.2f} ms of an epoch; {model.read:,.0f} "
        f"bytes read, {model.stored.each:,.0f} stored; a worker takes {model.worker:,.0f} MiB"
    )
    for name, images in SETS.items():
        read, stored = images * model.read / 1e9, model.stored.at(images) / 1e9
        print(f"\n{name}: {images:,}; {read:,.0f} GB read, {stored:,.1f} GB stored")
        print(f"workers     compress   of it alone   MB/s to read   {EPOCHS} epochs")
        for workers in WORKERS:
            print(model.row(images, workers))
    return int(off > OFF)


def checked(model: Model, held_back: list[Found]) -> float:
    """Print what was held back beside the lines; the largest share by which they are off."""
    print("held back                measured      the lines   off")
    largest = 0.0
    for one in held_back:
        told = model.figures(one["images"])
        for name, words in CHECKED.items():
            off = told[name] / one[name] - 1
            largest = max(largest, abs(off))
            count = f"{one['images']:,.0f} files"
            print(f"{count:<11} {words:<12} {one[name]:>10,.1f} {told[name]:>13,.1f} {off:>+7.0%}")
    return largest


def measured(count: int) -> Found:
    """`once`, of so many files, in a process of its own with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder), count)
        said = subprocess.run(
            [sys.executable, __file__, "--once", folder], check=True, stdout=subprocess.PIPE,
            text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
        ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def write_pictures(folder: Path, count: int) -> None:
    """So many files, in class folders, a tenth of them to test on."""
    rng = np.random.default_rng(count)
    for number in range(count):
        small = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
        split = "test" if number // CLASSES % 10 == 0 else "train"
        path = folder / "pictures" / split / str(number % CLASSES) / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path, quality=90)


class LastShard(SilentCompress):
    """When the last shard was written: what follows, one process does alone."""

    def __init__(self) -> None:
        self.at = 0.0

    def shard_finished(self, bytes_in: int, bytes_out: int) -> None:
        """Look at the clock."""
        self.at = time.perf_counter()


def once(folder: Path) -> dict[str, float]:
    """Seconds, bytes and MiB of one worker."""
    source, last = open_source(folder / "pictures"), LastShard()
    source.use_threads(1)
    begun = time.perf_counter()
    compress(source, folder / "a.fb", fb.codec(CODEC), watcher=last)
    done = time.perf_counter()
    worker = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store = fb.open(folder / "a.fb")
    trained = fb.train(store, epochs=1).runs[0].trained
    files = folder.glob("pictures/*/*/*.jpg")
    return {
        "images": sum(source.sizes.values()), "spread": last.at - begun, "alone": done - last.at,
        "compress": done - begun, "train": trained.seconds, "stored": store.nbytes.total,
        "read": sum(path.stat().st_size for path in files), "worker": worker,
    }  # fmt: skip


def hours(seconds: float) -> str:
    """A time that people can compare."""
    for size, unit in ((86_400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
