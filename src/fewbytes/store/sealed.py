"""The layout of encrypted stores: a row a block, of two messages, its codes and all the rest.

A block is what it would be without encryption, Parquet in memory with the compression that its own
layout asks for, but as two files, of its codes and of its other columns: so labels are read without
codes here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fewbytes.errors import CorruptError, first_line
from fewbytes.store.layout import CODE, Layout
from fewbytes.store.seal import Seal
from fewbytes.store.shard import write_parquet
from fewbytes.types import Labels

REST = "rest"

PARTS = {CODE: "codes", REST: "labels"}
"""What each column is called where it was changed, and bound to."""


class Sealed(Layout):
    """`code` the encrypted codes of a block of the layout `inner`, `rest` its other columns."""

    name = "sealed"

    def __init__(self, inner: Layout, seal: Seal) -> None:
        self._inner, self._seal = inner, seal
        super().__init__(inner.fitted)
        self.own_ids = inner.own_ids
        self.schema = pa.schema([pa.field(name, pa.binary(), nullable=False) for name in PARTS])
        self.options = {"compression": "none", "use_dictionary": False}
        names = inner.schema.names
        self._columns = {CODE: [CODE], REST: [name for name in names if name != CODE]}

    @property
    def tight(self) -> bool:
        return self._inner.tight

    @property
    def parquet_rows(self) -> int:
        return 1

    @property
    def records_per_block(self) -> int:
        return self._inner.records_per_block

    def table(self, codes: NDArray[Any], labels: Labels, ids: NDArray[np.int64]) -> pa.Table:
        block = self._inner.table(codes, labels, ids)
        row = []
        for part, columns in self._columns.items():
            sink = pa.BufferOutputStream()
            write_parquet(sink, self._schema(columns), self._inner.options, [block.select(columns)])
            row.append([self._seal.encrypt(_bytes_of(sink.getvalue()), PARTS[part])])
        return pa.table(row, schema=self.schema)

    def rows(self, block: pa.Table) -> NDArray[np.uint8]:
        parts = [self._inner.rows(table) for table in self._tables(block, (CODE, REST))]
        return np.concatenate(parts) if parts else np.zeros((0, self.row_bytes), np.uint8)

    def labels(self, block: pa.Table) -> Labels:
        parts = [self._inner.labels(table) for table in self._tables(block, (REST,))]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def ids(self, block: pa.Table) -> NDArray[np.int64]:
        return np.concatenate([self._inner.ids(t) for t in self._tables(block, (REST,))])

    def _tables(self, block: pa.Table, parts: Sequence[str]) -> list[pa.Table]:
        """The blocks of a table as they were before they were encrypted, or parts of them."""
        columns = {part: block.column(part) for part in parts}
        if any(column.null_count for column in columns.values()):
            raise CorruptError("a column that may not be empty holds nulls")
        tables = []
        for row in range(len(block)):
            found = [self._decrypted(part, column[row]) for part, column in columns.items()]
            arrays = [column for table in found for column in table.columns]
            names = [name for part in parts for name in self._columns[part]]
            tables.append(pa.table(arrays, schema=self._schema(names)))
        return tables

    def _decrypted(self, part: str, message: pa.BinaryScalar) -> pa.Table:
        content = self._seal.decrypt(_bytes_of(message.as_buffer()), PARTS[part])
        try:
            with pq.ParquetFile(pa.BufferReader(content), pre_buffer=False) as file:
                table = file.read(use_threads=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise CorruptError(f"a block is no Parquet: {first_line(error)}") from error
        if not table.schema.equals(self._schema(self._columns[part])):
            raise CorruptError("the columns of a block are not those of the store's codec")
        return table

    def _schema(self, columns: Sequence[str]) -> pa.Schema:
        return pa.schema([self._inner.schema.field(name) for name in columns])


def _bytes_of(buffer: pa.Buffer) -> memoryview:
    """The bytes of a buffer, which are signed ones to pyarrow, without a copy."""
    return memoryview(buffer).cast("B")
