"""The store beside its peers: epochs, opening, streaming, bytes, memory, time to an accuracy.

    python benchmarks/peers/environments.py        once: the peers, in environments of their own
    python benchmarks/store.py [--part NAME ...] [--rounds 5]

Parts: epochs, large, bytes, memory, accuracy; all of them if none is named. Ratios are within a
run, programs in turns, medians of the rounds; every program runs in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.environments import FOLDER, PEERS, run
from PIL import Image
from rich.console import Console
from rich.table import Table

import fewbytes as fb

N = 60_000
SCREEN = Console(width=118)

Line = dict[str, Any]


def table(title: str, *columns: str) -> Table:
    grid = Table(title=title, box=None, title_justify="left", header_style="bold", pad_edge=False)
    for i, name in enumerate(columns):
        grid.add_column(name, justify="right" if i else "left")
    return grid


# ----------------------------------------------------------------------- epochs


def epochs(args: argparse.Namespace) -> None:
    """A shuffled epoch of 60,000 codes in batches of 512."""
    for record_bytes in (32, 256):
        found: dict[str, list[Line]] = {}
        for number in range(args.rounds):
            for peer, way in [*((peer, None) for peer in PEERS), ("datasets", "torch")]:
                if number < args.peer_rounds or peer in ("memmap", "fewbytes"):
                    line = _epochs(peer, N, record_bytes, args, epochs=5, way=way)
                    name = f"{peer}, {way} format" if way else peer
                    found.setdefault(name, []).append(line)
        _show_epochs(found, record_bytes)


def _epochs(
    peer: str, n: int, record_bytes: int, args: argparse.Namespace, epochs: int,
    way: str | None = None,
) -> Line:  # fmt: skip
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        return run(
            peer, folder=Path(folder) / "set", records=n, record_bytes=record_bytes,
            epochs=epochs, way=way, environments=args.environments,
        )  # fmt: skip


def _show_epochs(found: dict[str, list[Line]], record_bytes: int) -> None:
    grid = table(
        f"{N:,} records of {record_bytes} bytes, shuffled, batches of 512",
        "", "version", "first ms", "ratio", "later ms", "ratio", "B/record", "rank corr.",
        "neighb.",
    )  # fmt: skip
    base = _medians(found["memmap"])
    for peer, lines in found.items():
        good = [line for line in lines if "error" not in line]
        if not good:
            grid.add_row(peer, lines[0]["error"][:60])
            continue
        first, later = _medians(good)
        order = good[0]["order"]
        grid.add_row(
            peer, good[0]["version"], f"{1e3 * first:.1f}", f"{first / base[0]:.1f}",
            f"{1e3 * later:.1f}", f"{later / base[1]:.2f}", f"{good[0]['bytes_on_disk'] / N:.1f}",
            f"{order['rank_correlation']:+.3f}", f"{order['neighbour_distance']:.3f}",
        )  # fmt: skip
    SCREEN.print(grid)
    SCREEN.print("ratios are to the memory map's epochs, first to first; that includes opening\n")


def _medians(lines: list[Line]) -> tuple[float, float]:
    """The first epoch and a later one, medians over rounds."""
    first = statistics.median(line["epoch_seconds"][0] for line in lines)
    return first, statistics.median(s for line in lines for s in line["epoch_seconds"][1:])


# ------------------------------------------------------------------------ large


def large(args: argparse.Namespace) -> None:
    """1.3 million records of 256 bytes: into memory, and streamed."""
    n = 1_300_000
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder) / "set"
        code = (
            "from peers.fewbytes import write; from peers.common import records; from pathlib "
            f"import Path; p = Path({str(path)!r}); p.mkdir(); write(p, *records({n}, 256))"
        )
        _python(code)
        opening = [float(_python(OPEN.format(path=str(path)))) for _ in range(args.rounds)]
        streams = [eval(_python(STREAM.format(path=str(path), n=n))) for _ in range(args.rounds)]
    SCREEN.print(f"1,300,000 records of 256 bytes, medians of {args.rounds}")
    SCREEN.print(f"  opened, checked and in memory: {statistics.median(opening):.2f} s")
    rates = [n / s["seconds"] for s in streams]
    SCREEN.print(f"  streamed: {statistics.median(rates) / 1e6:.2f} million records a second")
    for key, what in (("early", "half-way"), ("late", "at the end")):
        peak = statistics.median(s[key] for s in streams)
        SCREEN.print(f"    peak memory {what}: {peak / 2**20:.0f} MiB above that of the imports")
    line = _epochs("fewbytes", n, 256, args, epochs=1, way="stream")
    SCREEN.print(f"    order of delivery: {line.get('order', line)}\n")


OPEN = """
import time
import fewbytes.store
start = time.perf_counter()
split = fewbytes.store.open_store({path!r} + "/codes.fb")["train"]
split.resident(), split.labels
print(time.perf_counter() - start)
"""

STREAM = """
import time, torch
from pathlib import Path
import fewbytes.store
from fewbytes.codecs import Codec
status = Path("/proc/self/status")
peak = lambda: 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])
split = fewbytes.store.open_store({path!r} + "/codes.fb")["train"]
split.store.layout
base, seen, early = peak(), 0, 0
start = time.perf_counter()
for x, y in split.batches(512, view="symbols", shuffle=True, seed=0, memory=0):
    seen += len(x)
    early = early or (seen > {n} // 2 and peak() - base)
assert seen == {n}
seconds = time.perf_counter() - start
print(dict(seconds=seconds, early=early, late=peak() - base))
"""


def _python(code: str) -> str:
    """What a Python program prints, in the folder of the benchmarks."""
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip()


# ------------------------------------------------------------------------ bytes


def bytes_on_disk(args: argparse.Namespace) -> None:
    """What the container adds to the coder's payload, for the 60,000 training images of MNIST."""
    grid = table(
        f"{N:,} records: codes on disk beside the coder's own bytes for them", "codec", "layout",
        "by blocks", "on disk", "more %", "in one go", "all bytes", "of it labels, ids",
    )  # fmt: skip
    data = fb.load("mnist")
    specs = (
        "otsu | downsample:16 | threshold | bitpack", "otsu | downsample:16 | threshold | zstd",
        "otsu | downsample:16 | threshold | xz:9", "dct:16 | uniform:8 | raw",
        "dct:16 | uniform:8 | zstd", "identity | uint8 | zstd",
    )  # fmt: skip
    for spec in specs:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            store = fb.compress(data, Path(folder) / "set.fb", codec=spec)
            split = store["train"]
            codes = np.split(split.codes(), split.block_starts[1:-1])
            own = sum(len(store.codec.pack(block)) for block in codes)
            whole = len(store.codec.pack(split.codes()))
            grid.add_row(
                spec.replace(":antialias=true", ""), store.manifest.layout, f"{own:,}",
                f"{split.nbytes.payload:,}", f"{100 * (split.nbytes.payload / own - 1):+.2f}",
                f"{whole:,}", f"{split.nbytes.total:,}", f"{split.nbytes.side:,}",
            )  # fmt: skip
    SCREEN.print(grid)
    SCREEN.print()


# ----------------------------------------------------------------------- memory

LIMIT = 1 << 30


def memory(args: argparse.Namespace) -> None:
    """Compressing a folder of bitmaps that is larger than 1 GiB, in less."""
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        pictures = Path(folder) / "pictures"
        held = _make_pictures(pictures, LIMIT * 5 // 4)
        for workers in (1, 2):
            target = Path(folder) / f"{workers}.fb"
            command = [
                sys.executable, "-m", "fewbytes.cli", "compress", str(pictures), str(target),
                "--codec", "downsample:32:antialias=true | zstd", "--workers", str(workers),
            ]  # fmt: skip
            peak, seconds = _peak_of(command)
            manifest = fb.open(target).manifest
            if manifest.skipped:
                raise SystemExit(f"{manifest.skipped} pictures were left out")
            SCREEN.print(
                f"{held / 2**20:,.0f} MiB of bitmaps compressed by {workers} "
                f"process{'es' if workers > 1 else ''} of at most 1,024 MiB of data each, in "
                f"{seconds:.0f} s: peak {peak / 2**20:,.0f} MiB, all processes together"
            )
    SCREEN.print()


def _make_pictures(folder: Path, total_bytes: int) -> int:
    """Class folders of 24-bit bitmaps of noise over ramps, 224 x 224."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 200, 224, dtype=np.uint8)[:, None, None]
    held = number = 0
    while held < total_bytes:
        path = folder / f"class {number % 10}" / f"{number:06d}.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = ramp + rng.integers(0, 50, (224, 224, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        held += path.stat().st_size
        number += 1
    return held


def _peak_of(command: list[str]) -> tuple[int, float]:
    """Peak memory, shared pages counted once, of a program and all that it starts; seconds."""
    begin, peak = time.perf_counter(), 0
    with subprocess.Popen(command, preexec_fn=_limit, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_proportional_bytes, _family(process.pid))))
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return peak, time.perf_counter() - begin


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
        except (OSError, ValueError, IndexError):
            continue
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


# --------------------------------------------------------------------- accuracy


def accuracy(args: argparse.Namespace) -> None:
    """From the compressed file to an accuracy on MNIST's test images, everything included."""
    codec = "downsample:16:antialias=true | uint8 | zstd"
    grid = table(
        f"{codec}, from the file to the predictions, a process each, median of 5 seeds",
        "epochs", "seconds, opening included", "test %", "lowest", "highest",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder) / "mnist.fb"
        store = fb.compress("mnist", path, codec=codec)
        for epochs_ in args.epochs:
            runs = [
                eval(_python(TRAIN.format(path=str(path), seed=s, epochs=epochs_)))
                for s in range(5)
            ]
            right = [100 * found for _, found in runs]
            grid.add_row(
                str(epochs_), f"{statistics.median(s for s, _ in runs):.1f}",
                f"{statistics.median(right):.2f}", f"{min(right):.2f}", f"{max(right):.2f}",
            )  # fmt: skip
        per_image = store.nbytes.total / 70_000
    SCREEN.print(grid)
    SCREEN.print(f"{per_image:.1f} bytes an image, everything counted\n")


TRAIN = """
import time
import fewbytes.learn, fewbytes.store, torch
start = time.perf_counter()
store = fewbytes.store.open_store({path!r})
recipe = fewbytes.learn.Recipe(epochs={epochs})
found = fewbytes.learn.train_on(store, view="code", seed={seed}, recipe=recipe)
print((time.perf_counter() - start, found.test_accuracy))
"""

PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "epochs": epochs, "large": large, "bytes": bytes_on_disk, "memory": memory,
    "accuracy": accuracy,
}  # fmt: skip


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=1, help="of the slow ones")
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--folder", type=Path, help="where sets are written; default: temporary")
    parser.add_argument("--environments", type=Path, default=FOLDER)
    args = parser.parse_args()
    SCREEN.print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}\n")
    for name in args.part or PARTS:
        PARTS[name](args)


if __name__ == "__main__":
    main()
