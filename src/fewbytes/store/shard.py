"""A shard: one Parquet file of a split, a row group a block."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fewbytes.errors import CorruptError, first_line
from fewbytes.store.files import Files
from fewbytes.store.layout import CODE, MOST_RECORDS, Layout
from fewbytes.store.manifest import BLOCK_DIGEST, Block, File, digest
from fewbytes.types import Labels

MAGIC = b"PAR1"

SLACK = 4096
"""Bytes that a row group may take beyond its columns' values: page headers, dictionaries."""


def shard_name(split: str, number: int, count: int) -> str:
    """The name that Parquet readers take a split from: data/train-00000-of-00002.parquet."""
    return f"data/{split}-{number:05d}-of-{count:05d}.parquet"


def write_shard(path: Path, layout: Layout, tables: Iterable[pa.Table]) -> None:
    """Write a shard of one block a table. Raises OSError."""
    write_parquet(path, layout.schema, layout.options, tables)


def write_parquet(
    target: Path | pa.NativeFile,
    schema: pa.Schema,
    options: Mapping[str, Any],
    tables: Iterable[pa.Table],
) -> None:
    """Write Parquet of one row group a table, with page checksums, its bytes decided by the tables
    and `options` alone; see `Layout.options`. Raises OSError.
    """
    options = dict(options)
    if "max_rows_per_page" in signature(pq.ParquetWriter).parameters:
        options["max_rows_per_page"] = MOST_RECORDS  # older ones know no such limit
    with pq.ParquetWriter(
        target,
        schema,
        write_page_checksum=True,
        write_statistics=False,
        store_schema=False,
        data_page_size=1 << 30,  # one page a column of a row group
        **options,
    ) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, len(table)))


def describe(path: Path, records: list[int]) -> File:
    """The manifest's entry for a shard whose blocks hold so many records each. Read a block at a
    time.
    """
    metadata = pq.read_metadata(path)
    whole = hashlib.sha256()
    with path.open("rb") as file:

        def upto(end: int | None) -> tuple[int, str]:
            """Length and digest of the bytes from here to `end`."""
            part = file.read(-1 if end is None else end - file.tell())
            whole.update(part)
            return len(part), digest(part, BLOCK_DIGEST)

        upto(len(MAGIC))
        blocks = []
        for number, count in enumerate(records):
            spans = _column_spans(metadata.row_group(number))
            start = file.tell()
            code, rest = upto(spans[0][1]), upto(spans[-1][1])
            blocks.append(Block(count, start, code[0], rest[0], code[1], rest[1]))
        footer, footer_digest = upto(None)
        return File(file.tell(), whole.hexdigest(), footer, footer_digest, tuple(blocks))


def _column_spans(group: pq.RowGroupMetaData) -> list[tuple[int, int]]:
    """(start, end) of each column in the file, one after another."""
    spans = []
    for number in range(group.num_columns):
        column = group.column(number)
        start = column.data_page_offset
        if column.has_dictionary_page:
            start = min(start, column.dictionary_page_offset)
        spans.append((start, start + column.total_compressed_size))
    return spans


HASHERS = 2
"""Threads that hash a file's parts: more do not help, memory is what is waited for."""


