"""What a search has found so far: `search.jsonl`, a line each, appended and synced.

The first line is the question; the others are weights, trials and decisions, each with the seconds
spent by then. A search that was cut off reads them back and goes on; what it decided stays decided.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fewbytes.durable import writing
from fewbytes.errors import StudyError

SEARCH = "search.jsonl"

Event = dict[str, Any]


class Journal:
    """The lines of a folder's search, and a place to add more."""

    def __init__(self, folder: Path, asked: Mapping[str, Any]) -> None:
        """Open or begin the journal of a question.

        Raises:
            StudyError: the folder holds the search of another question.
            OutputError: it cannot be written.
        """
        self.path = folder / SEARCH
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._events = _read(self.path)
        if not self._events:
            self.add("question", 0.0, **asked)
        then = {k: v for k, v in self._events[0].items() if k not in ("kind", "spent")}
        for name, value in json.loads(json.dumps(asked)).items():
            if then.get(name) != value:
                raise StudyError(
                    f"{folder} holds the search with {name} = {then.get(name)}, not {value}; "
                    "choose another --out, or delete that folder"
                )

    @property
    def spent(self) -> float:
        """Seconds, as far as is known."""
        return float(self._events[-1]["spent"])

    @property
    def latest(self) -> Event:
        """The last event of all."""
        return self._events[-1]

    def all(self, kind: str) -> list[Event]:
        """The events of a kind, in order."""
        return [event for event in self._events if event["kind"] == kind]

    def last(self, kind: str) -> Event | None:
        """The last event of a kind."""
        return next((e for e in reversed(self._events) if e["kind"] == kind), None)

    def add(self, kind: str, spent: float, **found: Any) -> Event:
        """Add an event. Raises OutputError."""
        event = {"kind": kind, "spent": round(spent, 2), **found}
        with writing(self.path), self.path.open("ab") as file:
            file.write(json.dumps(event).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._events.append(event)
        return event


def _read(path: Path) -> list[Event]:
    """The whole lines of a journal; half a line, left by a power cut, is cut off.

    Raises:
        StudyError: a line is damaged.
        OutputError: the file cannot be read or written.
    """
    if not path.exists():
        return []
    with writing(path):
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)
    try:
        events = [json.loads(line) for line in content[:whole].splitlines()]
        if any(not {"kind", "spent"} <= event.keys() for event in events):
            raise ValueError("a line is no event")
    except (ValueError, AttributeError) as error:
        raise StudyError(f"{path}: damaged: {error}; delete it to search anew") from error
    return events
