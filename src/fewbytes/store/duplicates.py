"""Records that are there twice, by the hashes of their pixels, in bounded memory.

Where there are many, hashes are first spread by their value over buckets on the disk, so that equal
ones meet in one bucket, and each bucket is sorted in memory: the partitioning of the GRACE hash
join (Kitsuregawa, Tanaka and Moto-oka 1983, "Application of Hash to Data Base Machine").
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes.durable import writing

AT_ONCE = 1 << 22
"""Records of a bucket, about, and of what is held before it is spread: some 200 MiB."""

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]

_ENTRY = np.dtype([("hash", "<u8"), ("number", "<i8")])


def repeated(
    hashes: Iterable[Hashes], records: int, folder: Path, most: int
) -> tuple[Numbers, Numbers, int]:
    """Records whose hash an earlier one has: the numbers of the first `most`, ascending; for each
    the number of the first that has its hash; and how many such records there are.

    Args:
        hashes: of all records, in order, in parts.
        records: how many there are.
        folder: where buckets may be kept for a while; it must not be there yet.

    Raises:
        OutputError: the folder cannot be written.
    """
    again, firsts, total = np.empty(0, np.int64), np.empty(0, np.int64), 0
    for bucket in _buckets(_numbered(hashes), -(-records // AT_ONCE), folder):
        more, of = _of_bucket(bucket)
        total += len(more)
        again, firsts = np.concatenate([again, more]), np.concatenate([firsts, of])
        kept = np.argsort(again)[:most]
        again, firsts = again[kept], firsts[kept]
    return again, firsts, total


def _numbered(parts: Iterable[Hashes]) -> Iterator[NDArray[np.void]]:
    """Entries of about AT_ONCE records at a time."""
    held: list[NDArray[np.void]] = []
    start = 0
    for part in parts:
        entries = np.empty(len(part), _ENTRY)
        entries["hash"], entries["number"] = part, np.arange(start, start + len(part))
        held.append(entries)
        start += len(part)
        if sum(map(len, held)) >= AT_ONCE:
            yield np.concatenate(held)
            held.clear()
    if held:
        yield np.concatenate(held)


def _buckets(
    parts: Iterator[NDArray[np.void]], count: int, folder: Path
) -> Iterator[NDArray[np.void]]:
    """All entries, those of equal hashes together, each bucket in the order of the records."""
    if count <= 1:
        yield np.concatenate([np.empty(0, _ENTRY), *parts])
        return
    try:
        with writing(folder):
            folder.mkdir()
            for part in parts:
                which = part["hash"] % np.uint64(count)
                for bucket in range(count):
                    with (folder / str(bucket)).open("ab") as file:
                        file.write(part[which == bucket].tobytes())
        for bucket in range(count):
            yield np.fromfile(folder / str(bucket), _ENTRY)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _of_bucket(entries: NDArray[np.void]) -> tuple[Numbers, Numbers]:
    """Numbers of repeated records, and of the first that has the same hash."""
    order = np.argsort(entries["hash"], kind="stable")
    hashes, numbers = entries["hash"][order], entries["number"][order]
    again = hashes[1:] == hashes[:-1]
    groups = np.maximum.accumulate(np.where(again, 0, np.arange(1, len(order))))
    return numbers[1:][again], numbers[groups][again]
