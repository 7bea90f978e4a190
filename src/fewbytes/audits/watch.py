"""Who is told how an audit goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fewbytes.audits.finding import Finding


class AuditWatcher(Protocol):
    """Called as the groups of attacks are worked through."""

    def audit_started(self, groups: int) -> None: ...

    def group_started(self, name: str) -> None: ...

    def at(self, text: str) -> None:
        """What a long attack is at."""

    def group_finished(self, findings: Sequence[Finding], seconds: float) -> None:
        """What a group found. It stays found, whatever becomes of the next."""


class Silent:
    """Watches and says nothing."""

    def audit_started(self, groups: int) -> None:
        """Do nothing."""

    def group_started(self, name: str) -> None:
        """Do nothing."""

    def at(self, text: str) -> None:
        """Do nothing."""

    def group_finished(self, findings: Sequence[Finding], seconds: float) -> None:
        """Do nothing."""
