"""What the documents show: their blocks of code, and the code in their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent.parent

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

_COMMENT = re.compile(r"<!-- (\S.*?): (\S.*?) -->", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark")


@dataclass(frozen=True)
class Block:
    """A fenced block; `mark` and `value` are of a comment `<!-- MARK: VALUE -->` before it."""

    page: Path
    line: int
    language: str
    text: str
    mark: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.page.name}, line {self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    mark = value = ""
    for token in _MARKDOWN.parse(page.read_text("utf-8")):
        if token.type == "fence" and token.map is not None:
            language = (token.info.split() or [""])[0]
            yield Block(page, token.map[0] + 2, language, token.content, mark, value)
        found = _COMMENT.match(token.content) if token.type == "html_block" else None
        mark, value = found.groups() if found else ("", "")


def spans(page: Path) -> Iterator[str]:
    """What stands in backticks in the lines of a page, in order."""
    for token in _MARKDOWN.parse(page.read_text("utf-8")):
        for child in token.children or ():
            if child.type == "code_inline":
                yield child.content


def commands(text: str) -> list[tuple[str, str]]:
    """The command lines of a `console` block, each with what it prints."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), ""))
        else:
            command, printed = found[-1]
            found[-1] = (command, f"{printed}{line}\n")
    return found
