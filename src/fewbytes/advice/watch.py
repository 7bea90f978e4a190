"""Who is told how a search goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fewbytes.learn import Watcher
from fewbytes.learn.watch import Silent


class AdviceWatcher(Watcher, Protocol):
    """Is told how a search goes on, as well as how its trainings do."""

    def phase_started(self, name: str, steps: int | None, left: float) -> None:
        """A part of the search begins, of so many steps at most, with so many seconds left."""

    def step_started(self, what: str) -> None:
        """Something is weighed, tried or trained."""

    def step_ended(self, said: str, left: float) -> None:
        """It is done, with this result, in a line."""


class SilentAdvice(Silent):
    """Watches and says nothing."""

    def phase_started(self, name: str, steps: int | None, left: float) -> None:
        """Do nothing."""

    def step_started(self, what: str) -> None:
        """Do nothing."""

    def step_ended(self, said: str, left: float) -> None:
        """Do nothing."""


class Timed:
    """Passes on what a training says, and stops it when its time is over."""

    def __init__(self, watcher: Watcher, check: Callable[[], None]) -> None:
        self._watcher, self._check = watcher, check

    def training_started(self, steps: int) -> None:
        """Pass it on."""
        self._watcher.training_started(steps)

    def step_finished(self, step: int, loss: float) -> None:
        """Pass it on. Raises OutOfTime."""
        self._check()
        self._watcher.step_finished(step, loss)

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Pass it on."""
        self._watcher.epoch_finished(epoch, val_loss, val_accuracy)
