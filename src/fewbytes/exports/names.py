"""What classes are called in what is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from fewbytes.store import Store

MOST_BYTES = 200
"""Of a folder's name: file systems take 255, and a number may follow."""

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
"""What no name of a file holds on some system."""

_TAKEN = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|thumbs\.db|desktop\.ini", re.IGNORECASE)
"""Names that mean something else on some system, or are passed over as a file manager's."""


def class_names(store: Store) -> list[str]:
    """A name a class, each different; its number where a class has none."""
    manifest = store.manifest
    names = list(manifest.class_names)
    return _unique([*names, *map(str, range(len(names), manifest.classes))], str)


def class_folders(store: Store) -> list[str]:
    """A name a class that any file system takes, each different in more than the case of letters.

    Numbers have zeros before them, so that folders read in the order of their names give the same
    class numbers again. Class names stay as they are, in whatever order.
    """
    if not store.manifest.class_names:
        digits = len(str(max(0, store.manifest.classes - 1)))
        return [f"{label:0{digits}d}" for label in range(store.manifest.classes)]
    return _unique(map(_safe, class_names(store)), str.casefold)


def _safe(name: str) -> str:
    """One part of a path: no separator, not hidden, not too long."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    text = _UNFIT.sub("_", text).strip(" ")
    text = text.encode()[:MOST_BYTES].decode(errors="ignore").rstrip(" .")
    if text.startswith(".") or _TAKEN.fullmatch(text):
        text = f"_{text}"
    return text or "_"


def _unique(names: Iterable[str], key: Callable[[str], str]) -> list[str]:
    """The names, a number added to those that are the same to `key` as an earlier one."""
    seen, counts, unique = set[str](), dict[str, int](), list[str]()
    for name in names:
        chosen = name
        while key(chosen) in seen:
            counts[key(name)] = counts.get(key(name), 1) + 1
            chosen = f"{name}-{counts[key(name)]}"
        seen.add(key(chosen))
        unique.append(chosen)
    return unique
