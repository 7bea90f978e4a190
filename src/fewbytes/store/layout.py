"""How a block of records lies in a Parquet file: a row an image, or a row a block.

The coder decides. One that gives every record the same number of bytes makes *records*: rows of
a fixed-size binary code, a label and an id, which every Parquet reader understands. Any other
makes *blocks*: one row holds the coded payload of all records of the block.

In both, a block is one row group of the file and `code` its first column, so that codes are one
range of bytes, and all the rest another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec, LabelCoder
from fewbytes.codecs.records import from_records, record_bytes, to_records
from fewbytes.errors import CorruptError
from fewbytes.types import Labels

CODE = "code"

BLOCK_BYTES = 2 << 20
"""Bytes of the rows of a block, about: large enough to be read at once, small enough to shuffle."""

LABELLED_BLOCK_SYMBOLS = 1 << 25
"""Symbols of a block whose coder uses labels: the more records, the more their order is worth."""

MOST_RECORDS = 1 << 16


class Layout(ABC):
    """The rows and columns of one block, for one fitted codec.

    In memory, codes are *rows*: (n, row_bytes) uint8, any of them reached at once. They are what
    records are on disk; the entropy-coded payload of a block is decoded to them.
    """

    name: ClassVar[str]
    schema: pa.Schema
    options: Mapping[str, Any]
    """For `pyarrow.parquet.ParquetWriter`: encodings and compressions of the columns."""

    def __init__(self, fitted: FittedCodec) -> None:
        self.fitted, self.symbols = fitted, fitted.symbols
        self.row_bytes = record_bytes(self.symbols, self.tight)

    @property
    @abstractmethod
    def tight(self) -> bool:
        """Whether rows hold symbols bit by bit, rather than in whole bytes."""

    @abstractmethod
    def table(self, codes: NDArray[Any], labels: Labels, ids: NDArray[np.int64]) -> pa.Table:
        """A block as a table: codes (n, *code_shape), labels (n,), ids (n,)."""

    @abstractmethod
    def rows(self, block: pa.Table) -> NDArray[np.uint8]:
        """The codes of a block's table as rows. Raises CorruptError."""

    @abstractmethod
    def labels(self, block: pa.Table) -> Labels:
        """Its labels (n,). Raises CorruptError."""

    @abstractmethod
    def ids(self, block: pa.Table) -> NDArray[np.int64]:
        """Their numbers, (n,), which are those in the source unless the coder chose an order of its
        own. Raises CorruptError.
        """

    own_ids: bool = True
    """Whether each record keeps its own id, whatever is missing between two, at no great cost."""

    plain: bool = False
    """Whether the `code` column of a block is a page's header, then its rows as they are."""

    def is_plain(self, header: memoryview, records: int) -> bool:
        """Whether the header of a page says that so many rows follow it, as they are."""
        return False

    @property
    def parquet_rows(self) -> int | None:
        """Rows of a row group; None where it is one a record."""
        return None

    @property
    def records_per_block(self) -> int:
        """A power of two that depends on the kind of coder and the size of a code alone."""
        rows = BLOCK_BYTES // self.row_bytes
        if isinstance(self.fitted.codec.coder, LabelCoder):
            rows = LABELLED_BLOCK_SYMBOLS // self.symbols.size
        wanted = 1 << max(0, rows.bit_length() - 1)
        return min(MOST_RECORDS, wanted)

    def to_rows(self, codes: NDArray[Any]) -> NDArray[np.uint8]:
        """Codes (n, *code_shape) as rows (n, row_bytes)."""
        return to_records(codes, self.symbols, self.tight)

    def to_codes(self, rows: NDArray[np.uint8]) -> NDArray[Any]:
        """The inverse of `to_rows`; what fills whole bytes is not copied."""
        return from_records(rows, self.symbols, self.tight)


def only_chunk(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, without nulls. Raises CorruptError."""
    if column.null_count:
        raise CorruptError("a column that may not be empty holds nulls")
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
