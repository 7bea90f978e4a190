"""The commands of the page are commands."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from fewbytes import cli
from fewbytes.report.page.answer import Answer
from fewbytes.report.page.origin import commands
from fewbytes.report.page.reading import read_run
from fewbytes.studies.config import StudyConfig
from tests.report.page.making import MIDDLE, rows, write_run

FOUND = Answer("How few?", "Few.", MIDDLE)


def test_commands_can_be_given(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "a run; $(rm x)", rows()))
    (make, _), (repeat, _) = commands(run, FOUND)
    made, repeated = (cli.parser().parse_args(shlex.split(one)[1:]) for one in (make, repeat))
    assert (made.source, made.store, made.codec) == ("mnist", "digits.fb", MIDDLE)
    assert StudyConfig.from_toml(Path(repeated.source)) == run.config
    assert commands(run, replace(FOUND, codec=None)) == commands(run, FOUND)[1:]
    assert commands(replace(run, config=None), FOUND) == ()
    assert "not shown" in commands(run, replace(FOUND, confirmed=False))[0][1]


def test_a_search_is_repeated_as_one(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", rows()))
    run.advice = {"max_loss": 0.5, "max_bytes": None}
    (make, _), (repeat, said) = commands(run, FOUND)
    made, repeated = (cli.parser().parse_args(shlex.split(one)[1:]) for one in (make, repeat))
    assert made.source == repeated.source == "SOURCE"
    assert (repeated.max_loss, repeated.max_bytes) == (0.5, None)
    assert "digits" in said
    run.advice |= {"written": {"source": "my photos/", "size": "32x48"}, "budget_seconds": 90.0}
    (make, _), (repeat, said) = commands(run, FOUND)
    made, repeated = (cli.parser().parse_args(shlex.split(one)[1:]) for one in (make, repeat))
    assert made.source == repeated.source == "my photos/"
    assert made.size == repeated.size == "32x48"
    assert repeated.budget == "90"
    assert "SOURCE" not in said
