"""Parquet files of PNG pictures, DEST/data/train-00000-of-00002.parquet, as Hugging Face lays them
out: `load_dataset(DEST)` gives the features Image and ClassLabel.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from fewbytes.exports.job import Job
from fewbytes.exports.runs import runs
from fewbytes.exports.tables import schema, tables

SHARD_BYTES = 256 << 20
"""Of a file, about."""

MOST_TABLES = 1 << 14
"""Row groups of a file: Parquet counts them in 15 bits."""


def write(job: Job, place: Path) -> None:
    """Write the decoded images (h, w, 1 or 3) to the folder `place`.

    Raises:
        OSError: the file system refuses.
        CorruptError: the store is damaged.
    """
    folder = place / "data"
    folder.mkdir(parents=True)
    for split in job.splits:
        parts = _write_split(job, split, folder)
        for number, part in enumerate(parts):  # how many there are shows at the end
            part.rename(folder / f"{split}-{number:05d}-of-{len(parts):05d}.parquet")


def _write_split(job: Job, split: str, folder: Path) -> list[Path]:
    parts = []
    for number, run in runs(tables(job, split), lambda t: int(t.nbytes), SHARD_BYTES, MOST_TABLES):
        parts.append(folder / f"{split}-{number:05d}")
        with pq.ParquetWriter(
            parts[-1],
            schema(job.store),
            # PNG files do not shrink further
            compression={"image.bytes": "none", "image.path": "zstd", "label": "zstd"},
            use_dictionary=["label"],
            write_statistics=["label"],
            write_page_checksum=True,
        ) as writer:
            for table in run:
                writer.write_table(table, row_group_size=len(table))
    return parts
