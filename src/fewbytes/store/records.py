"""The records layout: a row an image, which every Parquet reader understands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec, RecordCoder
from fewbytes.store.layout import CODE, Layout, only_chunk
from fewbytes.store.page_header import is_plain_page
from fewbytes.types import Labels


class Records(Layout):
    """`code` fixed-size binary, `label` int64, `id` int64.

    Labels are dictionary-encoded and ids as differences, which costs next to nothing; what the
    coder does after its records are fixed-size (zstd) is Parquet's own compression of `code`.
    """

    name = "records"

    def __init__(self, fitted: FittedCodec) -> None:
        coder = fitted.codec.coder
        assert isinstance(coder, RecordCoder)
        self._coder = coder
        self.plain = coder.compression is None
        super().__init__(fitted)
        columns = [(CODE, pa.binary(self.row_bytes)), ("label", pa.int64()), ("id", pa.int64())]
        self.schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])
        self.options = {
            "compression": {CODE: coder.compression or "none", "label": "zstd", "id": "zstd"},
            "compression_level": {CODE: coder.compression_level, "label": 9, "id": 9}
            if coder.compression
            else {"label": 9, "id": 9},
            "use_dictionary": ["label"],
            "column_encoding": {CODE: "PLAIN", "id": "DELTA_BINARY_PACKED"},
        }

    @property
    def tight(self) -> bool:
        return self._coder.tight(self.symbols)

    def table(self, codes: NDArray[Any], labels: Labels, ids: NDArray[np.int64]) -> pa.Table:
        rows = pa.py_buffer(np.ascontiguousarray(self.to_rows(codes)))
        kind = self.schema.field(CODE).type
        code = pa.FixedSizeBinaryArray.from_buffers(kind, len(codes), [None, rows])
        return pa.table([code, pa.array(labels), pa.array(ids)], schema=self.schema)

    def rows(self, block: pa.Table) -> NDArray[np.uint8]:
        array = only_chunk(block.column(CODE))
        values = np.frombuffer(array.buffers()[1], np.uint8)
        start = array.offset * self.row_bytes
        return values[start : start + len(array) * self.row_bytes].reshape(-1, self.row_bytes)

    def is_plain(self, header: memoryview, records: int) -> bool:
        return is_plain_page(bytes(header), records, records * self.row_bytes)

    def labels(self, block: pa.Table) -> Labels:
        return _numbers(only_chunk(block.column("label")))

    def ids(self, block: pa.Table) -> NDArray[np.int64]:
        return _numbers(only_chunk(block.column("id")))


def _numbers(column: pa.Array) -> NDArray[np.int64]:
    """An int64 column (n,). Its own `to_numpy` imports pandas, where there is one, for nothing."""
    values = np.frombuffer(column.buffers()[1], np.int64)
    return values[column.offset : column.offset + len(column)]
