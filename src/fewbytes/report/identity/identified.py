"""Candidates that codes may be of, as a table, and progress through them."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from fewbytes.audits.identification.identified import Identified, Row, Verdict
from fewbytes.report.progress import Bar

_HEADER = ("data set", "codec", "split", "farthest by", "deviations", "p-value", "verdict")


def table(found: Identified) -> Table:
    """A row a candidate; those whose codes have another form say so in place of figures."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(_HEADER):
        grid.add_column(name, justify="right" if place in (4, 5) else "left", overflow="fold")
    for row in found.candidates:
        grid.add_row(*map(Text, _cells(found, row)))
    return grid


def _cells(found: Identified, row: Row) -> list[str]:
    verdict = str(found.verdict(row))
    if row.p_value is None or row.deviations is None:
        by = f" by {row.evidence}" if found.verdict(row) is Verdict.IMPOSSIBLE else ""
        return [row.dataset, row.codec, "", "", "", "", f"{verdict}{by}: {row.reason}"]
    return [
        row.dataset, row.codec, row.split, row.statistic, f"{row.deviations:+.1f}",
        f"{row.p_value:.2g}", verdict,
    ]  # fmt: skip


class IdentifyProgress(Bar):
    """Candidates compared."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "candidates")

    def identifying_started(self, candidates: int) -> None:
        """Begin."""
        self.start("comparing", candidates)

    def candidate_started(self, name: str) -> None:
        """Say what is compared."""
        self.note(escape(name))

    def candidate_finished(self, row: Row) -> None:
        """Count a candidate."""
        self.advance(1)
