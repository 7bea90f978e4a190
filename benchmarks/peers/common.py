"""What every peer's script shares: records, timing, checks, order statistics and the JSON line.

A peer is a set of ways, the chosen one first. A way writes n records, codes (n, record_bytes) uint8
and labels (n,) int64, and then delivers shuffled epochs of batches: codes (b, record_bytes) and
labels (b,), b = 512 for all but the last. The first 8 bytes of a code are its record's number, so
that the order of delivery can be read back from what was delivered.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCH = 512
"""Records in a batch."""

Array = NDArray[Any]
Batch = tuple[Any, Any]
"""Codes (b, record_bytes) uint8 and labels (b,) integers, as NumPy arrays or torch tensors."""

Epoch = Callable[[int], Iterable[Batch]]
"""The batches of the epoch of that number."""


@dataclass(frozen=True)
class Way:
    """One documented way to use a peer: what it does, in words, how to write and how to open."""

    title: str
    write: Callable[[Path, Array, Array], None]
    open: Callable[[Path], Epoch]


class DishonestError(Exception):
    """A peer delivered something other than the records that it was given."""


def main(peer: str, package: str, ways: Mapping[str, Way], doc: str | None) -> None:
    """Run the script of a peer: write, measure, check, and print one JSON line."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="an empty or a new folder")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--record-bytes", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--way", choices=list(ways), default=next(iter(ways)))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if any(args.folder.iterdir()):
        parser.error(f"--folder {args.folder} is not empty")
    if args.record_bytes < 8:
        parser.error("--record-bytes must be 8 or more: the record's number takes 8")
    way = ways[args.way]
    codes, labels = records(args.records, args.record_bytes)
    way.write(args.folder, codes, labels)
    bytes_on_disk = sum(file.stat().st_size for file in args.folder.rglob("*") if file.is_file())
    seconds, order = measure(way.open, args.folder, codes, labels, args.epochs)
    line = {
        "peer": peer,
        "version": importlib.metadata.version(package),
        "records": args.records,
        "record_bytes": args.record_bytes,
        "way": way.title,
        "bytes_on_disk": bytes_on_disk,
        "epoch_seconds": seconds,
        "order": order,
    }
    print(json.dumps(line), flush=True)


def records(n: int, record_bytes: int) -> tuple[Array, Array]:
    """Random codes (n, record_bytes) uint8, numbered in their first 8 bytes, and labels (n,)."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (n, record_bytes), dtype=np.uint8)
    codes[:, :8] = np.arange(n, dtype="<i8")[:, None].view(np.uint8)
    return codes, rng.integers(0, 10, n, dtype=np.int64)


def numbers(codes: Array) -> Array:
    """The numbers (b,) int64 of the records with these codes (b, record_bytes) uint8."""
    return np.ascontiguousarray(codes[:, :8]).view("<i8")[:, 0]


def measure(
    open_store: Callable[[Path], Epoch], folder: Path, codes: Array, labels: Array, epochs: int
) -> tuple[list[float], dict[str, float]]:
    """Seconds of each epoch, opening included in the first, and the order of one further epoch.

    That one is not timed: it compares every delivered record with what was written.
    """
    n, seconds, starts = len(codes), [], []
    begin = time.perf_counter()
    epoch = open_store(folder)
    for number in range(epochs):
        seen, first = deliver(epoch(number))
        seconds.append(time.perf_counter() - begin)
        if seen not in (n, n - n % BATCH):
            raise DishonestError(f"epoch {number} delivered {seen} of {n} records")
        starts.append(numbers(first).tobytes())
        begin = time.perf_counter()
    if n > BATCH and len(set(starts)) < len(starts):
        raise DishonestError("two epochs began with the same records in the same order")
    return seconds, order(checked(epoch(epochs), codes, labels), n)


def deliver(batches: Iterable[Batch]) -> tuple[int, Array]:
    """Take all batches as training would; how many records there were, and the first codes."""
    seen, first = 0, None
    for codes, labels in batches:
        if len(codes) != len(labels):
            raise DishonestError(f"{len(codes)} codes came with {len(labels)} labels")
        if first is None:
            first = np.array(codes)
        seen += len(codes)
    if first is None:
        raise DishonestError("an epoch delivered nothing")
    return seen, first


def checked(batches: Iterable[Batch], codes: Array, labels: Array) -> Array:
    """The numbers (m,) of the records of one epoch in order of delivery, each record compared."""
    delivered = []
    for got_codes, got_labels in batches:
        rows = np.asarray(got_codes)
        if rows.dtype != np.uint8 or rows.ndim != 2:
            raise DishonestError(f"codes are {rows.dtype} {rows.shape}, not uint8 (b, bytes)")
        at = numbers(rows)
        if not (np.array_equal(rows, codes[at]) and np.array_equal(got_labels, labels[at])):
            raise DishonestError("a delivered record differs from the one that was written")
        delivered.append(at)
    if any(len(batch) != BATCH for batch in delivered[:-1]):
        raise DishonestError(f"a batch before the last has other than {BATCH} records")
    at = np.concatenate(delivered)
    if len(np.unique(at)) != len(at) or len(at) not in (len(codes), len(codes) // BATCH * BATCH):
        raise DishonestError(f"{len(np.unique(at))} of {len(codes)} records came, in {len(at)}")
    return at


def order(at: Array, n: int) -> dict[str, float]:
    """How well the storage positions `at` (m,), in order of delivery, are shuffled.

    rank_correlation: Spearman's, of order of delivery with order of storage: 0 of a perfect
    shuffle, 1 of none. neighbour_distance: the mean distance in storage of two records delivered
    one after the other, relative to the n / 3 of a perfect shuffle: 1 of it, 3 / n of none.
    """
    ranks = np.empty(len(at))
    ranks[np.argsort(at)] = np.arange(len(at))
    return {
        "rank_correlation": round(float(np.corrcoef(np.arange(len(at)), ranks)[0, 1]), 4),
        "neighbour_distance": round(float(np.abs(np.diff(at)).mean() / (n / 3)), 4),
    }
