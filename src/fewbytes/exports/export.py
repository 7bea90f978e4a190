"""Writing a store in another format: which formats there are, and what is checked beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fewbytes.codecs.registry import suggestion
from fewbytes.errors import InputError
from fewbytes.exports import huggingface, npz, parquet, png, webdataset
from fewbytes.exports.job import ENCODERS, ExportWatcher, Job, SilentExport
from fewbytes.exports.place import place
from fewbytes.store import Store

SPLIT_NAME = re.compile(r"\w{1,64}(\.\w{1,64})?", re.ASCII)
"""Splits become names of files. A store from elsewhere could hold one called `../..`."""


@dataclass(frozen=True)
class Format:
    """A format: how it is written, the `suffix` of its one file (none where it is a folder), and
    whether it holds `pictures`, which are grey or RGB, rather than arrays.
    """

    write: Callable[[Job, Path], None]
    suffix: str = ""
    pictures: bool = True


FORMATS = {
    "png": Format(png.write),
    "npz": Format(npz.write, suffix=".npz", pictures=False),
    "parquet": Format(parquet.write),
    "webdataset": Format(webdataset.write),
    "huggingface": Format(huggingface.write),
}


def export(store: Store, dest: Path, to: str, *, watcher: ExportWatcher | None = None) -> None:
    """Write the decoded images of `store` with their labels to `dest`, which is whole afterwards
    or not there. What the codec lost stays lost.

    Beside labels and numbers (16 bytes a record), memory does not grow with the store.

    Args:
        dest: a folder that is not there or empty; for `npz` a file that is not there.
        to: one of FORMATS.

    Raises:
        InputError: no such format, or one that cannot hold these images.
        OutputError: `dest` exists, or cannot be written.
        CorruptError: the store is damaged.
        MissingExtraError: `huggingface` without the package `datasets`.
    """
    chosen = _chosen(to)
    _check(store, dest, to, chosen)
    with place(dest, is_file=bool(chosen.suffix)) as part, ThreadPoolExecutor(ENCODERS) as pool:
        job = Job(store, pool, watcher or SilentExport())
        job.watcher.export_started(sum(map(len, store.splits.values())))
        chosen.write(job, part)


def _chosen(to: str) -> Format:
    if to not in FORMATS:
        raise InputError(
            f"no format is named {to!r}{suggestion(to, FORMATS)}; "
            f"the formats are: {', '.join(FORMATS)}"
        )
    return FORMATS[to]


def _check(store: Store, dest: Path, to: str, chosen: Format) -> None:
    where, channels = store.files.where, store.manifest.image_shape[-1]
    if chosen.pictures and channels not in (1, 3):
        raise InputError(
            f"{where}: its images have {channels} channels, and {to} holds 1 or 3; export to npz"
        )
    if chosen.suffix and dest.suffix.lower() != chosen.suffix:
        raise InputError(f"{to} is one file: name it {dest.name}{chosen.suffix}, not {dest.name}")
    for split in store.manifest.splits:
        if not SPLIT_NAME.fullmatch(split):
            raise InputError(f"{where}: a split named {split!r:.80} cannot be the name of a file")
