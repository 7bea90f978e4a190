"""Bytes: the smallest stores that keep what a task needs, everything counted.

    python benchmarks/rate.py [--part masks|lossless|accuracy|speed ...] [--set NAME ...]
    FEWBYTES_DATA=... where Fashion-MNIST and the CIFAR-10 JPEG folder are

Total bytes of the store on disk (codes, labels, tables, weights, headers), divided by the images of
the source. Accuracies are means over paired seeds on the test split, which chose nothing: options
were settled on held-out training images. What is done is kept in --out, and a stopped run goes on.
"""

from __future__ import annotations

import argparse
import lzma
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

import fewbytes as fb
from fewbytes.report.numbers import percent
from fewbytes.studies.summary import Line

MASK = "downsample:16:antialias=true | otsu | threshold | context"
LOSSLESS = "identity | uint8 | context:units=40:steps=3000"


@dataclass(frozen=True)
class Target:
    """A row of the table. Bytes are per image of the source, or of the whole training set."""

    what: str
    source: str
    codec: str
    anchor: str
    most_bytes: float
    least_accuracy: float = 0.0
    most_loss: float = 1.0
    """Below the raw images with the same network, in points of one."""
    whole_train: bool = False
    seeds: int = 3


ACCURACY = (
    Target("within 0.1 points of raw", "mnist",
           "downsample:20:antialias=true | lloyd:4:shared=true | context", "PNG 258 B",
           12.6, most_loss=0.001, seeds=5),
    Target("at least 99.2 %", "mnist", "downsample:20:antialias=true | otsu | threshold | context",
           "98 B (conv. Tsetlin machine)", 8, 0.992, seeds=5),
    Target("at least 98.5 %", "mnist", MASK, "1,736 bits real", 5, 0.985, seeds=5),
    Target("whole training set, at least 99.2 %", "mnist",
           "downsample:20:antialias=true | otsu | threshold | context",
           "distillation 392 kB: 98.8 %", 392, 0.992, whole_train=True, seeds=5),
    Target("within 0.3 points of raw", "fashion-mnist",
           "downsample:20:antialias=true | lloyd:8:shared=true | context:units=48", "PNG 506 B",
           35, most_loss=0.003, seeds=5),
    Target("whole training set, at least 91 %", "fashion-mnist",
           "subset:0.32 | downsample:20:antialias=true | lloyd:4:shared=true | context:steps=1000",
           "distillation 392 kB: 83.6 %", 392, 0.91, whole_train=True),
    Target("within 0.5 points of raw", "cifar10-jpeg", "avif:66:chroma=444:layout=mosaic",
           "the folder itself: 921 B", 230.2, most_loss=0.005),
)  # fmt: skip


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--set", nargs="*", choices=SETS, default=list(SETS), help="of images")
    parser.add_argument("--out", type=Path, default=Path("runs/rate"))
    arguments = parser.parse_args()
    console = Console(width=130, emoji=False)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for part in arguments.part:
        if part in OF_MNIST and "mnist" not in arguments.set:
            continue
        PARTS[part](arguments.out, console, arguments.set)


def lossless(out: Path, console: Console, sets: list[str]) -> None:
    """Every pixel kept: all images of both splits."""
    table = Table("lossless", "anchor", "reach", "B an image", "fit and code, s", box=None)
    for source, anchor, reach in (
        ("mnist", "126.4 (Bit-Swap, estimate)", 120.0),
        ("fashion-mnist", "358 (JPEG XL mosaic)", 335.0),
    ):
        if source not in sets:
            continue
        store, seconds = _store(out, source, LOSSLESS)
        table.add_row(source, anchor, f"< {reach:g}", f"{_rate(store):.2f}", f"{seconds:.0f}")
    console.print(table)


def masks(out: Path, console: Console, sets: list[str]) -> None:
    """Otsu 16x16 masks of MNIST, tables counted."""
    table = Table("Otsu 16x16 masks of MNIST", "B an image", box=None)
    mask = MASK.rsplit("|", 1)[0]
    for coder in ("zstd", "xz", "jxl:100:layout=mosaic", "range", "context"):
        store, _ = _store(out, "mnist", f"{mask}| {coder}")
        table.add_row(coder, f"{_rate(store):.2f}")
    console.print(table)


def accuracy(out: Path, console: Console, sets: list[str]) -> None:
    """The smallest stores that train networks as accurate as is asked."""
    table = Table(
        "what", "set", Column("codec", overflow="fold"), "anchor", "at most", "B an image",
        "test %", "minus raw", "reached", box=None,
    )  # fmt: skip
    for target, line, train_bytes in _studied(out, sets):
        size = train_bytes / 1000 if target.whole_train else line.total_bytes
        loss = line.difference.mean if line.difference else 0.0
        reached = (
            size <= target.most_bytes
            and line.test_accuracy.mean >= target.least_accuracy
            and -loss <= target.most_loss
        )
        unit = "kB" if target.whole_train else "B"
        table.add_row(
            target.what, Path(target.source).name, line.codec, target.anchor,
            f"{target.most_bytes:g} {unit}", f"{size:.2f}", percent(line.test_accuracy),
            percent(line.difference) if line.difference else "", "yes" if reached else "NO",
        )  # fmt: skip
    console.print(table)


