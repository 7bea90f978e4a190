"""The stages that exist, as data and as a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from rich.table import Table
from rich.text import Text

from fewbytes.codecs import (
    Coder,
    Quantizer,
    Selection,
    Stage,
    Transform,
    stage_class,
    stage_names,
    text,
)
from fewbytes.errors import CodecError

KINDS: dict[str, type[Stage]] = {
    "selection": Selection,
    "transform": Transform,
    "quantizer": Quantizer,
    "coder": Coder,
}
TAGS = ("lossy", "learned", "linear", "spatial", "seeded", "keyed", "supervised")
ENDS = (1, 100)
"""What a number without a default is tried with: the ends of what a quality may be."""


def describe() -> list[dict[str, Any]]:
    """Every stage with its kind, how it is written, its tags, those that it has with some values of
    its options only, and the first sentence of its docstring; selections first, then transforms,
    quantizers and coders.
    """
    found = []
    for name in stage_names():
        cls = stage_class(name)
        cases = [cls, *_examples(cls)]
        tags = {tag: {bool(getattr(case, tag)) for case in cases} for tag in TAGS}
        kind = next(word for word, base in KINDS.items() if issubclass(cls, base))
        found.append(
            {
                "name": name,
                "kind": kind,
                "written": text.usage(cls).removeprefix("write "),
                "tags": [tag for tag in TAGS if tags[tag] == {True}],
                "tags_by_option": [tag for tag in TAGS if len(tags[tag]) > 1],
                "does": " ".join((cls.__doc__ or "").split()).split(". ")[0].rstrip("."),
            }
        )
    return sorted(found, key=lambda stage: list(KINDS).index(stage["kind"]))


def _examples(cls: type[Stage]) -> Iterator[Stage]:
    """Stages of the class with all their choices: an instance may have fewer tags than its class,
    as `webp:100` is not lossy. Those that their class refuses are left out.
    """
    values = {f.name: _values(f) for f in fields(cls)}
    for chosen in itertools.product(*values.values()):
        try:
            yield cls(**dict(zip(values, chosen, strict=True)))
        except (CodecError, TypeError, ValueError):  # the last two from a plug-in
            continue


def _values(f: Field[Any]) -> tuple[Any, ...]:
    if "choices" in f.metadata:
        return tuple(f.metadata["choices"])
    if isinstance(f.default, bool):
        return (False, True)
    if f.default_factory is not MISSING:
        return (f.default_factory(),)
    return ENDS if f.default is MISSING else (f.default,)


def table() -> Table:
    """The stages for a terminal: beside its kind, how each is written, what it does and its tags,
    on lines of their own since the first may be as long as the terminal is wide.
    """
    grid = Table(box=None, header_style="bold", pad_edge=False)
    grid.add_column("kind", no_wrap=True)
    grid.add_column("written, what it does, tags", overflow="fold")
    for stage in describe():
        tags = [*stage["tags"], *(f"{tag} by option" for tag in stage["tags_by_option"])]
        said = Text.assemble(
            (stage["written"], "bold"), "\n", stage["does"], "\n", (", ".join(tags), "dim")
        )
        grid.add_row(stage["kind"], said)
    return grid
