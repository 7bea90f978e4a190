"""Who is told how a training goes on: a progress bar, a log, a test."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Called by the trainer. Steps count from 1 to `steps` over the whole training."""

    def training_started(self, steps: int) -> None: ...

    def step_finished(self, step: int, loss: float) -> None: ...

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None: ...


class Silent:
    """Watches and says nothing."""

    def training_started(self, steps: int) -> None:
        """Do nothing."""

    def step_finished(self, step: int, loss: float) -> None:
        """Do nothing."""

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Do nothing."""
