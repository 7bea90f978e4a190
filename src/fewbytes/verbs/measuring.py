"""`measure`: what a store's codes hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fewbytes.codecs.fitting import check_seed
from fewbytes.data import open_source
from fewbytes.data.load import AnySource
from fewbytes.durable import write_whole, writing
from fewbytes.errors import InputError
from fewbytes.measures.material import Material
from fewbytes.measures.measured import Measured, check_groups, measure_material
from fewbytes.measures.watch import Watcher
from fewbytes.report.drawing import plots_available
from fewbytes.report.measures import measured as tables
from fewbytes.report.measures import plots
from fewbytes.verbs.storing import StoreOrLocation, opened

RECORDS = 20_000
"""Records that are measured where nobody says how many."""

LEAST_RECORDS = 2


def measure(
    store: StoreOrLocation,
    *,
    originals: AnySource | None = None,
    split: str = "train",
    only: str | Sequence[str] = (),
    records: int = RECORDS,
    seed: int = 0,
    size: int | str | tuple[int, int] | None = None,
    watcher: Watcher | None = None,
) -> Measured:
    """Measure what the codes of a store hold: bits, what they say of images and labels, fidelity,
    geometry. What cannot be had is a measurement called `not available` that says why.

    Probes are trained on records of `split` and judged on others of it that they have not seen.

    Args:
        originals: the source that the store was made of, for what compares with it.
        only: groups of measures, such as `entropy` or `labels`; all where it is empty.
        records: draw at most so many records of the split; entropies take all that fit.
        size: as `compress` took it, where images were brought to a size.

    Raises:
        InputError: no such split or group, or `originals` are not those of the store.
        CorruptError: the store is damaged.
    """
    only = (only,) if isinstance(only, str) else tuple(only)
    check_groups(only)
    check_seed(seed)
    if records < LEAST_RECORDS:
        raise InputError(f"records must be at least {LEAST_RECORDS}, not {records}")
    there = opened(store)
    source = None if originals is None else open_source(originals, size=size)
    material = Material.of(there, split, records=records, seed=seed, source=source)
    if material.unpaired is None:
        material.originals  # noqa: B018 (raises now where they are another set's)
    return measure_material(material, only=only, seed=seed, watcher=watcher)


def open_folder(path: Path) -> None:
    """Make the folder that results will be written to. Raises OutputError where that cannot be."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


def write_measures(found: Sequence[Measured], path: Path) -> list[str]:
    """Write measures.json, measures.md and pictures into a folder; the names of what was written.
    Pictures are left out where matplotlib is missing.

    Raises:
        OutputError: the folder cannot be written.
    """
    rows = [row for measured in found for row in measured.rows()]
    files: dict[str, str | bytes] = {
        "measures.json": json.dumps(rows, indent=2) + "\n",
        "measures.md": tables.markdown(found),
    }
    if plots_available():
        files |= plots.draw(found)
    for name, content in files.items():
        write_whole(path / name, content)
    return list(files)
