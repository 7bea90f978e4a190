"""Names of files and folders in messages: printable, on one line, and not too many."""

from __future__ import annotations

from collections.abc import Sequence


def shown(name: str) -> str:
    """A file's name with what cannot be printed (control characters, undecodable bytes) escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    listed = ", ".join(shown(name) for name in names[:most])
    return listed if len(names) <= most else f"{listed} and {len(names) - most:,} more"
