"""One shape for all pictures of a source, found by reading headers only."""

from __future__ import annotations

from fewbytes.data import pictures
from fewbytes.data.encoded import Encoded, EncodedSource, in_threads
from fewbytes.data.pictures import Header, UnreadableImageError
from fewbytes.errors import SourceError
from fewbytes.types import Shape

MOST_HEADERS = 20_000
"""Headers read of a split; of a larger one, so many evenly spread pictures stand for all."""


def common_shape(
    source: EncodedSource, size: tuple[int, int] | None
) -> tuple[Shape, tuple[str, ...]]:
    """(height, width, channels) that all pictures are brought to, and remarks.

    The size is the one asked for; else that of all pictures where they agree; else the median
    height and the median width of the training pictures. There is one channel where every picture
    looked at is grey, otherwise three.

    Raises:
        SourceError: no training picture has a readable header.
    """
    by_split = {split: _headers(source, split) for split in source.sizes}
    if not by_split["train"]:
        count = source.sizes["train"]
        raise SourceError(
            f"{source.name}: no readable image among {count:,} train "
            f"record{'s' if count != 1 else ''}{_first_reason(source)}"
        )
    headers = [header for found in by_split.values() for header in found]
    channels = 1 if all(header.grey for header in headers) else 3
    if size is not None:
        return (*size, channels), ()
    heights = sorted(header.height for header in by_split["train"])
    widths = sorted(header.width for header in by_split["train"])
    rows, columns = heights[len(heights) // 2], widths[len(widths) // 2]
    if all((header.height, header.width) == (rows, columns) for header in headers):
        return (rows, columns, channels), ()
    return (rows, columns, channels), (_remark(headers, rows, columns),)


def _headers(source: EncodedSource, split: str) -> list[Header]:
    with pictures.quiet():
        records = source.records(split, source.sample(split, MOST_HEADERS))
        found = in_threads(_header, records, source.threads)
        return [header for header in found if isinstance(header, Header)]


def _header(record: Encoded) -> Header | str:
    if record.reason or record.content is None:
        return record.reason or "no image"
    try:
        return pictures.header(record.content)
    except UnreadableImageError as error:
        return str(error)


def _first_reason(source: EncodedSource) -> str:
    for record in source.records("train", source.sample("train", 1)):
        return f" (the first, {record.name}: {_header(record)})"
    return ""


def _remark(headers: list[Header], rows: int, columns: int) -> str:
    small = f"{min(h.height for h in headers)} x {min(h.width for h in headers)}"
    large = f"{max(h.height for h in headers)} x {max(h.width for h in headers)}"
    return (
        f"images differ in size, from {small} to {large}: all are scaled to cover {rows} x "
        f"{columns}, the median of the train images, and cut to it centrally; size= sets another"
    )
