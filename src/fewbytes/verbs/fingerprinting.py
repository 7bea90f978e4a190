"""`fingerprint`: naming a data set by its contents."""

from __future__ import annotations

import os
from pathlib import Path

from fewbytes.audits.fingerprints.comparison import Comparison, Relation
from fewbytes.audits.fingerprints.exported import from_json, to_json
from fewbytes.audits.fingerprints.fingerprinted import Fingerprinted
from fewbytes.audits.fingerprints.perceptual import hasher
from fewbytes.audits.fingerprints.reading import FingerprintWatcher, of_codes, of_images
from fewbytes.data import open_source
from fewbytes.data.load import AnySource
from fewbytes.durable import write_whole
from fewbytes.errors import InputError, MissingExtraError, OutputError
from fewbytes.store import Store
from fewbytes.store.manifest import MANIFEST
from fewbytes.store.source import StoreSource
from fewbytes.verbs.storing import open as open_store

SUFFIX = ".json"
"""How the name of a fingerprint's file ends."""

Size = int | str | tuple[int, int] | None


def fingerprint(
    source: AnySource | Store,
    *,
    size: Size = None,
    codes: bool = False,
    robust: bool = False,
    watcher: FingerprintWatcher | None = None,
) -> Fingerprinted:
    """Name a data set by its contents, whatever the order of its records: for each split and for
    the whole, a Merkle root and a multiset hash that can be updated. `a.compare(b)` says what one
    set is to another.

    One record more or less, a copy, a changed pixel or label changes both. Records that cannot be
    read are in neither; they are counted.

    Args:
        source: anything that `load` takes, a store's URL, or the file of a fingerprint, whose word
            is taken for what is not at hand.
        size: rows and columns that images are brought to, such as 32 or "32x48".
        codes: of a store, name the codes as they are stored, rather than the images they decode to.
        robust: hash what images look like too, so that sets coded anew are known again.

    Raises:
        InputError: nothing is there, it cannot be read, it holds no readable record, or what is
            asked for is not in the file of a fingerprint.
        CorruptError: a store is damaged.
        MissingExtraError: `robust`, and imagehash is not installed.
    """
    if codes and (robust or size is not None):
        raise InputError("codes are no images: leave out either codes, or robust and size")
    if robust:
        hasher()
    if (file := _file(source)) is not None:
        found = read_fingerprint(file)
        _check_asked(found, file, size=size, codes=codes, robust=robust)
        return found
    store = _store(source)
    if codes:
        return of_codes(_only_store(source) if store is None else store, watcher=watcher)
    name = None if store is None else store.files.where
    images = open_source(source if store is None else StoreSource(store), size=size)
    return of_images(images, name=name, robust=robust, watcher=watcher)


def compare(
    source: AnySource | Store,
    other: AnySource | Store,
    *,
    size: Size = None,
    codes: bool = False,
    robust: bool = False,
    watcher: FingerprintWatcher | None = None,
) -> tuple[Fingerprinted, Fingerprinted, Comparison]:
    """The fingerprints of two sets, and what one is to the other. Where they hold other images,
    they are hashed by what they look like too, if imagehash is installed.

    Raises as `fingerprint` does.
    """
    one_has_images = any(_file(one) is None for one in (source, other))

    def taken(robust: bool) -> tuple[Fingerprinted, Fingerprinted]:
        first, second = (
            fingerprint(
                one, size=None if one_has_images and _file(one) else size, codes=codes,
                robust=robust, watcher=watcher,
            )
            for one in (source, other)
        )  # fmt: skip
        return first, second

    both = taken(robust)
    found = both[0].compare(both[1])
    if found.relation in (Relation.SAME, Relation.REORDERED, Relation.RELABELLED):
        return *both, found
    blind = any(
        _file(one) and not there.robust for one, there in zip((source, other), both, strict=True)
    )
    if robust or codes or blind or not _can_look():
        return *both, found
    both = taken(True)
    return *both, both[0].compare(both[1])


def read_fingerprint(path: Path) -> Fingerprinted:
    """The fingerprint that `write_fingerprint` wrote. Raises InputError."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return from_json(text, str(path))


def _check_asked(
    found: Fingerprinted, path: Path, *, size: Size, codes: bool, robust: bool
) -> None:
    """Raise InputError where something is asked for that the file of a fingerprint cannot give."""
    if size is not None:
        raise InputError(f"{path} is a fingerprint: it holds no images to bring to a size")
    if codes and found.kind != "code":
        raise InputError(f"{path} is a fingerprint of images, not of codes: leave codes out")
    if robust and not found.robust:
        raise InputError(f"{path} is a fingerprint without a sketch: it was not taken with robust")


def check_file(path: Path) -> None:
    """Raise OutputError where a fingerprint cannot be written to `path`."""
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        why = "it is a folder" if path.is_dir() else f"{path.parent} may not be written to"
        raise OutputError(f"cannot write {path}: {why}")
    if path.suffix != SUFFIX:
        raise OutputError(f"cannot write {path}: the name of a fingerprint ends in {SUFFIX}")


def write_fingerprint(found: Fingerprinted, path: Path) -> None:
    """Write a fingerprint as a file that `fingerprint` takes. Raises OutputError."""
    check_file(path)
    write_whole(path, to_json(found))


def _file(source: AnySource | Store) -> Path | None:
    """The file of a fingerprint that `source` names; None where it is something else."""
    if not isinstance(source, str | os.PathLike):
        return None
    path = Path(source)
    return path if path.suffix == SUFFIX and _is_file(path) else None


def _store(source: AnySource | Store) -> Store | None:
    """The store that `source` is or names; None where it is something else."""
    if isinstance(source, Store):
        return source
    if not isinstance(source, str | os.PathLike):
        return None
    remote = "://" in os.fspath(source)
    return open_store(source) if remote or _is_file(Path(source) / MANIFEST) else None


def _only_store(source: AnySource | Store) -> Store:
    if isinstance(source, str | os.PathLike):
        return open_store(source)
    raise InputError("only a store has codes")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, a folder that may not be looked into: open_source says so
        return False


def _can_look() -> bool:
    try:
        hasher()
    except MissingExtraError:
        return False
    return True
