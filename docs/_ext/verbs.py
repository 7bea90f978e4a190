"""A page for each verb of the command line, made from its parser when the site is built.

The pages go to `docs/verbs/`, which is not kept in git. A page has what `fewbytes VERB --help`
says, the function that does the same from Python, and the pages that tell more of the verb; that of
`codecs` has the stages themselves.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

import fewbytes
from fewbytes.cli import parser
from fewbytes.report.stages import describe

FOLDER = "verbs"

WIDTH = 72
"""Characters of a line of usage."""

Verb = argparse.ArgumentParser


def verbs() -> dict[str, Verb]:
    """The parsers of all verbs, by name, in the order of `fewbytes --help`."""
    actions = parser()._actions
    return next(dict(a.choices) for a in actions if isinstance(a, argparse._SubParsersAction))


def summaries() -> dict[str, str]:
    """What `fewbytes --help` says of each verb."""
    actions = parser()._actions
    found = next(a for a in actions if isinstance(a, argparse._SubParsersAction))
    return {choice.dest: choice.help or "" for choice in found._choices_actions}


def page(name: str, verb: Verb, pages: dict[str, str]) -> str:
    """The page of a verb as MyST Markdown; `pages` are the texts of the others, by name."""
    parts = [f"# fewbytes {name}", escaped(verb.description or ""), usage(verb)]
    if verb.epilog:
        parts.append(f"```console\n$ {verb.epilog.removeprefix('example: ')}\n```")
    for group in verb._action_groups:
        told = [a for a in group._group_actions if not isinstance(a, argparse._HelpAction)]
        if told:
            title = (group.title or "").removeprefix("positional ").capitalize()
            parts += [f"## {title}", *map(option, told)]
    if name == "codecs":
        parts += stages()
    parts += ["## More", *more(name, pages)]
    return "\n\n".join(parts) + "\n"


def usage(verb: Verb) -> str:
    """How the verb is called, as a block."""
    formatter = argparse.HelpFormatter(verb.prog, width=WIDTH)
    formatter.add_usage(verb.usage, verb._actions, verb._mutually_exclusive_groups, prefix="")
    return f"```text\n{formatter.format_help().strip()}\n```"


def option(action: argparse.Action) -> str:
    """An argument as a term and its definition."""
    names = action.option_strings
    value = "" if action.nargs == 0 else action.metavar or action.dest.upper()
    if action.nargs in {"?", "*"} and names:
        value = f"[{value}]"
    term = ", ".join(f"`{f'{name} {value}'.strip()}`" for name in names) or f"`{value}`"
    needed = " (required)" if names and action.required else ""
    return f"{term}{needed}\n: {escaped(action.help or '')}"


def stages() -> list[str]:
    """The stages that exist, by kind."""
    parts = []
    for kind, found in itertools.groupby(describe(), lambda stage: stage["kind"]):
        parts.append(f"## {kind.capitalize()}s")
        for stage in found:
            tags = [*stage["tags"], *(f"{tag} by option" for tag in stage["tags_by_option"])]
            said = f"*{', '.join(tags)}*" if tags else ""
            parts.append(f"`{stage['written']}`\n: {escaped(stage['does'])}. {said}")
    return parts


def more(name: str, pages: dict[str, str]) -> Iterator[str]:
    """Where else the verb is told of."""
    function = getattr(fewbytes, name, None)
    if inspect.isfunction(function):
        yield f"From Python: {{py:func}}`fewbytes.{name}`."
    told = [other for other, text in pages.items() if re.search(rf"\bfewbytes {name}\b", text)]
    if told:
        yield "Read on: " + ", ".join(f"{{doc}}`/{other}`" for other in told) + "."
    yield (
        "Exit codes: 0 done, 1 a check failed, 2 wrong usage or bad input, 130 stopped. "
        "An error is one line; `--debug` adds the traceback."
    )


def escaped(text: str) -> str:
    """Text of a parser as Markdown: options and what stands in backticks is code, the name of a
    verb leads to its page, and nothing else is markup.
    """
    text = re.sub(rf"`?\b(fewbytes (?:{'|'.join(verbs())}))\b`?", r"`\1`", text)
    text = re.sub(r"(?<![\w`-])(--[a-z]+(?:-[a-z]+)*)(?!`)", r"`\1`", text)
    pieces = re.split(r"(`[^`]+`)", text)
    pieces[::2] = [re.sub(r"([\\*_\[\]<>#|{}$~])", r"\\\1", piece) for piece in pieces[::2]]
    return re.sub(r"`fewbytes ([a-z]+)`", r"{doc}`fewbytes \1 </verbs/\1>`", "".join(pieces))


def write(app: Sphinx) -> None:
    """Write the pages, touch none that is as it should be, and remove those of verbs that went."""
    pages = {path.stem: path.read_text("utf-8") for path in sorted(Path(app.srcdir).glob("*.md"))}
    found = {name: page(name, verb, pages) for name, verb in verbs().items()}
    rows = [f"{{doc}}`{name} <{name}>`\n: {escaped(text)}" for name, text in summaries().items()]
    toctree = "\n".join(["```{toctree}", ":hidden:", *found, "```"])
    found["index"] = "\n\n".join(["# Verbs", *rows, toctree]) + "\n"
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in found:
            old.unlink()
    for name, text in found.items():
        target = folder / f"{name}.md"
        if not target.exists() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
