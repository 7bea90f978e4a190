"""The manifest: what a store holds, and the length and hash of every piece of it.

A JSON file, `_meta/manifest.json`, written last. Its text is canonical and ends with the SHA-256
of all before it, so that a changed bit anywhere in it shows; every other file is held to the
manifest by its length and SHA-256, and every block of a shard by two more, of its codes and of the
rest, so that a part of a file can be trusted too.

Whoever changes a store may write such hashes anew. Of an encrypted one, whose manifest says how it
was encrypted, all of the manifest is also under a code that takes the secret key to write.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from fewbytes import keys
from fewbytes.errors import CorruptError, SourceError
from fewbytes.store.layout import MOST_RECORDS
from fewbytes.types import Shape

FORMAT, VERSION = "fewbytes store", 1
ENCRYPTED_VERSION = 2
"""Of encrypted stores alone, so that older readers say that they are too old, and not that a store
is damaged. All else is as in version 1.
"""

META = "_meta"
MANIFEST = f"{META}/manifest.json"
STATE = f"{META}/state.safetensors"
REMARKS = f"{META}/remarks.jsonl"

BLOCK_DIGEST = 32
"""Hexadecimal digits kept of a block's SHA-256: 128 bits."""


MOST_VALUES = 1 << 26
"""Of an image: eight are decoded at a time, in four bytes a value, which is 2 GiB."""

_HASH, _DIGEST = re.compile(r"[0-9a-f]{64}"), re.compile(rf"[0-9a-f]{{{BLOCK_DIGEST}}}")


@dataclass(frozen=True)
class Block:
    """Where a block lies in its shard: `code_bytes` from `offset` on, then `rest_bytes`."""

    records: int
    offset: int
    code_bytes: int
    rest_bytes: int
    code_digest: str
    rest_digest: str

    @property
    def rest_offset(self) -> int:
        """Where the rest begins."""
        return self.offset + self.code_bytes


@dataclass(frozen=True)
class File:
    """A file of the store. Of a shard: where its blocks lie, and how long its footer is."""

    bytes: int
    sha256: str
    footer_bytes: int = 0
    footer_digest: str = ""
    blocks: tuple[Block, ...] = ()

    @property
    def payload_bytes(self) -> int:
        """Bytes of the coded records."""
        return sum(block.code_bytes for block in self.blocks)

    @property
    def records(self) -> int:
        return sum(block.records for block in self.blocks)


CIPHER = "AES-256-GCM"


@dataclass(frozen=True)
class Encryption:
    """How a store was encrypted; all but names in hexadecimal digits. See `fewbytes.store.seal`."""

    cipher: str
    key: str
    """The name of the secret key."""
    salt: str
    check: str
    """What the key gives for the salt: it tells the right key from others."""
    tag: str = ""
    """HMAC-SHA-256, under a key derived for it, of the manifest with this entry empty."""

    def check_form(self) -> None:
        """Raise ValueError unless all of it could be so."""
        if self.cipher != CIPHER:
            raise ValueError(f"encrypted with {self.cipher[:40]!r}, which this fewbytes has not")
        sizes = {"salt": keys.KEY_BYTES, "check": keys.CHECK_BYTES, "tag": keys.KEY_BYTES}
        digits = {name: re.compile(rf"[0-9a-f]{{{2 * size}}}") for name, size in sizes.items()}
        if not keys.is_name(self.key):
            raise ValueError("encrypted with a key of no possible name")
        if not all(digits[name].fullmatch(getattr(self, name)) for name in sizes):
            raise ValueError("its encryption is not described as it should be")


@dataclass(frozen=True)
class NBytes:
    """Bytes that the file system holds: `payload`, the coded records, and `side`, all else."""

    payload: int
    side: int

    @classmethod
    def of(cls, files: Iterable[File], more: int = 0) -> NBytes:
        """Of all these files together, and `more` bytes of side information."""
        files = list(files)
        payload = sum(file.payload_bytes for file in files)
        return cls(payload, sum(file.bytes for file in files) - payload + more)

    @property
    def total(self) -> int:
        return self.payload + self.side


