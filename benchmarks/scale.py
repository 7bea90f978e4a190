"""How `compress` grows: with workers, and with records.

    python benchmarks/scale.py workers [--records 200000] [--repeats 3]
    python benchmarks/scale.py records [--most 1000000]

`workers`: records per second by one process and by two, local and on Ray, in turn, each in a
process of its own; medians, and the time that an engine takes to start. `records`: time and peak
memory of one process from 10,000 records on, times ten; exit code 1 where the time a record grows
by a half, or memory by a half. Records are MNIST's training images, moved round by a pixel more
with every 60,000, so that no two are the same.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import fewbytes as fb
from fewbytes.data.source import Piece, Source, as_piece
from fewbytes.scale import at_work
from fewbytes.store.write import compress

CODEC = "dct:8 | uniform:5 | range"

ENGINES = {
    "1 process": ("local", 1),
    "2 processes": ("local", 2),
    "Ray, 1": ("ray", 1),
    "Ray, 2": ("ray", 2),
}

STEP = 10
GREW = 1.5
"""More than so many times a figure of the smallest set is growth."""


class Moved(Source):
    """So many training images, a tenth as many to test on, made when they are read."""

    def __init__(self, records: int) -> None:
        self.name, self.image_shape = f"moved-{records}", (28, 28, 1)
        self.sizes = {"train": records, "test": records // 10}
        self._known = fb.load("mnist").train

    def read(self, split: str, start: int, stop: int) -> Piece:
        """See `Source`."""
        ids = self.numbers(split, start, stop)
        which, moves = ids % len(self._known), ids // len(self._known) + 400 * (split == "test")
        images = self._known.images[which].reshape(len(ids), -1)
        moved = np.concatenate([np.roll(images[moves == n], n, axis=1) for n in np.unique(moves)])
        labels = self._known.labels[which]
        first = int(ids[0]) if len(ids) else 0
        return as_piece(moved.reshape(-1, *self.image_shape), labels, first)

    def __reduce__(self) -> tuple[type[Moved], tuple[int]]:
        """Workers make their own."""
        return Moved, (self.sizes["train"],)

    def fingerprint(self) -> str:
        """See `Source`."""
        return self.name


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["workers", "records", "once"])
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--engine", default="1 process", choices=list(ENGINES))
    options = parser.parse_args()
    if options.what == "once":
        print(json.dumps(once(options.records, options.engine)))
        return 0
    return workers(options) if options.what == "workers" else records(options)


def once(count: int, name: str) -> dict[str, float]:
    """Compress so many records: seconds, those of the engine's start apart, and MiB of this process
    at most.
    """
    source = Moved(count)
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        at_work(ENGINES[name][0], workers=ENGINES[name][1]) as engine,
    ):
        begun = time.perf_counter()
        manifest = compress(source, Path(folder) / "a.fb", fb.codec(CODEC), engine=engine)
        done = time.perf_counter()
        stored = sum(file.bytes for file in manifest.files.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"start": begun - start, "seconds": done - begun, "memory": memory, "bytes": stored}


def apart(count: int, name: str) -> dict[str, float]:
    """`once` in a process of its own."""
    said = subprocess.run(
        [sys.executable, __file__, "once", "--records", str(count), "--engine", name],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def workers(options: argparse.Namespace) -> int:
    """The same records by each engine, in turn."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
    for _ in range(options.repeats):
        for name, each in found.items():
            each.append(apart(options.records, name))
    total = 1.1 * options.records
    base = statistics.median(one["seconds"] for one in found["1 process"])
    print(f"{total:,.0f} records, {CODEC}, medians of {options.repeats}")
    print("engine         records/s   of 1 process   start, s")
    for name, each in found.items():
        seconds = statistics.median(one["seconds"] for one in each)
        start = statistics.median(one["start"] for one in each)
        print(f"{name:<12} {total / seconds:>11,.0f} {base / seconds:>14.2f} {start:>10.1f}")
    same = len({one["bytes"] for each in found.values() for one in each}) == 1
    print("all stores have the same number of bytes" if same else "WRONG: stores differ")
    return int(not same)


def records(options: argparse.Namespace) -> int:
    """From 10,000 records to the most, by one process."""
    print("  records      seconds   us a record   MiB at most")
    found = []
    count = 10_000
    while count <= options.most:
        one = apart(count, "1 process")
        each = 1e6 * one["seconds"] / (1.1 * count)
        found.append((each, one["memory"]))
        print(
            f"{count:>9,} {one['seconds']:>12.1f} {each:>13.1f} {one['memory']:>13,.0f}", flush=True
        )
        count *= STEP
    grew = [later > GREW * first for first, later in zip(found[0], found[-1], strict=True)]
    print("WRONG: it grows" if any(grew) else "time is linear, memory is flat")
    return int(any(grew))


if __name__ == "__main__":
    sys.exit(main())
