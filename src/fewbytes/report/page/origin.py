"""The commands that repeat a study or a search, and that make what it recommends."""

from __future__ import annotations

import shlex

from fewbytes.report.page.advised import Record, number
from fewbytes.report.page.answer import Answer
from fewbytes.report.page.reading import Contents
from fewbytes.studies.results import CONFIG

AGAIN = "runs/again"

GIVEN = "SOURCE"
"""Stands for what a search was given, where that was no text, or its folder does not tell."""


def commands(run: Contents, found: Answer) -> tuple[tuple[str, str], ...]:
    """(command, what it does): making the store of the answer, and repeating what was done."""
    if run.config is None:
        return ()
    source = [run.config.source] if run.advice is None else _given(run.advice)
    said = [_repeats(run)]
    if found.codec is not None:
        name, *resized = source
        words = [name, f"{run.dataset}.fb", "--codec", found.codec, *resized]
        make = shlex.join(["fewbytes", "compress", *words])
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
    options = {"max_loss": "--max-loss", "max_bytes": "--max-bytes", "budget_seconds": "--budget"}
    asked = [
        word
        for name, option in options.items()
        if (asked_for := number(run.advice, name)) is not None
        for word in (option, f"{asked_for:g}")
    ]
    given = _given(run.advice)
    known = "" if given[0] != GIVEN else f" {GIVEN} is {run.dataset}, as it was given then."
    return (
        shlex.join(["fewbytes", "advise", *given, *asked, "--out", AGAIN]),
        f"Repeats the search.{known} How far it comes in its --budget depends on the machine.",
    )


def _given(advice: Record) -> list[str]:
    """The source of a search, and its --size where it had one."""
    written = advice.get("written")
    if not isinstance(written, dict) or not written.get("source"):
        return [GIVEN]
    size = written.get("size")
    return [str(written["source"]), *(["--size", str(size)] if size else [])]