class Shard:
    """A shard open for reading. Nothing reaches the Parquet reader that has not been held to its
    hash, and nothing is decoded that claims to be larger than its records can be.
    """

    def __init__(self, files: Files, name: str, entry: File, layout: Layout) -> None:
        self._files, self.name, self.entry, self._layout = files, name, entry, layout

    def check_sizes(self) -> None:
        """Raise CorruptError where a block would take more memory than its records can."""
        for number in range(len(self.entry.blocks)):
            self._check_size(self._footer, number)

    def everything(self, rows: NDArray[np.uint8]) -> Labels:
        """Read the rows of all its blocks into `rows` (n, row_bytes), and return their labels;
        `check_sizes` first. Raises CorruptError.
        """
        if self._files.near and all(map(self._is_plain, self.entry.blocks)):
            return self._plainly(rows)
        entry = self.entry
        content = self._files.checked(self.name, 0, entry.bytes, entry.sha256)
        table = self._decode(pa.BufferReader(content), self._footer, None, None)
        found = self._layout.rows(table)
        if found.shape != rows.shape:
            raise self._corrupt(f"{len(found)} records in place of {len(rows)}")
        rows[:] = found
        return self._layout.labels(table)

    def _plainly(self, rows: NDArray[np.uint8]) -> Labels:
        """The same where codes lie in the file as they are: each is copied once, by a few threads,
        and hashed where it has come to lie.
        """
        if self._files.part(self.name, 0, len(MAGIC)) != MAGIC:
            raise self._corrupt("not a Parquet file")
        blocks = self.entry.blocks
        ends = np.cumsum([block.records for block in blocks])
        with ThreadPoolExecutor(HASHERS) as pool:
            targets = np.split(rows, ends[:-1])
            for _ in pool.map(self._fill, blocks, targets):
                pass
            rests = zip(blocks, pool.map(self._rest, blocks), strict=True)
            parts = {block.rest_offset: rest for block, rest in rests}
        source = _Parts(parts, self.entry.bytes)
        table = self._decode(
            pa.PythonFile(source, mode="r"), self._footer, None, self._all_but_codes
        )
        return self._layout.labels(table)

    def _is_plain(self, block: Block, code: bytes | None = None) -> bool:
        """Whether its codes are one header of a page, then the rows as they are."""
        length = block.code_bytes - block.records * self._layout.row_bytes
        if not self._layout.plain or not 0 < length <= SLACK:
            return False
        header = self._files.part(self.name, block.offset, length) if code is None else code
        return self._layout.is_plain(memoryview(header)[:length], block.records)

    def _fill(self, block: Block, rows: NDArray[np.uint8]) -> None:
        """Read a block's codes into `rows` (block.records, row_bytes), and check them there."""
        header = bytearray(block.code_bytes - rows.nbytes)
        body = rows.data.cast("B")
        count = self._files.fill(self.name, block.offset, [memoryview(header), body])
        found = hashlib.sha256(header)
        found.update(body)
        if count != block.code_bytes or found.hexdigest()[:BLOCK_DIGEST] != block.code_digest:
            raise self._corrupt(f"the codes at {block.offset} do not match their hash")

    def block(self, number: int) -> tuple[NDArray[np.uint8], Labels]:
        """Rows and labels of one block; nothing else is read. Raises CorruptError."""
        block = self.entry.blocks[number]
        code = self._files.checked(self.name, block.offset, block.code_bytes, block.code_digest)
        if self._is_plain(block, code):
            header = block.code_bytes - block.records * self._layout.row_bytes
            rows = np.frombuffer(code, np.uint8)[header:].reshape(block.records, -1)
            return rows, self._layout.labels(self.side(number))
        table = self._group(number, None, {block.offset: code})
        return self._layout.rows(table), self._layout.labels(table)

    def side(self, number: int) -> pa.Table:
        """All of a block but its codes, which are not read. Raises CorruptError."""
        return self._group(number, self._all_but_codes, {})

    def _rest(self, block: Block) -> bytes:
        """The bytes of a block after its codes. Raises CorruptError."""
        return self._files.checked(
            self.name, block.rest_offset, block.rest_bytes, block.rest_digest
        )

    @property
    def _all_but_codes(self) -> list[str]:
        return [name for name in self._layout.schema.names if name != CODE]

    def _group(self, number: int, columns: list[str] | None, parts: dict[int, bytes]) -> pa.Table:
        """Columns of a row group, of whose file those parts are at hand already."""
        block = self.entry.blocks[number]
        parts[block.rest_offset] = self._rest(block)
        metadata = self._footer
        self._check_size(metadata, number)
        source = pa.PythonFile(_Parts(parts, self.entry.bytes), mode="r")
        return self._decode(source, metadata, number, columns)

    @cached_property
    def _footer(self) -> pq.FileMetaData:
        entry = self.entry
        start = entry.bytes - entry.footer_bytes
        return self._metadata(
            self._files.checked(self.name, start, entry.footer_bytes, entry.footer_digest)
        )

    def _metadata(self, footer: bytes) -> pq.FileMetaData:
        try:
            metadata = pq.read_metadata(pa.BufferReader(MAGIC + footer))
            schema = metadata.schema.to_arrow_schema()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._corrupt(error) from error
        if not schema.equals(self._layout.schema):
            raise self._corrupt("its columns are not those of the store's codec")
        if metadata.num_row_groups != len(self.entry.blocks):
            raise self._corrupt("it has another number of blocks than the manifest says")
        return metadata

    def _check_size(self, metadata: pq.FileMetaData, number: int) -> None:
        group, block = metadata.row_group(number), self.entry.blocks[number]
        rows = self._layout.parquet_rows or block.records
        most = block.rest_bytes + block.code_bytes + SLACK
        most += block.records * (self._layout.row_bytes + 2 * 8)
        if group.num_rows != rows or group.total_byte_size > most:
            raise self._corrupt(f"block {number} is larger than its records")
        code = group.column(0)
        if _column_spans(group)[0] != (block.offset, block.rest_offset):
            raise self._corrupt(f"block {number} lies elsewhere than the manifest says")
        if self._layout.plain and (code.compression, code.has_dictionary_page) != (
            "UNCOMPRESSED", False,
        ):  # fmt: skip
            raise self._corrupt(f"the codes of block {number} are compressed")

    def _decode(
        self,
        source: pa.NativeFile,
        metadata: pq.FileMetaData,
        number: int | None,
        columns: list[str] | None,
    ) -> pa.Table:
        try:
            with pq.ParquetFile(
                source, metadata=metadata, page_checksum_verification=True, pre_buffer=False
            ) as file:
                if number is None:
                    return file.read(columns)
                return file.read_row_group(number, columns, use_threads=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._corrupt(error) from error

    def _corrupt(self, why: object) -> CorruptError:
        said = first_line(why) or type(why).__name__
        return CorruptError(f"{self._where}: {said}")

    @property
    def _where(self) -> str:
        return f"{self._files.where}: {self.name}"


class _Parts(io.RawIOBase):
    """A file of which only some parts are at hand; others are never asked for."""

    def __init__(self, parts: dict[int, bytes], size: int) -> None:
        super().__init__()
        self._parts, self._size, self._place = parts, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        for start, content in self._parts.items():
            if start <= self._place < start + len(content):
                first = self._place - start
                found = bytes(memoryview(content)[first : first + size if size >= 0 else None])
                self._place += len(found)
                return found
        raise OSError(f"{size} bytes at {self._place} are not of this block")
