"""The rows of a row group, read forwards a batch at a time: groups may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fewbytes.data.parquet_columns import Columns, opened
from fewbytes.errors import SourceError

_BATCH_BYTES = 4 << 20
_MOST_ROWS = 1024


class Rows:
    """The rows of one row group, from the first to the last. Never goes back."""

    def __init__(self, columns: Columns, path: Path, group: int) -> None:
        self._place = (path, group)
        self._batches = _batches(columns, path, group)
        self._first = 0
        self._labels: Any = ()
        self._images: Any = ()

    def leads_to(self, path: Path, group: int, row: int) -> bool:
        """Whether a row can be had by going on from here."""
        return self._place == (path, group) and row >= self._first

    def row(self, row: int) -> tuple[bytes | None, Any]:
        """The encoded picture and the label of a row, none before the last one asked for.

        Raises:
            SourceError: a damaged file, or one that has been written again meanwhile.
        """
        while row - self._first >= len(self._labels):
            self._first += len(self._labels)
            self._images = self._labels = ()  # let go of the old batch before a new one is read
            self._images, self._labels = next(self._batches, ((), ()))
            if not len(self._labels):
                raise SourceError(f"{self._place[0]}: it has fewer rows than when it was opened")
        return self._images[row - self._first].as_py(), self._labels[row - self._first].as_py()


def _batches(columns: Columns, path: Path, group: int) -> Iterator[tuple[Any, Any]]:
    """Encoded pictures and labels, some megabytes at a time. The file is open meanwhile."""
    with opened(path) as file:
        kept = file.metadata.row_group(group)
        a_row = kept.total_byte_size // max(1, kept.num_rows)
        count = max(1, min(_MOST_ROWS, _BATCH_BYTES // max(1, a_row)))
        yield from columns.batches(file, group, count)
