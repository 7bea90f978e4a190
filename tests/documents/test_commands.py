"""Every command line that a page, the README or a `--help` shows is one that the parser takes."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewbytes import cli
from fewbytes.cli.common import Parser
from tests.documents.pages import PAGES, ROOT, blocks, spans

_COMMAND = re.compile(r"^(?:\$ )?(?:time )?(fewbytes [a-z].*)$", re.MULTILINE)
_SCRIPT = re.compile(r"python ((?:benchmarks|examples)/\S+\.py)")
_TARGET = re.compile(r"^(?:time )?make ([a-z]+)\b", re.MULTILINE)


class RefusedError(Exception):
    """What the parser says of a command line that it does not take."""


def _verbs() -> dict[str, argparse.ArgumentParser]:
    actions = cli.parser()._actions
    return next(dict(a.choices) for a in actions if isinstance(a, argparse._SubParsersAction))


VERBS = _verbs()


def _shown(page: Path) -> Iterator[str]:
    """Command lines in the blocks of a page."""
    for block in blocks(page):
        if block.language in {"", "console"}:
            for command in _COMMAND.findall(block.text.replace("\\\n", " ")):
                if "  " not in command.split(" #")[0].rstrip():  # else it is a row of a table
                    yield command


def _arguments(command: str) -> list[str]:
    """What the program is given; `[--out DIR]` in a synopsis counts as `--out DIR`."""
    command = re.sub(r"\[[A-Z]+ \.\.\.\]", "", command)
    words = shlex.split(re.sub(r"(?<= )\[(--[^\]]*)\]", r"\1", command), comments=True)[1:]
    return ["1" if word == "N" else word for word in words if word != "..."]


def _check(arguments: list[str], *, whole: bool) -> None:
    """Raise RefusedError where the parser does; of a part of a line, only where it is of no verb,
    or has an option that its verb does not have.
    """
    verb = VERBS.get(arguments[0])
    if verb is None:
        raise RefusedError(f"no verb {arguments[0]}")
    unknown = [w for w in arguments if w.startswith("--") and w not in verb._option_string_actions]
    if unknown:
        raise RefusedError(f"{arguments[0]} has no {unknown[0]}")
    if whole:
        cli.parser().parse_args(arguments)


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that raises in place of ending the process."""

    def error(self: Parser, message: str) -> None:
        raise RefusedError(message)

    monkeypatch.setattr(Parser, "error", error)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_command_lines_are_taken(page: Path) -> None:
    for command in _shown(page):
        arguments = _arguments(command)
        try:
            _check(arguments, whole="--help" not in arguments)
        except RefusedError as error:
            pytest.fail(f"{command}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_in_the_text_have_such_options(page: Path) -> None:
    known = {option for verb in VERBS.values() for option in verb._option_string_actions}
    scripts = "".join(p.read_text("utf-8") for p in (ROOT / "benchmarks").glob("*.py"))
    scripts += (ROOT / "tests" / "conftest.py").read_text("utf-8")
    for span in spans(page):
        if span.startswith("fewbytes ") and "VERB" not in span:
            _check(_arguments(span), whole=False)
        elif span.startswith("--"):
            option = span.split()[0].split("=")[0]
            assert option in known or f'"{option}"' in scripts, f"no verb has {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_and_targets_exist(page: Path) -> None:
    code = "\n".join([*spans(page), *(block.text for block in blocks(page))])
    for script in _SCRIPT.findall(code):
        assert (ROOT / script).exists(), script
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in _TARGET.findall(code):
        assert f"\n{target}:" in makefile, target


@pytest.mark.parametrize("name", VERBS)
def test_the_example_of_a_verb_is_taken(name: str) -> None:
    if VERBS[name].epilog:
        _check(_arguments((VERBS[name].epilog or "").removeprefix("example: ")), whole=True)


def test_a_wrong_line_is_refused() -> None:
    for wrong in (["compres", "a", "b"], ["compress", "a", "--codecs", "raw"]):
        with pytest.raises(RefusedError):
            _check(wrong, whole=False)
    for wrong in (["compress", "a"], ["train", "a", "--epochs", "few"]):
        with pytest.raises(RefusedError):
            _check(wrong, whole=True)


def test_lines_are_found() -> None:
    """Were none found, the tests above would hold whatever is written."""
    found = [command for page in PAGES for command in _shown(page)]
    assert {command.split()[1] for command in found} >= {"compress", "train", "verify", "measure"}
