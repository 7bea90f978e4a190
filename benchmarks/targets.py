"""The figures that the study must reach: mean test accuracy of three seeds, from 256 values each.

    python benchmarks/targets.py [--out runs/mnist]

Runs the default study of `make study` where it is not done yet, prints how long it took, then each
codec's best line beside its target and beside the study that this project grew from.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import fewbytes as fb
from fewbytes.report.numbers import percent

TARGETS = {"dct": (99.5, 95.58), "projection": (99.3, 10.81), "downsample": (99.5, 98.63),
           "otsu": (98.8, 98.47)}  # fmt: skip


def main() -> None:
    """Run, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/mnist"))
    console = Console(width=110)
    start = time.perf_counter()
    run = fb.study("mnist", out=parser.parse_args().out)
    console.print(
        f"study: {(time.perf_counter() - start) / 60:.1f} minutes in this call, "
        f"{sum(row['train_seconds'] for row in run.rows) / 60:.1f} of training in all"
    )
    table = Table("codec", "view", "values", "test %", "target", "reached", "then", box=None)
    for name, (target, then) in TARGETS.items():
        lines = [
            line for line in run.lines
            if (name == "otsu") == ("otsu" in line.codec) and name in line.codec
        ]  # fmt: skip
        best = max(lines, key=lambda line: line.test_accuracy.mean)
        reached = 100 * best.test_accuracy.mean >= target
        table.add_row(
            best.codec, best.view, str(best.values_per_image), percent(best.test_accuracy),
            f"{target:.2f}", "yes" if reached else "NO", f"{then:.2f}",
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
