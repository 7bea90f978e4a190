"""The blocks layout: a row a block, coded as a whole; the densest."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec, Symbols, bits
from fewbytes.errors import CorruptError
from fewbytes.store.layout import CODE, MOST_RECORDS, Layout, only_chunk
from fewbytes.types import MOST_CLASSES, Labels

CHECKSUM_BYTES = 16


class Blocks(Layout):
    """`code` the payload of all records, `label` their labels in as few bits as the largest needs,
    `first` the id of the first record, `gaps` the ids that are missing after it, `count` how many
    records there are, `checksum` the first 16 bytes of the SHA-256 of the rest.
    """

    name = "blocks"

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
        return self.symbols.bits in (1, 2, 4)

    @property
    def parquet_rows(self) -> int:
        return 1

    def table(self, codes: NDArray[Any], labels: Labels, ids: NDArray[np.int64]) -> pa.Table:
        missing = np.setdiff1d(np.arange(ids[0], ids[-1] + 1), ids)
        values: list[Any] = [
            self.fitted.pack(codes),
            _pack_labels(labels),
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
        parts = [self.to_rows(self.fitted.unpack(row[CODE], row["count"])) for row in rows]
        return np.concatenate(parts) if parts else np.zeros((0, self.row_bytes), np.uint8)

    def labels(self, block: pa.Table) -> Labels:
        parts = [_unpack_labels(row["label"], row["count"]) for row in self._unchecked(block)]
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


def _pack_labels(labels: Labels) -> bytes:
    """A byte with the bits of a label, then all labels side by side."""
    symbols = Symbols((len(labels),), int(labels.max()) + 1)
    packed = bits.pack(labels.astype(symbols.dtype)[None], symbols)
    return bytes([symbols.bits]) + packed.tobytes()


def _unpack_labels(blob: bytes, count: int) -> Labels:
    width = blob[0] if blob else 0
    if not 1 <= width <= (MOST_CLASSES - 1).bit_length():
        raise CorruptError(f"labels of {width} bits")
    symbols = Symbols((count,), 1 << width)
    if len(blob) - 1 != bits.packed_bytes(symbols):
        raise CorruptError(f"{count} labels take {bits.packed_bytes(symbols)} bytes")
    labels: Labels = bits.unpack(np.frombuffer(blob, np.uint8, offset=1)[None], symbols)[0]
    return labels.astype(np.int64)