@dataclass(frozen=True)
class Manifest:
    """What a store holds. `splits` names the shards of each split in order, `files` every file but
    the manifest itself.
    """

    codec: str
    image_shape: Shape
    layout: str
    source: str
    seed: int
    classes: int
    class_names: tuple[str, ...]
    skipped: int
    """Images of the source that could not be read; `_meta/remarks.jsonl` lists them."""
    duplicates: int
    """Images whose pixels are those of an earlier one."""
    left_out: int = 0
    """Training images of the source that the codec's selection did not keep. Written only where
    there are any.
    """
    encryption: Encryption | None = None
    """Written only where the store is encrypted."""
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file's content."""
        table = asdict(self)
        if not self.left_out:
            del table["left_out"]
        if self.encryption is None:
            del table["encryption"]
        for entry in table["files"].values():
            for key in ("footer_bytes", "footer_digest", "blocks"):
                if not entry[key]:
                    del entry[key]
            if "blocks" in entry:
                entry["blocks"] = [list(block.values()) for block in entry["blocks"]]
        return _sealed({"format": FORMAT, "version": self._version, **table})

    @property
    def _version(self) -> int:
        return VERSION if self.encryption is None else ENCRYPTED_VERSION

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Manifest:
        """The manifest in a file's content.

        Raises:
            SourceError: of another version of the format.
            CorruptError: damaged.
        """
        table = _opened(content, where)
        if table.pop("format", None) != FORMAT:
            raise CorruptError(f"{where}: not the manifest of a store")
        if (version := table.pop("version", None)) not in (VERSION, ENCRYPTED_VERSION):
            raise SourceError(
                f"{where}: store version {version}; this fewbytes reads {VERSION} and "
                f"{ENCRYPTED_VERSION}"
            )
        try:
            manifest: Manifest = _typed(table, cls)
            if manifest._version != version:
                raise ValueError(f"version {version} does not fit what is said of encryption")
            manifest._check()
        except (TypeError, ValueError, KeyError) as error:
            raise CorruptError(f"{where}: {error}") from error
        return manifest

    def _check(self) -> None:
        """Raise ValueError unless the parts agree with each other."""
        named = [name for shards in self.splits.values() for name in shards]
        if len(self.image_shape) != 3 or min(self.image_shape) < 1:
            raise ValueError(f"image_shape {self.image_shape}")
        if math.prod(self.image_shape) > MOST_VALUES:
            raise ValueError(f"images of more than {MOST_VALUES:,} values: {self.image_shape}")
        if self.encryption is not None:
            self.encryption.check_form()
        if self.left_out < 0:
            raise ValueError(f"{self.left_out} images left out")
        if not all(self.splits.values()):
            raise ValueError("a split without shards")
        if len(set(named)) != len(named) or not set(named) <= set(self.files):
            raise ValueError("the splits name a shard twice, or one that is not there")
        for name, entry in self.files.items():
            inside = not name.startswith("/") and ".." not in name.split("/") and "\\" not in name
            if not (inside and name.isprintable()):
                raise ValueError(f"a file named {name!r}")
            _check_file(name, entry)

    def shards(self, split: str) -> list[tuple[str, File]]:
        """Names and entries of the shards of a split, in order."""
        return [(name, self.files[name]) for name in self.splits[split]]


def digest(content: bytes | memoryview, digits: int = 2 * hashlib.sha256().digest_size) -> str:
    """The first hexadecimal digits of the SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()[:digits]


def _check_file(name: str, entry: File) -> None:
    end = len(b"PAR1")
    for block in entry.blocks:
        numbers = (block.records, block.offset, block.code_bytes, block.rest_bytes)
        if min(numbers) < 0 or block.offset != end:
            raise ValueError(f"{name}: blocks overlap, or leave bytes out")
        if not 0 < block.records <= MOST_RECORDS:
            raise ValueError(f"{name}: a block of {block.records} records")
        end = block.rest_offset + block.rest_bytes
        if not (_DIGEST.fullmatch(block.code_digest) and _DIGEST.fullmatch(block.rest_digest)):
            raise ValueError(f"{name}: a block has no digest")
    if entry.bytes < 0 or entry.footer_bytes < 0:
        raise ValueError(f"{name}: a negative length")
    if (entry.blocks or entry.footer_bytes) and end + entry.footer_bytes != entry.bytes:
        raise ValueError(f"{name}: blocks and footer are not all of the file")
    if not _HASH.fullmatch(entry.sha256):
        raise ValueError(f"{name}: no hash")
    if entry.blocks and not _DIGEST.fullmatch(entry.footer_digest):
        raise ValueError(f"{name}: no digest of its footer")


def _sealed(table: dict[str, Any]) -> bytes:
    body = json.dumps(table, separators=(",", ":"))
    seal = digest(body.encode())
    return f'{body[:-1]},"sha256":"{seal}"}}\n'.encode()


def _opened(content: bytes, where: str) -> dict[str, Any]:
    try:
        table = json.loads(content)
        del table["sha256"]
        intact = _sealed(table) == content
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptError(f"{where}: not a manifest: {type(error).__name__}") from error
    if not intact or not isinstance(table, dict):
        raise CorruptError(f"{where}: the manifest does not match its own hash")
    return table


Typed = TypeVar("Typed")


def _typed(value: Any, kind: Any) -> Any:
    """A JSON value as the type that a field declares. Raises TypeError or ValueError."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:  # `X | None`: what is None is not written
        return _typed(value, inner[0])
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{str(value)[:40]!r} is not a list")
        return tuple(_typed(v, inner[0]) for v in value)
    if origin is not None:  # a mapping
        if not isinstance(value, dict):
            raise TypeError(f"{str(value)[:40]!r} is not a table")
        return {name: _typed(v, inner[1]) for name, v in value.items()}
    if kind in (int, str):
        if type(value) is not kind or (kind is int and abs(value) >= 1 << 63):
            raise TypeError(f"{str(value)[:40]!r} is not of type {kind.__name__}")
        return value
    hints = get_type_hints(kind)
    if isinstance(value, list):  # a block: its values alone, in the order of its fields
        value = dict(zip([f.name for f in fields(kind)], value, strict=True))
    if not isinstance(value, dict) or not value.keys() <= hints.keys():
        raise TypeError(f"{str(value)[:40]!r} does not describe a {kind.__name__.lower()}")
    return kind(**{name: _typed(v, hints[name]) for name, v in value.items()})
