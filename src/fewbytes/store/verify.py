"""Every checksum and every block of a store, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fewbytes.data.source import records_at_once
from fewbytes.errors import CorruptError, FewbytesError
from fewbytes.store.files import Files
from fewbytes.store.manifest import MANIFEST, Manifest
from fewbytes.store.store import Store


@dataclass(frozen=True)
class Checked:
    """A thing that was looked at: a file, or a block of one; what is wrong with it, if anything."""

    what: str
    fault: str | None = None


def verify(files: Files) -> Iterator[Checked]:
    """Look at the manifest, then at every file's length and hash, then decode every block; yields
    what was looked at as it goes, and goes on after a fault where it can.

    Raises:
        SourceError: there is no store, or one of another version.
    """
    content = files.whole(MANIFEST)
    try:
        manifest = Manifest.from_bytes(content, MANIFEST)
    except CorruptError as error:
        yield Checked(MANIFEST, str(error))
        return
    yield Checked(MANIFEST)
    sound = True
    for name, entry in manifest.files.items():
        fault = _fault_of_file(files, name, entry.bytes, entry.sha256)
        sound &= fault is None
        yield Checked(name, fault)
    yield from _blocks(files, manifest, sound)


def _fault_of_file(files: Files, name: str, length: int, sha256: str) -> str | None:
    try:
        if (size := files.size(name)) != length:
            return f"{size} bytes in place of {length}"
        if files.sha256(name, length) != sha256:
            return "it does not match its hash"
    except FewbytesError as error:
        return str(error)
    return None


def _blocks(files: Files, manifest: Manifest, sound: bool) -> Iterator[Checked]:
    """Every block decoded to images and back to labels."""
    try:
        store = Store(files, manifest)
        _ = store.layout
    except FewbytesError as error:
        if sound:  # else its cause has been said
            yield Checked("codec", str(error))
        return
    at_once = records_at_once(manifest.image_shape)
    for split in store.splits.values():
        for number in range(len(split.block_starts) - 1):
            fault = None
            try:
                rows, _ = split.block(number)
                for start in range(0, len(rows), at_once):
                    part = rows[start : start + at_once]
                    store.decoder.decode(store.layout.to_codes(part))
            except FewbytesError as error:
                fault = str(error)
            yield Checked(f"{split.name} block {number}", fault)
