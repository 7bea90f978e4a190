"""What was measured of a store: measurements by name, and what pictures are drawn from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fewbytes.codecs.registry import suggestion
from fewbytes.errors import InputError
from fewbytes.measures.findings import Findings
from fewbytes.measures.material import Material
from fewbytes.measures.measurement import Measurement
from fewbytes.measures.suite import GROUPS, measurements
from fewbytes.measures.watch import Silent, Watcher


@dataclass(frozen=True)
class Measured:
    """What was measured of a store. `measured["entropy.record"]` is one measurement."""

    where: str
    codec: str
    split: str
    seed: int
    measurements: tuple[Measurement, ...]
    findings: Findings = field(repr=False)
    """What pictures are drawn from."""

    def __getitem__(self, name: str) -> Measurement:
        """A measurement. Raises KeyError with the names there are."""
        for one in self.measurements:
            if one.name == name:
                return one
        there = ", ".join(one.name for one in self.measurements)
        raise KeyError(f"no measurement {name!r}; there are {there}")

    def get(self, name: str) -> Measurement | None:
        """A measurement that is there and available; None where it is not."""
        return next((one for one in self.measurements if one.name == name and one.available), None)

    def rows(self) -> list[dict[str, Any]]:
        """One table row a measurement, plain JSON values."""
        said = {"store": self.where, "codec": self.codec, "split": self.split, "seed": self.seed}
        return [{**said, **one.row()} for one in self.measurements]


def check_groups(names: Sequence[str]) -> None:
    """Raise InputError where a group of measures is not one."""
    for name in names:
        if name not in GROUPS:
            raise InputError(
                f"no group of measures is named {name!r}{suggestion(name, GROUPS)}; "
                f"there are {', '.join(GROUPS)}"
            )


def measure_material(
    material: Material, *, only: Sequence[str] = (), seed: int = 0, watcher: Watcher | None = None
) -> Measured:
    """Run the groups of measures `only`, or all, over a material.

    Raises:
        InputError: no such group.
        CorruptError: the store is damaged.
    """
    check_groups(only)
    findings, watcher = Findings(material, seed), watcher or Silent()
    groups = [name for name in GROUPS if not only or name in only]
    watcher.measuring_started(len(groups))
    found: list[Measurement] = []
    for name in groups:
        watcher.group_started(name)
        start = time.perf_counter()
        found += measurements(findings, name)
        watcher.group_finished(name, time.perf_counter() - start)
    store, split = material.store, material.split.name
    return Measured(store.files.where, store.manifest.codec, split, seed, tuple(found), findings)
