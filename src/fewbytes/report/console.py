"""Progress and results on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fewbytes.report.numbers import percent
from fewbytes.report.study import tables
from fewbytes.studies.grid import Cell
from fewbytes.studies.results import Row
from fewbytes.studies.summary import Line, marked

PLAIN_WIDTH = 112
"""Columns of output that goes to a file or a pipe."""


class _Console(Console):
    """Leaves it to the command line what a reader that has gone away means."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, which is being handled here, on."""
        raise


def console(stderr: bool = False, quiet: bool = False) -> Console:
    """Where a verb prints: a terminal of any width, or a file of PLAIN_WIDTH columns; nowhere where
    it is to be `quiet`.
    """
    # a codec such as jxl:100:... is no emoji
    terminal = _Console(stderr=stderr, quiet=quiet, emoji=False)
    if terminal.is_terminal:
        return terminal
    return _Console(stderr=stderr, quiet=quiet, width=PLAIN_WIDTH, emoji=False)


def say(screen: Console, what: RenderableType) -> None:
    """Print as it is what holds names of images, which may look like markup. A line stays one line,
    however long.
    """
    one_line = isinstance(what, str)
    screen.print(what, markup=False, emoji=False, highlight=False, soft_wrap=one_line)


class StudyProgress:
    """A bar over the cells of a study and one over the steps of a training; a line for every
    finished cell. On anything but a terminal, only the lines. Use it as a context manager.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = [
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
        ]
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal)
        self._study = self._bars.add_task("cells", total=None, note="")
        self._training = self._bars.add_task("steps", total=None, note="", visible=False)
        self._loss = 0.0
        self._accuracy = ""

    def __enter__(self) -> StudyProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def study_started(self, todo: Sequence[Cell], done: int) -> None:
        """Say how much there is to do."""
        if done:
            self.console.print(f"{done} cells are done already, {len(todo)} to go")
        self._bars.reset(self._study, total=len(todo))

    def cell_started(self, cell: Cell) -> None:
        """Name the cell at work."""
        self._bars.update(self._study, note=escape(str(cell)))

    def training_started(self, steps: int) -> None:
        """Start the lower bar anew."""
        self._accuracy = ""
        self._bars.reset(self._training, total=steps, visible=True, note="")

    def step_finished(self, step: int, loss: float) -> None:
        """Move the lower bar."""
        self._loss = loss if step == 1 else 0.95 * self._loss + 0.05 * loss
        note = f"loss {self._loss:.3f}{self._accuracy}"
        self._bars.update(self._training, completed=step, note=note)

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Show the validation accuracy."""
        self._accuracy = f" · epoch {epoch}: validation {100 * val_accuracy:.2f} %"

    def cell_finished(self, row: Row) -> None:
        """Print the cell's outcome."""
        self._bars.update(self._training, visible=False)
        self._bars.advance(self._study)
        say(self.console, outcome(row))


def outcome(row: Row) -> str:
    """A finished cell in one line."""
    if row["status"] != "ok":
        return f"failed  {tables.failure(row)}"
    codec = marked(row["codec"], row.get("supervised", False))
    split = "test" if row["test_accuracy"] is not None else "val"
    return (
        f"{split} {100 * row[f'{split}_accuracy']:.2f} %  "
        f"{row['total_bytes'] / row['images']:7.1f} B/image  "
        f"{row['train_seconds']:5.1f} s  "
        f"{codec} · {row['view']} · {row['model']} · seed {row['seed']}"
    )


def table(lines: Sequence[Line]) -> Table:
    """What a study found, for a terminal; table.md has more columns."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    grid.add_column("codec", overflow="fold", min_width=24)
    grid.add_column("fed", no_wrap=True)
    for name in ("values", "B/image", "ratio", "test %", "test - raw (95 %)", "train s"):
        grid.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        grid.add_row(
            escape(line.marked),
            f"{line.view}, {line.model}",
            str(line.values_per_image),
            f"{line.total_bytes:.1f}",
            f"{line.ratio:.2f}",
            percent(line.test_accuracy),
            escape(tables.difference(line)),
            f"{line.train_seconds.mean:.1f}",
        )
    return grid
