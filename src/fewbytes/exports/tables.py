"""Tables of PNG files and labels as Hugging Face declares them, for Parquet and Arrow files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from fewbytes.exports.job import Job, Picture
from fewbytes.exports.names import class_names
from fewbytes.exports.runs import runs
from fewbytes.store import Store

MOST_ROWS, TABLE_BYTES = 1000, 32 << 20
"""Rows and bytes of a table, which becomes a row group: readers hold one whole."""


def schema(store: Store) -> pa.Schema:
    """`image`, a struct of `bytes` (a PNG file) and `path` (its name, 000012.png after the record's
    number), and `label`, int64, with the features Image and ClassLabel declared.
    """
    features = {
        "image": {"_type": "Image"},
        "label": {"names": class_names(store), "_type": "ClassLabel"},
    }
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    said = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.schema([("image", image), ("label", pa.int64())], metadata=said)


def tables(job: Job, split: str) -> Iterator[pa.Table]:
    """All records of a split in their order. Raises CorruptError."""
    columns = schema(job.store)
    pictures = job.pictures(split)
    for _, run in runs(pictures, lambda p: len(p.content), TABLE_BYTES, MOST_ROWS):
        yield _table(list(run), columns)


def _table(pictures: list[Picture], columns: pa.Schema) -> pa.Table:
    contents = pa.array([p.content for p in pictures], pa.binary())
    paths = pa.array([f"{p.key}.png" for p in pictures], pa.string())
    image = pa.StructArray.from_arrays([contents, paths], ["bytes", "path"])
    labels = pa.array([p.label for p in pictures], pa.int64())
    return pa.Table.from_arrays([image, labels], schema=columns)
