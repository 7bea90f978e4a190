"""Who is told how measuring goes on: a progress bar, a test."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Called as the groups of measures are worked through."""

    def measuring_started(self, groups: int) -> None: ...

    def group_started(self, name: str) -> None: ...

    def group_finished(self, name: str, seconds: float) -> None: ...


class Silent:
    """Watches and says nothing."""

    def measuring_started(self, groups: int) -> None:
        """Do nothing."""

    def group_started(self, name: str) -> None:
        """Do nothing."""

    def group_finished(self, name: str, seconds: float) -> None:
        """Do nothing."""
