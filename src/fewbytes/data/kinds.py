"""Which kinds of sources exist: the entry points of the group `fewbytes.sources`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

from fewbytes.data.source import Kind
from fewbytes.errors import SourceError
from fewbytes.plugins import declared, imported

GROUP = "fewbytes.sources"

_LAST = "folder"
"""Nearly any folder of folders could be one of class folders, so it is asked last."""


def kind_of(path: Path) -> Kind | None:
    """The kind that recognises what is at `path`. Raises SourceError."""
    return next((kind for kind in map(_load, _declared()) if _recognises(kind, path)), None)


def _recognises(kind: Kind, path: Path) -> bool:
    try:
        return kind.recognises(path)
    except OSError:  # what may not be looked into is of no kind
        return False


@cache
def _declared() -> tuple[EntryPoint, ...]:
    points = declared(GROUP, "kind of source", SourceError).values()
    return tuple(sorted(points, key=lambda point: (point.name == _LAST, point.name)))


@cache
def _load(point: EntryPoint) -> Kind:
    kind = imported(point, "kind of source", SourceError)
    if not callable(getattr(kind, "recognises", None)) or not callable(getattr(kind, "open", None)):
        raise SourceError(
            f"the entry point {point.name} = {point.value} is no kind of source: "
            "it lacks `recognises` or `open`"
        )
    return kind  # type: ignore[no-any-return]
