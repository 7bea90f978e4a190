"""`report`: a study as one HTML file that works offline."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from fewbytes.durable import write_whole
from fewbytes.errors import InputError, OutputError
from fewbytes.report.page.answer import MAX_LOSS
from fewbytes.report.page.reading import read_run
from fewbytes.report.page.rendering import Options, render
from fewbytes.verbs.studying import Run

NAME = "report.html"

AnyPath = str | os.PathLike[str]


def report(
    run: Run | AnyPath,
    *,
    out: AnyPath | None = None,
    max_loss: float = MAX_LOSS,
    measures: Sequence[AnyPath] = (),
    audits: Sequence[AnyPath] = (),
    pictures: bool = True,
) -> Path:
    """Write a study's report: one HTML file, whole, that asks for nothing outside itself.

    Args:
        run: the study's folder, or what `study` returned.
        out: the file to write; `report.html` in the folder where nobody says.
        max_loss: percentage points of accuracy that the answer may lose, where `fewbytes advise`
            did not ask a question of its own.
        measures: files `measures.json`; those in the folder and one level below it otherwise.
        audits: files `audit.json`, likewise.
        pictures: whether sample images of the training set are in the page.

    Returns:
        The file that was written.

    Raises:
        StudyError: no study, one without results, or results that are damaged.
        InputError: an argument cannot be used, or a file that was named cannot be read.
        MissingExtraError: altair, vl-convert-python or jinja2 is not installed.
        OutputError: the file cannot be written.
    """
    if not 0 <= max_loss <= 100 or math.isnan(max_loss):
        raise InputError(f"max_loss must be 0 to 100 percentage points, not {max_loss}")
    folder = run.path if isinstance(run, Run) else Path(run)
    found = read_run(folder, map(Path, measures), map(Path, audits))
    path = folder / NAME if out is None else Path(out)
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; name a file")
    write_whole(path, render(found, Options(max_loss, pictures)))
    return path
