"""One shape for all pictures of a source, found by reading headers only."""

from __future__ import annotations

from collections import Counter

from fewbytes.data import pictures
from fewbytes.data.encoded import Encoded, EncodedSource, in_threads
from fewbytes.data.pictures import Header, UnreadableImageError
from fewbytes.data.wording import shown
from fewbytes.errors import SourceError
from fewbytes.types import Shape

MOST_HEADERS = 20_000
"""Headers read of a split; of a larger one, so many evenly spread pictures stand for all."""

_MOST_NAMED = 5


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
    surveyed = {split: _headers(source, split) for split in source.sizes}
    by_split = {split: [h for _, h in found if h is not None] for split, found in surveyed.items()}
    if not by_split["train"]:
        count = source.sizes["train"]
        raise SourceError(
            f"{source.name}: no readable image among {count:,} train "
            f"record{'s' if count != 1 else ''}{_first_reason(source)}"
        )
    headers = [header for found in by_split.values() for header in found]
    barren = _barren(source, [one for found in surveyed.values() for one in found])
    channels = 1 if all(header.grey for header in headers) else 3
    if size is not None:
        return (*size, channels), barren
    heights = sorted(header.height for header in by_split["train"])
    widths = sorted(header.width for header in by_split["train"])
    rows, columns = heights[len(heights) // 2], widths[len(widths) // 2]
    if all((header.height, header.width) == (rows, columns) for header in headers):
        return (rows, columns, channels), barren
    return (rows, columns, channels), (*barren, _remark(headers, rows, columns))


def _headers(source: EncodedSource, split: str) -> list[tuple[int | None, Header | None]]:
    """The class and the header of the pictures looked at; None where it cannot be read."""

    def look(record: Encoded) -> tuple[int | None, Header | None]:
        found = _header(record)
        return record.label, found if isinstance(found, Header) else None

    with pictures.quiet():
        records = source.records(split, source.sample(split, MOST_HEADERS))
        return list(in_threads(look, records, source.threads))


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


def _barren(
    source: EncodedSource, found: list[tuple[int | None, Header | None]]
) -> tuple[str, ...]:
    """A remark for each class of which no picture looked at can be read, of many the first few."""
    counts = Counter(label for label, _ in found)
    sound = {label for label, header in found if header is not None}
    looked = "" if sum(source.sizes.values()) == len(found) else " looked at"
    empty = [k for k in range(len(source.class_names)) if counts[k] and k not in sound]
    remarks = [
        f"class {shown(source.class_names[k])}: no readable image among its "
        f"{counts[k]:,} {source.unit}{'s' if counts[k] != 1 else ''}{looked}"
        for k in empty[:_MOST_NAMED]
    ]
    if empty[_MOST_NAMED:]:
        remarks.append(f"{len(empty) - _MOST_NAMED:,} more classes without a readable image")
    return tuple(remarks)


def _remark(headers: list[Header], rows: int, columns: int) -> str:
    small = f"{min(h.height for h in headers)} x {min(h.width for h in headers)}"
    large = f"{max(h.height for h in headers)} x {max(h.width for h in headers)}"
    return (
        f"images differ in size, from {small} to {large}: all are scaled to cover {rows} x "
        f"{columns}, the median of the train images, and cut to it centrally; size= sets another"
    )
