"""Parquet files with a column of pictures, as Hugging Face writes them, one or a folder of them.

The pictures are a struct of `bytes` and `path`, or plain binary; the labels whole numbers or
text. Row groups are read forwards, some megabytes at a time, whatever their size.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import splits
from fewbytes.data.encoded import Encoded, EncodedSource
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.files import is_ours, is_store, stamp
from fewbytes.data.parquet_columns import Columns, find_columns, opened
from fewbytes.data.parquet_rows import Rows
from fewbytes.data.source import Source
from fewbytes.data.survey import common_shape
from fewbytes.data.wording import shown, some
from fewbytes.errors import SourceError

_SUFFIXES = (".parquet", ".parq")
_MOST_GROUPS_SAMPLED = 16


@dataclass(frozen=True, eq=False)
class Groups:
    """The row groups of a split: row group `inner[g]` of `files[g]` begins with record
    `starts[g]`; starts has one entry more, the number of records.
    """

    files: tuple[Path, ...]
    inner: tuple[int, ...]
    starts: NDArray[np.int64]


class ParquetSource(EncodedSource):
    """The pictures in Parquet files."""

    def __init__(
        self, root: Path, parts: dict[str, list[Path]], name: str, size: tuple[int, int] | None
    ) -> None:
        self.name = name
        self.root = root
        self.columns: Columns = find_columns([file for files in parts.values() for file in files])
        self.class_names = self.columns.class_names
        self.groups = {split: _groups(files) for split, files in parts.items()}
        self.sizes = {split: int(groups.starts[-1]) for split, groups in self.groups.items()}
        self._open: list[Rows] = []
        self.image_shape, self.remarks = common_shape(self, size)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": []}

    def records(self, split: str, ids: NDArray[np.int64]) -> Iterator[Encoded]:
        groups = self.groups[split]
        owners = np.searchsorted(groups.starts, ids, side="right") - 1
        for g in np.unique(owners):
            path, inner = groups.files[g], groups.inner[g]
            wanted = (ids[owners == g] - groups.starts[g]).tolist()
            rows = self._rows(path, inner, wanted[0])
            for row in wanted:
                content, label = rows.row(row)
                name = f"{shown(path.name)}, row group {inner}, row {row}"
                yield Encoded(name, self.columns.number(label), content)
            self._open[:] = [rows]

    def sample(self, split: str, most: int) -> NDArray[np.int64]:
        """Evenly spread over a few row groups, themselves evenly spread: to touch each would be to
        read all the bytes.
        """
        starts = self.groups[split].starts
        count = len(starts) - 1
        taken = np.unique(np.linspace(0, count - 1, min(count, _MOST_GROUPS_SAMPLED)).astype(int))
        ends = np.cumsum(starts[taken + 1] - starts[taken])
        total = int(ends[-1]) if count else 0
        places = np.arange(0, total, max(1, -(-total // most)), dtype=np.int64)
        owners = np.searchsorted(ends, places, side="right")
        sample: NDArray[np.int64] = places + (starts[taken + 1] - ends)[owners]
        return sample

    def fingerprint(self) -> str:
        """A hash of the names, sizes and times of the files."""
        lines = [repr((self.image_shape, self.class_names))]
        for split, groups in self.groups.items():
            lines += [
                f"{split} {file.relative_to(self.root)} {stamp(file)}"
                for file in dict.fromkeys(groups.files)
            ]
        text = "\n".join(lines).encode("utf-8", "surrogateescape")
        return hashlib.sha256(text).hexdigest()[:32]

    def _rows(self, path: Path, group: int, row: int) -> Rows:
        """A row group from a row on: where the last reader stands, if that leads there. Taken away
        while in use, since another thread may read too.
        """
        try:
            rows = self._open.pop()
        except IndexError:
            rows = None
        if rows is not None and rows.leads_to(path, group, row):
            return rows
        return Rows(self.columns, path, group)


class ParquetKind:
    """Parquet files and folders of them; not a compressed set, whose files hold no pictures."""

    def recognises(self, path: Path) -> bool:
        try:
            if path.is_file():
                return path.suffix.lower() in _SUFFIXES
            return path.is_dir() and not is_store(path) and bool(_below(path, first_only=True))
        except OSError:
            return False

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        if path.is_file():
            return EveryFifth(ParquetSource(path.parent, {"train": [path]}, name, size))
        files = _below(path)
        words = {file: _split_word(file.relative_to(path)) for file in files}
        assigned = splits.assign({word for word in words.values() if word})
        if not assigned:
            return EveryFifth(ParquetSource(path, {"train": files}, name, size))
        if "train" not in assigned:
            raise SourceError(f"{path}: {some(list(assigned.values()))} without train files beside")
        parts = {
            split: [file for file in files if words[file] == theirs]
            for split, theirs in assigned.items()
        }
        source = ParquetSource(path, parts, name, size)
        others = [file.name for file in files if words[file] not in assigned.values()]
        left = (f"files of no split are left out: {some(others)}",) if others else ()
        source.remarks = (*source.remarks, *splits.stands_in(assigned), *left)
        return source if "test" in assigned else EveryFifth(source)


KIND = ParquetKind()


def _groups(files: list[Path]) -> Groups:
    where, inner, counts = list[Path](), list[int](), list[int]()
    for path in files:
        with opened(path) as file:
            for g in range(file.metadata.num_row_groups):
                where.append(path)
                inner.append(g)
                counts.append(file.metadata.row_group(g).num_rows)
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
    return Groups(tuple(where), tuple(inner), starts)


def _below(folder: Path, *, first_only: bool = False) -> list[Path]:
    """The Parquet files in a folder, in the folders in it, and in folders of splits in those."""
    found = list[Path]()
    for depth, place in _to_search(folder):
        with os.scandir(place) as entries:
            for n, entry in enumerate(entries):
                if Path(entry.name).suffix.lower() in _SUFFIXES and entry.is_file():
                    found.append(place / entry.name)
                    if first_only:
                        return found
                if first_only and depth and n > 1000:
                    break  # a class folder, most likely; to look at all of it would take long
    return sorted(found)


def _to_search(folder: Path) -> Iterator[tuple[int, Path]]:
    yield 0, folder
    for below in _folders(folder):
        yield 1, below
        if below.name.lower() not in splits.WORDS:
            for split in _folders(below):
                if split.name.lower() in splits.WORDS:
                    yield 2, split


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [
            e.name for e in entries
            if e.name[0] not in "._" and e.is_dir() and not is_ours(e.path)
        ]  # fmt: skip
    return [folder / name for name in sorted(names)]


def _split_word(path: Path) -> str:
    """The name of a split in a path such as data/train-00000-of-00001.parquet; else nothing."""
    words = [path.name.replace("_", "-").replace(".", "-").split("-")[0], *path.parts[-2::-1]]
    return next((word for word in words if word.lower() in splits.WORDS), "")
