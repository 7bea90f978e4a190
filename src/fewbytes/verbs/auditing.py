"""`audit`: what the codes of a store give away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from fewbytes.audits.attack import Settings
from fewbytes.audits.audited import Audited, attacked, check_groups
from fewbytes.audits.census import census
from fewbytes.audits.exposure import Exposure, exposed
from fewbytes.audits.finding import Finding
from fewbytes.audits.membership.halves import FEWEST
from fewbytes.audits.watch import AuditWatcher
from fewbytes.codecs.fitting import check_seed
from fewbytes.data import open_source
from fewbytes.data.load import AnySource
from fewbytes.data.source import Source
from fewbytes.durable import write_whole
from fewbytes.errors import InputError
from fewbytes.measures.material import Material
from fewbytes.report.audit import audited as tables
from fewbytes.report.audit import plots
from fewbytes.report.drawing import plots_available
from fewbytes.store import Store
from fewbytes.verbs.storing import StoreOrLocation, opened

RECORDS = 10_000
"""Records that are attacked, and known to attackers, where nobody says how many."""

LEAST_RECORDS = 200

SHADOWS = 16


def audit(
    store: StoreOrLocation,
    *,
    originals: AnySource,
    split: str = "train",
    only: str | Sequence[str] = (),
    other: StoreOrLocation | None = None,
    other_originals: AnySource | None = None,
    among: Sequence[AnySource] = (),
    records: int = RECORDS,
    shadows: int = SHADOWS,
    seed: int = 0,
    size: int | str | tuple[int, int] | None = None,
    watcher: AuditWatcher | None = None,
) -> Audited:
    """Attack the codes of a store: rebuild images, recognise records and data sets, count what is
    unique, learn what a key hides, tell what a network was trained on. Every attack also runs on
    what must give all away, and on what must give nothing away; a figure whose controls fail proves
    nothing, and says so.

    Args:
        originals: the source that the store was made of.
        only: groups of attacks, such as `linkage`; all where it is empty.
        other: a second release, to be linked with the first.
        other_originals: what it was made of; `originals` where nobody says.
        among: other data sets that the codes are to be told from.
        records: draw at most so many; half of them are pairs that attackers know.
        shadows: networks of the membership attacks.
        size: as `compress` took it, where images were brought to a size.

    Raises:
        InputError: no such split or group, too few records, or originals of another store.
        CorruptError: a store is damaged.
    """
    only = (only,) if isinstance(only, str) else tuple(only)
    check_groups(only)
    check_seed(seed)
    if records < LEAST_RECORDS:
        raise InputError(f"records must be at least {LEAST_RECORDS}, not {records}")
    if shadows < FEWEST:
        raise InputError(f"shadows must be at least {FEWEST}, not {shadows}")
    there, source = opened(store), open_source(originals, size=size)
    exposure = _exposed(there, source, split, records, seed)
    settings = Settings(
        seed=seed,
        shadows=shadows,
        among=tuple(open_source(one, size=exposure.images.shape[1:3]) for one in among),
        other=_other(other, source, other_originals, split, records, seed, size),
        held_out=cache(partial(_held_out, there, source, split, records, seed)),
        census=cache(partial(census, there, source, split)),
    )
    found = attacked(exposure, settings, only=only, watcher=watcher)
    return about(there, split, seed, len(exposure), found)


def about(
    store: Store,
    split: str,
    seed: int,
    records: int,
    found: Sequence[Finding],
    unfinished: Sequence[str] = (),
) -> Audited:
    """What was found, with what it was found in."""
    manifest = store.manifest
    encrypted = "" if manifest.encryption is None else manifest.encryption.key
    return Audited(
        store.files.where, manifest.codec, split, seed, records, tuple(found), encrypted,
        tuple(unfinished),
    )  # fmt: skip


def _exposed(store: Store, source: Source, split: str, records: int, seed: int) -> Exposure:
    material = Material.of(store, split, records=records, seed=seed, source=source)
    exposure = exposed(material, seed)
    if len(exposure) < LEAST_RECORDS:
        raise InputError(
            f"{store.files.where} holds {len(exposure)} records in {split}; an audit needs "
            f"{LEAST_RECORDS}"
        )
    return exposure


def _other(
    other: StoreOrLocation | None,
    source: Source,
    originals: AnySource | None,
    split: str,
    records: int,
    seed: int,
    size: int | str | tuple[int, int] | None,
) -> Exposure | None:
    """The other release, its records drawn by a seed of its own."""
    if other is None:
        return None
    made_of = source if originals is None else open_source(originals, size=size)
    return _exposed(opened(other), made_of, split, records, seed + 1)


def _held_out(store: Store, source: Source, split: str, records: int, seed: int) -> Exposure | None:
    """Records of another split, where there is one whose originals are known."""
    for name in store.splits:
        if name != split and name in source.sizes:
            material = Material.of(store, name, records=records, seed=seed, source=source)
            return None if material.unpaired else exposed(material, seed)
    return None


def write_audit(audited: Audited, path: Path) -> list[str]:
    """Write audit.json, audit.md and pictures into a folder; the names of what was written.
    Pictures are left out where matplotlib is missing, and those of an earlier audit removed.

    Raises:
        OutputError: the folder cannot be written.
    """
    files: dict[str, str | bytes] = {
        "audit.json": json.dumps(audited.rows(), indent=2) + "\n",
        "audit.md": tables.markdown(audited),
    }
    if plots_available():
        files |= plots.draw(audited)
    for name, content in files.items():
        write_whole(path / name, content)
    for name in plots.PICTURES.keys() - files.keys():
        (path / name).unlink(missing_ok=True)
    return list(files)
