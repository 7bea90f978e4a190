"""Who is told how an audit goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fewbytes.audits.finding import Finding


class AuditWatcher(Protocol):
    """Called as the groups of attacks are worked through."""

    def audit_started(self, groups: Sequence[str], records: int) -> None:
        """Which groups will be run, on how many records."""

    def group_started(self, name: str) -> None: ...

    def at(self, text: str) -> None:
        """What a long attack is at."""

    def found(self, findings: Sequence[Finding]) -> None:
        """What an attack found. It stays found, whatever becomes of the next."""

    def group_finished(self, name: str, seconds: float) -> None:
        """All attacks of a group have been run."""


class Silent:
    """Watches and says nothing."""

    def audit_started(self, groups: Sequence[str], records: int) -> None:
        """Do nothing."""

    def group_started(self, name: str) -> None:
        """Do nothing."""

    def at(self, text: str) -> None:
        """Do nothing."""

    def found(self, findings: Sequence[Finding]) -> None:
        """Do nothing."""

    def group_finished(self, name: str, seconds: float) -> None:
        """Do nothing."""
