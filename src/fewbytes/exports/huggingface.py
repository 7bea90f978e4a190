"""A `datasets.DatasetDict` as `save_to_disk` leaves it, for `datasets.load_from_disk`.

An Arrow file a split is written first and then mapped into memory, so that `datasets` can save it
without holding it. For a while the pictures are on the disk twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from fewbytes.errors import MissingExtraError
from fewbytes.exports.job import Job
from fewbytes.exports.tables import schema, tables


def write(job: Job, place: Path) -> None:
    """Write the decoded images (h, w, 1 or 3) to the folder `place`.

    Raises:
        MissingExtraError: the package `datasets` cannot be imported.
        OSError: the file system refuses.
        CorruptError: the store is damaged.
    """
    try:
        datasets: Any = import_module("datasets")
    except ImportError as error:
        raise MissingExtraError("a Hugging Face data set", "datasets", "huggingface") from error
    scratch = place / ".arrow"  # no split can be named so
    scratch.mkdir(parents=True)
    parts = {}
    for split in job.splits:
        path = scratch / f"{split}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema(job.store)) as out:
            for table in tables(job, split):
                out.write_table(table)
        parts[split] = datasets.Dataset.from_file(str(path))
    with _no_progress_bars(datasets):
        datasets.DatasetDict(parts).save_to_disk(place)
    shutil.rmtree(scratch)


@contextmanager
def _no_progress_bars(datasets: Any) -> Iterator[None]:
    """Our watcher tells of progress."""
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()
