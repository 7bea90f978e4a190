"""The commands that repeat a study or a search, and that make what it recommends."""

from __future__ import annotations

import shlex

from fewbytes.report.page.advised import number
from fewbytes.report.page.answer import Answer
from fewbytes.report.page.reading import Contents
from fewbytes.studies.results import CONFIG

AGAIN = "runs/again"

GIVEN = "SOURCE"
"""Stands for what a search was given: its folder keeps the name alone."""


def commands(run: Contents, found: Answer) -> tuple[tuple[str, str], ...]:
    """(command, what it does): making the store of the answer, and repeating what was done."""
    if run.config is None:
        return ()
    source = run.config.source if run.advice is None else GIVEN
    said = [_repeats(run)]
    if found.codec is not None:
        store = f"{run.dataset}.fb"
        make = shlex.join(["fewbytes", "compress", source, store, "--codec", found.codec])
        what = (
            "Makes the compressed set."
            if found.confirmed
            else "Makes a set of the codec named above, which is not shown to be within the "
            "allowance."
        )
        said.insert(0, (make, what))
    return tuple(said)


def _repeats(run: Contents) -> tuple[str, str]:
    if run.advice is None:
        again = ["fewbytes", "study", str(run.path / CONFIG), "--out", AGAIN]
        return shlex.join(again), "Repeats the study, with the configuration below."
    asked = [
        word
        for name in ("max_loss", "max_bytes")
        if (asked_for := number(run.advice, name)) is not None
        for word in (f"--{name.replace('_', '-')}", f"{asked_for:g}")
    ]
    return (
        shlex.join(["fewbytes", "advise", GIVEN, *asked, "--out", AGAIN]),
        f"Repeats the search. {GIVEN} is {run.dataset}, as it was given then, with its --size "
        "where it had one. How far a search comes in its --budget depends on the machine.",
    )
