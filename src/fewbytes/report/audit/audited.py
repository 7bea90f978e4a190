"""What an audit found, as a table, and as sentences for who has to decide."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from fewbytes.audits.audited import Audited
from fewbytes.audits.finding import Finding, Outcome, Trial, readable
from fewbytes.measures.measurement import Measurement
from fewbytes.report.markdown import markdown_table

HEADER = (
    "attack", "figure", "99.9 % interval", "chance", "must succeed", "must fail", "verdict",
)  # fmt: skip
"""The two before the last are the attack's controls."""

SCOPE = (
    "Every figure is of the attacks that were run, by attackers who know what their row says. That "
    "an attack failed is no proof that all do. Compression protects nobody: it is no privacy "
    "mechanism."
)
"""Stands below every audit."""

ENCRYPTED = (
    "This store is encrypted under the key {key!r}, and was decrypted for the audit: every figure "
    "is about somebody who has that key, also where it says that no key is needed. Whoever has not "
    "learns what the manifest says, and how long each block is."
)
"""Stands above the audit of an encrypted store."""

_STYLES = {Outcome.DISCLOSED: "bold red", Outcome.CONTROL_FAILED: "bold yellow"}


def table(audited: Audited) -> Table:
    """For a terminal: a row a figure, with chance and both controls beside it."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in HEADER:
        grid.add_column(
            name, justify="left" if name in ("attack", "verdict") else "right", overflow="fold",
            no_wrap=name == "verdict",
        )  # fmt: skip
    for one in audited.findings:
        *cells, outcome = row(one)
        grid.add_row(*map(Text, cells), Text(outcome, style=_STYLES.get(one.outcome, "")))
    return grid


def row(one: Finding) -> list[str]:
    """The cells of a finding, under HEADER."""
    figure, expected = one.trial.figure, one.trial.expected
    chance = "—" if expected is None else f"expected {shown(expected)}"
    if one.trial.chance is not None:
        chance = shown(one.trial.chance)
    ends_only = figure.available and figure.value is None
    return [
        one.claim.title, "" if ends_only else shown(figure),
        shown(figure) if ends_only else interval(figure), chance,
        _of(one.positive), _of(one.null), str(one.outcome),
    ]  # fmt: skip


def shown(one: Measurement | None) -> str:
    """A figure with its unit, or both ends where that is all there is."""
    if one is None or not one.available:
        return "—"
    if one.value is None:
        return f"{interval(one)} {one.unit}".replace("% share", "%").strip()
    return readable(one.value, one.unit)


def interval(one: Measurement) -> str:
    """Both ends; nothing where they are one."""
    if one.low is None or one.low == one.high:
        return ""
    if one.unit == "share":
        return f"{readable(one.low, one.unit)[:-2]} to {readable(one.high, one.unit)}"
    return f"{readable(one.low, '')} to {readable(one.high, '')}"


def _of(control: Trial | None) -> str:
    return "—" if control is None else shown(control.figure)


def sentences(audited: Audited) -> list[str]:
    """A line a finding: what it means and whom it covers; what is the same is said once."""
    said: dict[str, list[str]] = {}
    for one in audited.findings:
        tried = one.outcome is not Outcome.UNAVAILABLE and one.claim.covers
        covers = f" Covers: {one.claim.covers}" if tried else ""
        said.setdefault(one.words + covers, []).append(one.claim.title)
    lines = [f"{'; '.join(titles)}: {words}" for words, titles in said.items()]
    if audited.encrypted:
        lines.insert(0, ENCRYPTED.format(key=audited.encrypted))
    return [*lines, SCOPE]


def summary(audited: Audited) -> str:
    """The whole in one line."""
    counts = [
        f"{sum(one.outcome is outcome for one in audited.findings)} {outcome}"
        for outcome in Outcome
        if any(one.outcome is outcome for one in audited.findings)
    ]
    left = f"; not finished: {', '.join(audited.unfinished)}" if audited.unfinished else ""
    return (
        f"{audited.where}: {audited.codec}; {audited.records:,} records of {audited.split}: "
        f"{', '.join(counts)}{left}"
    )


def markdown(audited: Audited) -> str:
    """The same as a file for people."""
    text = markdown_table(HEADER, map(row, audited.findings))
    said = "".join(f"- {line}\n" for line in sentences(audited))
    return f"# Audit\n\n{summary(audited)}\n\n{text}\n{said}"


MARKS = {
    Outcome.DISCLOSED: " *", Outcome.UNDECIDED: " ?", Outcome.CONTROL_FAILED: " !",
}  # fmt: skip
LEGEND = (
    "* disclosed: beyond chance, both controls in place; ? undecided; ! a control failed: not "
    "evidence; — not available; no mark: not shown by this attack, or a description. Chance and "
    "controls are those of the first store that has the attack"
)


def side_by_side(found: Sequence[Audited]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of several audits: attacks down, stores across. Chance and the controls are
    those of the first store that has the attack.
    """
    names = list(dict.fromkeys(one.attack for audited in found for one in audited.findings))
    stores = [{one.attack: one for one in audited.findings} for audited in found]
    rows = []
    for name in names:
        there = [store.get(name) for store in stores]
        had = [one for one in there if one is not None]
        first = next((one for one in had if one.outcome is not Outcome.UNAVAILABLE), had[0])
        rows.append([*(row(first)[i] for i in (0, 3, 4, 5)), *map(_marked, there)])
    columns = (str(i) for i in range(1, len(found) + 1))
    return ["attack", "chance", "must succeed", "must fail", *columns], rows


def _marked(one: Finding | None) -> str:
    if one is None:
        return ""
    return shown(one.trial.figure) + MARKS.get(one.outcome, "")
