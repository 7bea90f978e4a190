"""What a study ran on: machine and versions, kept in the run folder.

A study may go on elsewhere than it began, so there is an entry for each place, in order.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import torch

from fewbytes.durable import write_whole
from fewbytes.errors import StudyError
from fewbytes.versions import versions

MACHINE = "machine.json"

Machine: TypeAlias = Mapping[str, str]


def this_machine() -> dict[str, str]:
    """Machine and versions, each a text under the name that people are shown."""
    found = {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
    }
    if torch.cuda.is_available():
        found["GPU"] = torch.cuda.get_device_name()
    return found | versions()


def note_machine(run: Path) -> None:
    """Add this machine to those of a run folder, unless the last one is the same. What cannot be
    read any more is replaced. Raises OutputError.
    """
    try:
        earlier = read_machines(run)
    except StudyError:
        earlier = []
    here = this_machine()
    if not earlier or dict(earlier[-1]) != here:
        write_whole(run / MACHINE, json.dumps([*earlier, here], indent=2) + "\n")


def read_machines(run: Path) -> list[Machine]:
    """The machines of a run folder; none where it did not note any. Raises StudyError."""
    path = run / MACHINE
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: not readable: {error}") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise StudyError(f"{path}: not a list of machines")
    return [{str(name): str(value) for name, value in one.items()} for one in found]


def _processor() -> str:
    """The processor's own name where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except (OSError, UnicodeDecodeError):
        pass
    return platform.processor() or platform.machine()
