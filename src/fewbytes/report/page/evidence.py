"""Measures and audits that were run beside a study, as tables with their words.

They are read back from JSON that anybody may have written: what is no figure is shown as a text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fewbytes.audits.finding import Outcome, readable
from fewbytes.measures.measurement import Verdict
from fewbytes.report.audit.audited import SCOPE
from fewbytes.report.measures.measured import DOUBT, NONE, number, title

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A figure as it is shown, its interval, and whether it calls itself unreliable."""

    figure: str
    interval: str = ""
    doubted: bool = False


@dataclass(frozen=True)
class Measures:
    """Measures down, stores across."""

    stores: tuple[tuple[str, str], ...]
    """(codec, where)."""
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    """(measure, unit, a cell a store)."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Attack:
    """A row of an audit."""

    title: str
    figure: str
    interval: str
    chance: str
    identity: str
    noise: str
    outcome: str
    words: str
    is_evidence: bool
    """False where a control failed: such a figure proves nothing."""
    disclosed: bool


@dataclass(frozen=True)
class Audit:
    """One store's audit."""

    codec: str
    where: str
    records: str
    attacks: tuple[Attack, ...]
    summary: str
    scope: str = SCOPE


def measures(records: Sequence[Record]) -> Measures | None:
    """The table of all stores; None where nothing was measured."""
    if not records:
        return None
    stores = list(dict.fromkeys(map(_store, records)))
    found = {(_store(one), str(one["measure"])): one for one in records}
    rows = []
    for name in dict.fromkeys(str(one["measure"]) for one in records):
        there = [found.get((store, name)) for store in stores]
        unit = next((str(one["unit"]) for one in there if one and one.get("unit")), "")
        rows.append((title(name), unit, tuple(map(_cell, there))))
    return Measures(
        tuple((codec, where) for where, codec, _ in stores), tuple(rows), _warnings(records, stores)
    )


def audits(records: Sequence[Record]) -> list[Audit]:
    """A table for each store that was audited."""
    stores = dict.fromkeys(map(_store, records))
    return [_audit(store, [one for one in records if _store(one) == store]) for store in stores]


def _store(record: Record) -> tuple[str, str, str]:
    where, codec, split = (str(record.get(name, "")) for name in ("store", "codec", "split"))
    return where, codec, split


def _cell(record: Record | None) -> Cell:
    if record is None or record.get("verdict") == Verdict.UNAVAILABLE:
        return Cell(NONE)
    value, low, high = (_figure(record.get(name)) for name in ("value", "low", "high"))
    ends = "" if low is None or low == high else f"{number(low)} to {number(high)}"
    doubted = record.get("verdict") == Verdict.UNRELIABLE
    shown = ends if value is None else number(value)
    mark = f" {DOUBT}" if doubted else ""
    return Cell(shown + mark, "" if value is None else ends, doubted)


def _warnings(records: Sequence[Record], stores: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """Each warning once, with the measures and stores that it is of."""
    said: dict[str, dict[str, set[int]]] = {}
    for one in records:
        for warning in _texts(one.get("warnings")):
            of_it = said.setdefault(warning, {}).setdefault(title(str(one["measure"])), set())
            of_it.add(stores.index(_store(one)) + 1)
    lines = []
    for warning, measures_of_it in said.items():
        everywhere = set().union(*measures_of_it.values())
        places = ", ".join(map(str, sorted(everywhere)))
        which = "" if len(everywhere) == len(stores) else f" [{places}]"
        lines.append(f"{'; '.join(measures_of_it)}{which}: {warning}")
    return tuple(lines)


def _audit(store: tuple[str, str, str], records: Sequence[Record]) -> Audit:
    attacks = tuple(map(_attack, records))
    counts = {name: sum(one.outcome == name for one in attacks) for name in map(str, Outcome)}
    summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    first = records[0].get("records")
    held = f"{first:,} records of {store[2]}" if isinstance(first, int) else store[2]
    return Audit(store[1], store[0], held, attacks, summary)


def _attack(record: Record) -> Attack:
    outcome = str(record.get("outcome", ""))
    unit = str(record.get("unit", ""))
    beside = record.get("chance") or record.get("expected")
    covers = str(record.get("covers") or "")
    failed = outcome != Outcome.UNAVAILABLE and record.get("controls_in_place") is not True
    return Attack(
        title=str(record.get("title") or record["attack"]),
        figure=_shown(record, unit),
        interval=_interval(record, unit),
        chance=_shown(beside, unit),
        identity=_shown(record.get("positive_control"), unit),
        noise=_shown(record.get("null_control"), unit),
        outcome=str(Outcome.CONTROL_FAILED) if failed else outcome,
        words=f"{record.get('words', '')}{f' Covers: {covers}' if covers else ''}",
        is_evidence=not failed,
        disclosed=outcome == Outcome.DISCLOSED and not failed,
    )


def _shown(record: object, unit: str) -> str:
    """The figure of a row, or its interval where that is all there is."""
    if not isinstance(record, Mapping):
        return NONE
    value = _figure(record.get("value"))
    if value is None:
        return _interval(record, unit) or NONE
    return readable(value, str(record.get("unit", unit)))


def _interval(record: Record, unit: str) -> str:
    low, high = _figure(record.get("low")), _figure(record.get("high"))
    if low is None or high is None or low == high:
        return ""
    if unit == "share":
        return f"{readable(low, unit)[:-2]} to {readable(high, unit)}"
    return f"{readable(low, '')} to {readable(high, '')}"


def _figure(value: object) -> float | None:
    """A number, of those that JSON writes as texts too."""
    if value in ("inf", "-inf"):
        return float(str(value))
    if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
        return float(value)
    return None


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
