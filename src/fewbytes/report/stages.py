"""The stages that exist, as data and as a table."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

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

KINDS: dict[str, type[Stage]] = {
    "selection": Selection,
    "transform": Transform,
    "quantizer": Quantizer,
    "coder": Coder,
}
TAGS = ("lossy", "learned", "linear", "spatial", "seeded", "keyed", "supervised")


def describe() -> list[dict[str, Any]]:
    """Every stage with its kind, tags, how it is written, and the first sentence of its docstring;
    selections first, then transforms, quantizers and coders.
    """
    found = []
    for name in stage_names():
        cls = stage_class(name)
        kind = next(word for word, base in KINDS.items() if issubclass(cls, base))
        found.append(
            {
                "name": name,
                "kind": kind,
                "written": text.usage(cls).removeprefix("write "),
                "tags": [tag for tag in TAGS if getattr(cls, tag)],
                "does": " ".join((cls.__doc__ or "").split()).split(". ")[0].rstrip("."),
            }
        )
    return sorted(found, key=lambda stage: list(KINDS).index(stage["kind"]))


def table() -> Table:
    """The stages for a terminal."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("kind", "written"):
        grid.add_column(name, no_wrap=True)
    for name in ("does", "tags"):
        grid.add_column(name, overflow="fold")
    for stage in describe():
        grid.add_row(
            stage["kind"],
            escape(stage["written"]),
            escape(stage["does"]),
            ", ".join(stage["tags"]),
        )
    return grid
