"""One thing that must come out as it is known to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What was looked at, what came out, what must."""

    what: str
    found: str
    expected: str
    right: bool

    def __str__(self) -> str:
        return f"{'ok   ' if self.right else 'WRONG'} {self.what}: {self.found} ({self.expected})"
