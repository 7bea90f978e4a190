"""What the pages show runs, block after block, each page in a folder of its own.

A `python` block runs as it stands, and prints the figure that a comment after `print` promises. A
`console` block's commands run, and must print the words that are shown; figures may differ, and
`...` stands for anything. MNIST is a small part of itself here, and a study has one seed and one
epoch, so that a page takes seconds.
"""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.codecs import registry
from fewbytes.data.arrays import ArraySource
from fewbytes.studies.config import StudyConfig
from fewbytes.types import Dataset
from fewbytes.verbs import studying
from tests.documents.pages import PAGES, Block, blocks, commands

RUNNING = [page for page in PAGES if any(b.language in {"python", "console"} for b in blocks(page))]

_PROMISED = re.compile(r"^print\(.*\)  # ([\d.]+)", re.MULTILINE)
"""The figure in `print(...)  # FIGURE`, which must come out."""

GIVEN = {"store.md": ("photos.fb", "mnist.fb"), "ranks.md": ("mnist.fb",)}
"""Stores that a page takes as made."""


@pytest.fixture
def desk(mnist: Dataset, tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, a small MNIST and short studies."""
    small = Dataset("mnist", mnist.train.take(np.arange(500)), mnist.test)
    fewer = Dataset("mnist", tiny.train.take(np.arange(300)), tiny.test)
    loading = importlib.import_module("fewbytes.data.load")  # the package has a function so named
    opened, ran = loading._open, studying.run_study

    def open_small(source: Any, size: tuple[int, int] | None) -> Any:
        return ArraySource(small) if source == "mnist" else opened(source, size)

    def run_short(
        config: StudyConfig, out: Any = None, watcher: Any = None, data: Any = None, **more: Any
    ) -> Any:
        config = replace(config, seeds=1, recipe=replace(config.recipe, epochs=1))
        return ran(config, out, watcher, fewer if config.source == "mnist" else data, **more)

    monkeypatch.setattr(loading, "_open", open_small)
    monkeypatch.setattr(studying, "run_study", run_short)
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.stem)
def test_page_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in GIVEN.get(page.name, ()):
        fb.compress("mnist", name, codec="downsample:16 | zstd")
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.mark == "file":
            Path(block.value).write_text(block.text, "utf-8")
        elif block.mark == "not run":
            continue
        elif block.language == "python":
            capsys.readouterr()
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
            printed = capsys.readouterr().out
            for figure in _PROMISED.findall(block.text):
                assert figure in printed.split(), f"{block}: not {figure} but {printed}"
        elif block.language == "console":
            for command, shown in commands(block.text):
                capsys.readouterr()
                assert _run(command) == 0, f"{block}: {command}\n{capsys.readouterr().err}"
                printed = capsys.readouterr().out
                assert agree(shown, printed), f"{block}: {command}\n{printed}"


def _run(command: str) -> int:
    program, *arguments = shlex.split(command)
    if program == "fewbytes":
        return cli.main(arguments)
    assert program == "pytest", f"no test knows how to run {program}"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments], check=False
    ).returncode


def agree(shown: str, printed: str) -> bool:
    """Whether the words shown are those printed, figures and units of bytes aside."""
    number, unit = r"[-+]?\d[\d,.]*", r"\b[kMG]?B\b"

    def word(text: str) -> str:
        return re.sub(unit, "B", re.sub(number, "0", text))

    parts = [map(word, part.split()) for part in re.split(r"(?<!\S)\.\.\.(?!\S)", shown)]
    pattern = ".*".join(r"\s".join(map(re.escape, part)) for part in parts)
    return not shown or re.fullmatch(pattern, " ".join(map(word, printed.split()))) is not None


def test_words_are_compared_and_figures_are_not() -> None:
    assert agree("12.5 kB in a.fb, ...\nall sound", "3 MB in a.fb, and more\nall sound")
    assert agree("test 98.5 %  -0.7", "test 9 % +1.25")
    assert not agree("all are sound", "2 are bad")
    assert not agree("a line", "a line and another")
    assert not agree("a line ... more", "a line")


def test_marks_are_known_and_have_their_reason() -> None:
    """What is not run says so: `-rP` shows the list."""
    marked: list[Block] = [b for page in PAGES for b in blocks(page) if b.mark]
    assert {block.mark for block in marked} <= {"file", "not run"}
    for block in marked:
        if block.mark == "not run":
            print(f"{block}: not run: {block.value}")
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert len(re.findall("^<!--", text, re.MULTILINE)) == len(marked)


def test_the_stage_has_at_most_30_lines() -> None:
    page = next(page for page in PAGES if page.name == "plugin.md")
    stage = next(block for block in blocks(page) if block.value == "halve.py")
    assert len(stage.text.splitlines()) <= 30
