"""Headers of Parquet pages: those that are written are understood, altered ones never wrongly."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fewbytes.store.page_header import is_plain_page

ROWS, WIDTH = 64, 16
SIZE = ROWS * WIDTH


def written(**options: object) -> bytes:
    """The header of the first page of a column of 16-byte values."""
    column = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(WIDTH), ROWS, [None, pa.py_buffer(b"\xee" * SIZE)]
    )
    schema = pa.schema([pa.field("code", pa.binary(WIDTH), nullable=False)])
    file = io.BytesIO()
    plain = {"compression": "none", "use_dictionary": False}
    pq.write_table(pa.table([column], schema=schema), file, **(plain | options))
    length = pq.ParquetFile(file).metadata.row_group(0).column(0).total_compressed_size
    return file.getvalue()[4 : 4 + max(length - SIZE, 16)]


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("statistics", [False, True])
def test_what_parquet_writes_is_plain(checksum: bool, statistics: bool) -> None:
    header = written(write_page_checksum=checksum, write_statistics=statistics)
    assert is_plain_page(header, ROWS, SIZE)
    assert not is_plain_page(header, ROWS + 1, SIZE)
    assert not is_plain_page(header, ROWS, SIZE + 1)
    assert not is_plain_page(header + b"\0", ROWS, SIZE)
    for end in range(len(header)):
        assert not is_plain_page(header[:end], ROWS, SIZE)


def test_a_dictionary_is_not_plain() -> None:
    assert not is_plain_page(written(use_dictionary=True), ROWS, SIZE)


def test_a_compressed_page_is_not_plain() -> None:
    assert not is_plain_page(written(compression="zstd"), ROWS, SIZE)


def test_what_says_where_data_lie_cannot_be_altered() -> None:
    """Nothing before the encodings of levels, of which there are none, but 5 for 6, i32 for i64."""
    header = written(write_statistics=False)
    levels = header.index(b"\x15\x06\x15\x06")
    for place in range(levels):
        altered = [header[:place] + bytes([byte]) + header[place + 1 :] for byte in range(256)]
        plain = [byte for byte, one in enumerate(altered) if is_plain_page(one, ROWS, SIZE)]
        assert plain in ([header[place]], [0x15, 0x16])


def test_random_bytes_are_not_plain() -> None:
    rng = np.random.default_rng(0)
    for length in rng.integers(0, 60, 2000):
        assert not is_plain_page(rng.bytes(int(length)), ROWS, SIZE)
