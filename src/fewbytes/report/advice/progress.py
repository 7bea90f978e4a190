"""Progress of a search: its phases, what it is at, the time that is left."""

from __future__ import annotations

import math

from rich.console import Console
from rich.markup import escape

from fewbytes.report.console import say
from fewbytes.report.progress import Bar


class AdviceProgress(Bar):
    """A bar over the steps of a phase; a line for each phase and for what each step found."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "steps")
        self._what, self._steps = "", 0

    def phase_started(self, name: str, steps: int | None, left: float) -> None:
        """Say what begins, and how much time is left."""
        say(self.console, f"{name}{time_left(left)}")
        self.start(escape(name), steps)

    def step_started(self, what: str) -> None:
        """Say what is at work."""
        self._what = escape(what)
        self.note(self._what)

    def step_ended(self, said: str, left: float) -> None:
        """Print what it found."""
        say(self.console, f"  {said}{time_left(left)}")
        self.advance(1)

    def training_started(self, steps: int) -> None:
        """Note how long a training is."""
        self._steps = steps

    def step_finished(self, step: int, loss: float) -> None:
        """Show how far the training is."""
        self.note(f"{self._what} {100 * step / self._steps:.0f} %")

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Do nothing."""


def time_left(seconds: float) -> str:
    """`, 12m 05s left`; nothing where there is no bound."""
    if math.isinf(seconds):
        return ""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f", {minutes}m {rest:02d}s left"
