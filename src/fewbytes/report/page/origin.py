"""The commands that repeat a study, and that make what it recommends."""

from __future__ import annotations

import shlex

from fewbytes.report.page.reading import Contents
from fewbytes.studies.results import CONFIG


def commands(run: Contents, codec: str | None) -> tuple[tuple[str, str], ...]:
    """(command, what it does): repeating the study, and making the store of the answer."""
    found = []
    if run.config is not None:
        repeat = shlex.join(["fewbytes", "study", str(run.path / CONFIG), "--out", "runs/again"])
        found.append((repeat, "repeats the study, with the configuration below"))
        if codec is not None:
            store = f"{run.dataset}.fb"
            make = shlex.join(["fewbytes", "compress", run.config.source, store, "--codec", codec])
            found.insert(0, (make, "makes the compressed set"))
    return tuple(found)
