"""Every checksum and every block of a store, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fewbytes import keys
from fewbytes.data.source import records_at_once
from fewbytes.errors import CorruptError, FewbytesError, SecretKeyError
from fewbytes.store.files import Files
from fewbytes.store.manifest import MANIFEST, Manifest
from fewbytes.store.store import Store


@dataclass(frozen=True)
class Checked:
    """A thing that was looked at: a file, or a block of one; what is wrong with it, if anything.
    Where it could not be looked at for want of a key, `unseen` says so.
    """

    what: str
    fault: str | None = None
    unseen: str | None = None


def verify(files: Files) -> Iterator[Checked]:
    """Look at the manifest, then at every file's length and hash, then decode every block; yields
    what was looked at as it goes, and goes on after a fault where it can.

    Where no key is given that decrypting, or decoding to pixels, takes, all else is looked at, and
    the last that is yielded says what was not. Of an encrypted store that is all but hashes, which
    whoever changes it may have written anew.

    Raises:
        SourceError: there is no store, or one of another version.
        SecretKeyError: a key is given, and is not the right one.
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
    """Every block decoded to images and back to labels, or as far as the keys that are given go."""
    entry, missing = manifest.encryption, None
    if entry is not None and not keys.given(entry.key):
        yield Checked("blocks", unseen=f"not decrypted: {keys.refusal(entry.key, 'is missing')}")
        return
    try:
        store = Store(files, manifest)
        _ = store.layout
        missing = next((key for key in store.keys if not keys.given(key)), None)
        if missing is None and store.keys:
            _ = store.decoder
    except SecretKeyError:
        raise
    except FewbytesError as error:
        if sound:  # else its cause has been said
            yield Checked("codec", str(error))
        return
    yield from _decoded(store, pixels=missing is None)
    if missing is not None:
        yield Checked("images", unseen=f"not decoded: {keys.refusal(missing, 'is missing')}")


def _decoded(store: Store, pixels: bool) -> Iterator[Checked]:
    """Every block decoded, to symbols or to pixels."""
    at_once = records_at_once(store.manifest.image_shape)
    for split in store.splits.values():
        for number in range(len(split.block_starts) - 1):
            fault = None
            try:
                rows, _ = split.block(number)
                for start in range(0, len(rows) if pixels else 0, at_once):
                    part = rows[start : start + at_once]
                    store.decoder.decode(store.layout.to_codes(part))
            except FewbytesError as error:
                fault = str(error)
            yield Checked(f"{split.name} block {number}", fault)
