"""All attacks of one store, in groups."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Finding, Outcome
from fewbytes.audits.suite import GROUPS
from fewbytes.audits.watch import AuditWatcher, Silent
from fewbytes.codecs.registry import suggestion
from fewbytes.errors import InputError


@dataclass(frozen=True)
class Audited:
    """What an audit of a store found. `audited["linkage.rank_1"]` is one finding."""

    where: str
    codec: str
    split: str
    seed: int
    records: int
    findings: tuple[Finding, ...]
    encrypted: str = ""
    """The name of the key that the store is encrypted under, where it is."""
    unfinished: tuple[str, ...] = ()
    """Groups of attacks that were to be run, and were not run to their end."""

    def __getitem__(self, attack: str) -> Finding:
        """A finding. Raises KeyError with the names there are."""
        for one in self.findings:
            if one.attack == attack:
                return one
        there = ", ".join(one.attack for one in self.findings)
        raise KeyError(f"no attack {attack!r}; there are {there}")

    @property
    def failed_controls(self) -> list[Finding]:
        """Findings whose controls did not come out as they must."""
        return [one for one in self.findings if one.outcome is Outcome.CONTROL_FAILED]

    def rows(self) -> list[dict[str, Any]]:
        """One table row a finding, plain JSON values."""
        said = {
            "store": self.where, "codec": self.codec, "split": self.split, "seed": self.seed,
            "records": self.records, "encrypted": self.encrypted,
            "unfinished": list(self.unfinished),
        }  # fmt: skip
        return [{**said, **one.row()} for one in self.findings]


def check_groups(names: Sequence[str]) -> None:
    """Raise InputError where a group of attacks is not one."""
    for name in names:
        if name not in GROUPS:
            raise InputError(
                f"no group of attacks is named {name!r}{suggestion(name, GROUPS)}; "
                f"there are {', '.join(GROUPS)}"
            )


def attacked(
    exposure: Exposure,
    settings: Settings,
    *,
    only: Sequence[str] = (),
    watcher: AuditWatcher | None = None,
) -> list[Finding]:
    """Run the groups of attacks `only`, or all. Raises InputError where there is no such group."""
    check_groups(only)
    watcher = watcher or Silent()
    settings = replace(settings, tell=watcher.at)
    groups = [name for name in GROUPS if not only or name in only]
    watcher.audit_started(groups, len(exposure))
    found: list[Finding] = []
    for name in groups:
        watcher.group_started(name)
        start = time.perf_counter()
        for attack in GROUPS[name]:
            rows = attack.findings(exposure, settings)
            watcher.found(rows)
            found += rows
        watcher.group_finished(name, time.perf_counter() - start)
    return found
