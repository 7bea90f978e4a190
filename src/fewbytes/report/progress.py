"""Progress of compressing, exporting and training, on a terminal; silent elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from fewbytes.audits.finding import Finding
from fewbytes.learn import Tested
from fewbytes.report.numbers import size
from fewbytes.store.tasks import BlockDone


class Bar:
    """One bar with a note at its end. Use it as a context manager."""

    def __init__(self, console: Console, unit: str) -> None:
        self.console, self._unit = console, unit
        columns = [
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
        ]
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID = self._bars.add_task("", total=None, note="", unit=unit)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def start(self, what: str, total: int | None, unit: str | None = None) -> None:
        """Begin anew, perhaps with other things to count."""
        self._unit = unit or self._unit
        self._bars.reset(self._task, total=total, description=what, note="", unit=self._unit)

    def note(self, text: str) -> None:
        """Say something beside the bar."""
        self._bars.update(self._task, note=text)

    def advance(self, by: int) -> None:
        """Move on."""
        self._bars.advance(self._task, by)

    def move_to(self, place: int) -> None:
        """Move to a place."""
        self._bars.update(self._task, completed=place)


class CompressProgress(Bar):
    """Images done and their bytes; of the files written so far, bytes in, out and their ratio."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "images")
        self._read, self._in, self._out = 0, 0, 0
        self._to_send, self._sent = 0, 0

    def choosing(self) -> None:
        """Say that the training images to keep are being chosen."""
        self.start("choosing images", None)

    def compress_started(self, images: int) -> None:
        """Say how many there are."""
        self.start("compressing", images)

    def fitting(self) -> None:
        """Say that the codec is being fitted."""
        self.note("fitting the codec")

    def block_finished(self, done: BlockDone) -> None:
        """Count a block."""
        self._read += done.bytes_in
        self.advance(done.images)
        self._show()

    def shard_finished(self, bytes_in: int, bytes_out: int) -> None:
        """Count a file of the store."""
        self._in += bytes_in
        self._out += bytes_out
        self._show()

    def upload_started(self, files: int, bytes: int) -> None:
        """Say how many files there are to send."""
        self._to_send, self._sent = bytes, 0
        self.start("sending", files, "files")

    def file_uploaded(self, bytes: int) -> None:
        """Count a file."""
        self._sent += bytes
        self.advance(1)
        self.note(f"{size(self._sent)} of {size(self._to_send)}")

    def _show(self) -> None:
        written = ""
        if self._out:
            ratio = self._in / self._out
            written = f", {size(self._in)} of them in {size(self._out)}: {ratio:.1f} times smaller"
        self.note(f"{size(self._read)} read{written}")


class ExportProgress(Bar):
    """Images written."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "images")

    def export_started(self, images: int) -> None:
        """Say how many there are."""
        self.start("exporting", images)

    def export_advanced(self, images: int) -> None:
        """Count some."""
        self.advance(images)


class MeasureProgress(Bar):
    """Groups of measures done, of one store after another."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "groups of measures")
        self._store = ""

    def about(self, store: str) -> None:
        """Say which store comes next."""
        self._store = store

    def measuring_started(self, groups: int) -> None:
        """Begin a store."""
        self.start(escape(self._store), groups)

    def group_started(self, name: str) -> None:
        """Say what is measured."""
        self.note(name)

    def group_finished(self, name: str, seconds: float) -> None:
        """Count a group."""
        self.advance(1)


class AuditProgress(Bar):
    """Groups of attacks done, and what they found."""

    def __init__(self, console: Console, store: str) -> None:
        super().__init__(console, "groups of attacks")
        self._store, self._group = store, ""
        self.findings: list[Finding] = []
        self.records = 0
        self.left: list[str] = []
        """Groups that have not been run to their end."""

    def audit_started(self, groups: Sequence[str], records: int) -> None:
        """Begin."""
        self.left, self.records = list(groups), records
        self.start(escape(self._store), len(groups))

    def group_started(self, name: str) -> None:
        """Say what is tried."""
        self._group = name
        self.note(name)

    def at(self, text: str) -> None:
        """Say what a long attack is at."""
        self.note(f"{self._group}: {escape(text)}")

    def found(self, findings: Sequence[Finding]) -> None:
        """Keep what was found."""
        self.findings.extend(findings)

    def group_finished(self, name: str, seconds: float) -> None:
        """Count a group."""
        self.left.remove(name)
        self.advance(1)


class TrainProgress(Bar):
    """Steps of a training; a line for every one that is done."""

    def __init__(self, console: Console, first_seed: int) -> None:
        super().__init__(console, "steps")
        self._seed = first_seed
        self._loss = 0.0

    def training_started(self, steps: int) -> None:
        """Begin a training."""
        self.start(f"seed {self._seed}", steps)

    def step_finished(self, step: int, loss: float) -> None:
        """Move the bar."""
        self._loss = loss if step == 1 else 0.95 * self._loss + 0.05 * loss
        self.move_to(step)
        self.note(f"loss {self._loss:.3f}")

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Print the validation accuracy."""
        text = f"seed {self._seed}, epoch {epoch}: validation {100 * val_accuracy:.2f} %"
        self.console.print(text, highlight=False)

    def finished(self, tested: Tested) -> None:
        """Print the outcome."""
        text = f"seed {self._seed}: test {100 * tested.test_accuracy:.2f} %"
        self.console.print(f"{text}, {tested.trained.seconds:.1f} s", highlight=False)
        self._seed += 1
