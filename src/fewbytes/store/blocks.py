"""The blocks layout: a row a block, coded as a whole; the densest."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec
from fewbytes.codecs.records import fills_bytes
from fewbytes.errors import CorruptError
from fewbytes.store.labels import pack_labels, unpack_labels
from fewbytes.store.layout import CODE, MOST_RECORDS, Layout, only_chunk
from fewbytes.types import Labels

CHECKSUM_BYTES = 16


class Blocks(Layout):
    """`code` the payload of all records, `label` their labels, `first` the smallest id, `gaps` the
    ids that are missing after it, `count` how many records there are, `checksum` the first 16 bytes
    of the SHA-256 of the rest.

    Where the coder is free to choose the order of records, ids only count them: which of them was
    which in the source is not kept.
    """

    name = "blocks"
    own_ids = False

    def __init__(self, fitted: FittedCodec) -> None:
        super().__init__(fitted)
        columns = [
            (CODE, pa.binary()), ("label", pa.binary()), ("first", pa.int64()),
            ("count", pa.int32()), ("gaps", pa.binary()), ("checksum", pa.binary(CHECKSUM_BYTES)),
        ]  # fmt: skip
        self.schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])
        self.options = {
            "compression": {name: "zstd" if name == "label" else "none" for name, _ in columns},
            "compression_level": {"label": 9},
            "use_dictionary": False,
        }

    @property
    def tight(self) -> bool:
        return fills_bytes(self.symbols)

    @property
    def parquet_rows(self) -> int:
        return 1

    def table(self, codes: NDArray[Any], labels: Labels, ids: NDArray[np.int64]) -> pa.Table:
        missing = np.setdiff1d(np.arange(ids[0], ids[-1] + 1), ids)
        payload, labels = self.fitted.pack_block(codes, labels)
        values: list[Any] = [
            payload,
            pack_labels(labels),
            int(ids[0]),
            len(ids),
            (missing - ids[0]).astype("<u4").tobytes(),
        ]
        columns = [[value] for value in (*values, _checksum(*values))]
        return pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, self.schema, strict=True)], self.schema
        )

    def rows(self, block: pa.Table) -> NDArray[np.uint8]:
        rows = self._checked(block)
        parts = [self.to_rows(self._codes(row)) for row in rows]
        return np.concatenate(parts) if parts else np.zeros((0, self.row_bytes), np.uint8)

    def _codes(self, row: dict[str, Any]) -> NDArray[Any]:
        labels = unpack_labels(row["label"], row["count"])
        return self.fitted.unpack_block(row[CODE], labels)

    def labels(self, block: pa.Table) -> Labels:
        parts = [unpack_labels(row["label"], row["count"]) for row in self._unchecked(block)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def ids(self, block: pa.Table) -> NDArray[np.int64]:
        return np.concatenate([_ids(row) for row in self._unchecked(block)])

    def _checked(self, block: pa.Table) -> list[dict[str, Any]]:
        rows = self._unchecked(block)
        for row in rows:
            parts = (row[name] for name in self.schema.names[:-1])
            if _checksum(*parts) != row["checksum"]:
                raise CorruptError("a block does not match its checksum")
        return rows

    def _unchecked(self, block: pa.Table) -> list[dict[str, Any]]:
        for name in block.column_names:
            only_chunk(block.column(name))
        rows: list[dict[str, Any]] = block.to_pylist()
        if not all(0 < row["count"] <= MOST_RECORDS for row in rows):
            raise CorruptError(f"a block claims to hold more than {MOST_RECORDS} records")
        return rows


def _checksum(code: bytes, label: bytes, first: int, count: int, gaps: bytes) -> bytes:
    numbers = np.array([first, count, len(code), len(label)], "<i8").tobytes()
    return hashlib.sha256(numbers + code + label + gaps).digest()[:CHECKSUM_BYTES]


def _ids(row: dict[str, Any]) -> NDArray[np.int64]:
    gaps = np.frombuffer(row["gaps"], "<u4").astype(np.int64)
    ids: NDArray[np.int64] = row["first"] + np.setdiff1d(np.arange(row["count"] + len(gaps)), gaps)
    if len(ids) != row["count"]:
        raise CorruptError("the gaps of a block do not fit its count")
    return ids
