"""The commands of the page are commands."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from fewbytes import cli
from fewbytes.report.page.origin import commands
from fewbytes.report.page.reading import read_run
from fewbytes.studies.config import StudyConfig
from tests.report.page.making import MIDDLE, rows, write_run


def test_commands_can_be_given(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "a run; $(rm x)", rows()))
    (make, _), (repeat, _) = commands(run, MIDDLE)
    made, repeated = (cli.parser().parse_args(shlex.split(one)[1:]) for one in (make, repeat))
    assert (made.source, made.store, made.codec) == ("mnist", Path("digits.fb"), MIDDLE)
    assert StudyConfig.from_toml(Path(repeated.source)) == run.config
    assert [what for _, what in commands(run, None)] == [commands(run, MIDDLE)[1][1]]
    assert commands(replace(run, config=None), MIDDLE) == ()