def _studied(out: Path, sets: list[str]) -> Iterator[tuple[Target, Line, int]]:
    """Each target with its line of a study of its source, and the bytes of its training set."""
    for source in sets:
        targets = [target for target in ACCURACY if target.source == source]
        for seeds in sorted({target.seeds for target in targets}, reverse=True):
            chosen = [target for target in targets if target.seeds == seeds]
            codecs = list(dict.fromkeys(target.codec for target in chosen))
            run = fb.study(
                _found(source, out), codecs=codecs, views=("auto",), models=("cnn",), seeds=seeds,
                out=out / f"{source}-{seeds}",
            )  # fmt: skip
            lines = {line.codec: line for line in run.lines}
            for target in chosen:
                size = _train_bytes(out, target) if target.whole_train else 0
                yield target, lines[str(fb.codec(target.codec))], size


def _train_bytes(out: Path, target: Target) -> int:
    """Bytes of the store of the training split alone, all that decoding it needs included."""
    store, _ = _store(out, target.source, target.codec)
    others = sum(store[name].nbytes.total for name in store.splits if name != "train")
    return store.nbytes.total - others


def speed(out: Path, console: Console, sets: list[str]) -> None:
    """Seconds to code 60,000 images and to decode them, beside xz and JPEG XL. The networks are
    fitted for a moment only: how fast they code does not depend on it.
    """
    table = Table("60,000 images of MNIST", "fit, s", "encode, s", "decode, s", "B", box=None)
    data = fb.load("mnist").train
    mask = MASK.rsplit("|", 1)[0]
    for spec in (
        f"{mask}| range", f"{mask}| context:steps=300", f"{mask}| xz",
        f"{mask}| jxl:100:layout=mosaic", "range", "context:steps=300", "xz",
        "jxl:100:layout=mosaic",
    ):  # fmt: skip
        start = time.perf_counter()
        fitted = fb.codec(spec).fit(data.images, labels=data.labels)
        fit = time.perf_counter() - start
        codes = fitted.encode(data.images)
        start = time.perf_counter()
        blob, labels = fitted.pack_block(codes, data.labels)
        encode = time.perf_counter() - start
        start = time.perf_counter()
        fitted.unpack_block(blob, labels)
        decode = time.perf_counter() - start
        table.add_row(
            str(fitted), f"{fit:.0f}", f"{encode:.1f}", f"{decode:.1f}",
            f"{len(blob) / len(codes):.2f}",
        )  # fmt: skip
    plain = data.images.tobytes()
    start = time.perf_counter()
    packed = lzma.compress(plain, preset=9)
    encode = time.perf_counter() - start
    start = time.perf_counter()
    lzma.decompress(packed)
    decode = time.perf_counter() - start
    size = f"{len(packed) / len(data.images):.2f}"
    table.add_row("xz -9 over the whole file", "", f"{encode:.1f}", f"{decode:.1f}", size)
    console.print(table)


def _store(out: Path, source: str, codec: str) -> tuple[fb.Store, float]:
    name = f"{source}-{codec}".replace(" ", "").replace("|", "-").replace(":", "_")
    path, note = out / f"{name}.fb", out / f"{name}.seconds"
    if not (path.exists() and note.exists()):
        start = time.perf_counter()
        fb.compress(source, path, codec=codec, workers=os.cpu_count() or 1, overwrite=True)
        note.write_text(str(time.perf_counter() - start))
    return fb.open(path), float(note.read_text())


def _rate(store: fb.Store) -> float:
    return store.nbytes.total / sum(len(store[name]) for name in store.splits)


def _found(source: str, out: Path) -> str:
    """A source by its name; the folder of JPEG files is unpacked where it is needed."""
    if source != "cifar10-jpeg":
        return source
    folder = out / source
    if not folder.exists():
        archive = Path(os.environ["FEWBYTES_DATA"]) / source / f"{source}.tar.xz"
        part = out / f"{source}.part"
        shutil.rmtree(part, ignore_errors=True)
        with tarfile.open(archive) as tar:
            tar.extractall(part, filter="data")
        inner = [path for path in part.iterdir() if path.is_dir()]
        (inner[0] if len(inner) == 1 else part).rename(folder)
    return str(folder)


SETS = ("mnist", "fashion-mnist", "cifar10-jpeg")
OF_MNIST = ("masks", "speed")
PARTS = {"masks": masks, "lossless": lossless, "accuracy": accuracy, "speed": speed}

if __name__ == "__main__":
    main()
