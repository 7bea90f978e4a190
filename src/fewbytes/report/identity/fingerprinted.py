"""Fingerprints on a terminal, and the progress of taking them."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from fewbytes.audits.finding import readable
from fewbytes.audits.fingerprints.fingerprinted import Fingerprint, Fingerprinted
from fewbytes.audits.fingerprints.sketch import Sketch
from fewbytes.report.progress import Bar

MOST_SHOWN = 10
"""Unreadable records that are named on a terminal."""


class FingerprintProgress(Bar):
    """Records read, of one set after another."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "records")

    def fingerprint_started(self, name: str, records: int) -> None:
        """Begin a set."""
        self.start(escape(name), records)

    def records_read(self, records: int) -> None:
        """Count some."""
        self.advance(records)


def table(found: Fingerprinted) -> Table:
    """Each split, and the whole where there are several."""
    grid = Table(box=None, show_header=False, pad_edge=False)
    grid.add_column(style="bold")
    grid.add_column()
    grid.add_column(overflow="fold")
    parts = (*found.splits, found.whole) if len(found.splits) > 1 else found.splits
    for part in parts:
        for number, (name, figure) in enumerate(_lines(part, found.kind)):
            grid.add_row(Text("" if number else part.split), name, Text(figure))
    return grid


def notes(found: Fingerprinted) -> list[str]:
    """Which records are in none of the figures."""
    lines = [f"unreadable: {one}" for one in found.unreadable[:MOST_SHOWN]]
    if found.whole.skipped > len(lines):
        lines.append(f"... {found.whole.skipped:,} unreadable in all")
    return lines


def _lines(part: Fingerprint, kind: str) -> list[tuple[str, str]]:
    unreadable = f"; {part.skipped:,} more cannot be read" if part.skipped else ""
    lines = [
        (f"{kind}s with labels", f"{len(part):,}, {part.records.distinct:,} distinct{unreadable}"),
        ("Merkle root", part.records.merkle_root.hex()),
        ("multiset hash", part.records.multiset.digest().hex()),
    ]
    if part.sketch is not None:
        lines += _sketched(part.sketch)
    return lines


def _sketched(sketch: Sketch) -> list[tuple[str, str]]:
    alike = sketch.look_alikes(sketch.radius)
    ends = f"{readable(alike.low, 'share')} to {readable(alike.high, 'share')}"
    return [
        ("sketch", sketch.digest().hex()),
        (
            "look-alikes",
            f"{readable(alike.value, 'share')} ({ends}) of images have another within "
            f"{sketch.radius} of 256 bits; {len(sketch):,} of {sketch.distinct:,} hashes looked up",
        ),
    ]
