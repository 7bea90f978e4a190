"""A store, open for reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import CodecError, CorruptError
from fewbytes.store.files import Files
from fewbytes.store.layout import Layout
from fewbytes.store.layouts import layout_for
from fewbytes.store.manifest import MANIFEST, REMARKS, STATE, Manifest, NBytes
from fewbytes.store.seal import Seal
from fewbytes.store.split import StoredSplit
from fewbytes.store.trial import check_state

REMARK_KINDS: Mapping[str, Mapping[str, type]] = {
    "remark": {"text": str},
    "skipped": {"split": str, "id": int, "name": str, "reason": str},
    "duplicate": {"split": str, "name": str, "of_split": str, "of_name": str},
}
"""What each kind of remark says."""


class Store:
    """A compressed data set. `store["train"]` is a split; nothing of it is read before it is
    asked for, and nothing is trusted that does not match its hash.
    """

    def __init__(self, files: Files, manifest: Manifest | None = None) -> None:
        """Read the manifest, unless it is given.

        Raises:
            SourceError: no store is there, or one of another version.
            CorruptError: it is damaged.
        """
        self.files = files
        if manifest is None:
            manifest = Manifest.from_bytes(files.whole(MANIFEST), f"{files.where}: {MANIFEST}")
        self.manifest = manifest

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(split):,}" for name, split in self.splits.items())
        return f"<store {self.files.where}: {self.manifest.codec}; {sizes}>"

    def __getitem__(self, split: str) -> StoredSplit:
        try:
            return self.splits[split]
        except KeyError:
            raise KeyError(f"no split {split!r}; there are {', '.join(self.splits)}") from None

    @cached_property
    def codec(self) -> FittedCodec:
        """The codec with what it learned. Raises CorruptError; SecretKeyError as `seal` does."""
        state = self._opened(STATE)
        return FittedCodec.load(self.unfitted, self.manifest.image_shape, state)

    @cached_property
    def unfitted(self) -> Codec:
        """The codec without what it learned, for which no key is needed. Raises CorruptError."""
        try:
            codec = Codec.parse(self.manifest.codec)
            if str(codec) != self.manifest.codec:
                raise CodecError(f"{self.manifest.codec!r} is not how a codec is written")
            codec.symbols(self.manifest.image_shape)  # raises where images do not fit the codec
        except CodecError as error:
            raise CorruptError(f"{self.files.where}: its codec: {error}") from error
        return codec

    @cached_property
    def seal(self) -> Seal | None:
        """What decrypts an encrypted store, once the manifest is seen to be as it was written; None
        where the store is not encrypted.

        Raises:
            SecretKeyError: its key is missing, or another.
            CorruptError: the manifest was changed.
        """
        try:
            return Seal.of(self.manifest)
        except CorruptError as error:
            raise CorruptError(f"{self.files.where}: {error}") from None

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the secret keys without which images cannot be decoded."""
        entry = self.manifest.encryption
        return tuple(dict.fromkeys([*([entry.key] if entry else []), *self.unfitted.keys]))

    @cached_property
    def decoder(self) -> FittedCodec:
        """The codec, once what it learned has been seen to fit it, and to decode. Raises
        CorruptError, and SecretKeyError where a key of its stages is missing, or another.
        """
        check_state(self.codec, pixels=True)
        return self.codec

    @cached_property
    def layout(self) -> Layout:
        layout = layout_for(self.codec, self.seal)
        if layout.name != self.manifest.layout:
            raise CorruptError(f"{self.files.where}: {layout.name} called {self.manifest.layout}")
        return layout

    @cached_property
    def splits(self) -> Mapping[str, StoredSplit]:
        """The splits by name."""
        return {name: StoredSplit(self, name) for name in self.manifest.splits}

    @property
    def nbytes(self) -> NBytes:
        """Of the whole store, manifest included."""
        return NBytes.of(self.manifest.files.values(), self._manifest_bytes)

    @cached_property
    def _manifest_bytes(self) -> int:
        return len(self.manifest.to_bytes())

    @property
    def images(self) -> int:
        """Images of all splits, those that the codec's selection left out among them: what bytes
        are divided by, so that fewer images show as fewer bytes an image.
        """
        return sum(map(len, self.splits.values())) + self.manifest.left_out

    @property
    def raw_bytes(self) -> int:
        """What all `images` and their labels take as uint8 (labels beyond 256 classes: two bytes),
        those left out too.
        """
        height, width, channels = self.manifest.image_shape
        label = 1 if self.manifest.classes <= 1 << 8 else 2
        return self.images * (height * width * channels + label)

    @property
    def ratio(self) -> float:
        """Raw bytes over total bytes."""
        return self.raw_bytes / self.nbytes.total

    def check_lengths(self) -> None:
        """Raise CorruptError where a file is missing, or has another length than it should."""
        for name, entry in self.manifest.files.items():
            if (size := self.files.size(name)) != entry.bytes:
                where = f"{self.files.where}: {name}"
                raise CorruptError(f"{where} has {size} bytes in place of {entry.bytes}")

    def ledger(self) -> dict[str, int]:
        """Bytes of every part: of each split its codes and all else, then the other files."""
        parts: dict[str, int] = {}
        for name, split in self.splits.items():
            parts[f"{name}.codes"] = split.nbytes.payload
            parts[f"{name}.labels"] = split.nbytes.side
        shards = {name for names in self.manifest.splits.values() for name in names}
        others = {n: entry.bytes for n, entry in self.manifest.files.items() if n not in shards}
        return {**parts, **others, MANIFEST: self._manifest_bytes}

    def remarks(self) -> list[dict[str, Any]]:
        """What was noticed while compressing: images skipped, images that are there twice. Raises
        CorruptError, and SecretKeyError as `seal` does.
        """
        where = f"{self.files.where}: {REMARKS}"
        try:
            found = [json.loads(line) for line in self._opened(REMARKS).decode().splitlines()]
        except (ValueError, RecursionError) as error:
            raise CorruptError(f"{where}: not lines of JSON") from error
        for number, remark in enumerate(found, 1):
            if not _is_remark(remark):
                raise CorruptError(f"{where}: line {number} is not a remark")
        return found

    def side_file(self, name: str) -> bytes:
        """A file beside the shards, checked; nothing where there is none. Raises CorruptError."""
        entry = self.manifest.files.get(name)
        return b"" if entry is None else self.files.checked(name, 0, entry.bytes, entry.sha256)

    def _opened(self, name: str) -> bytes:
        """The same, decrypted where the store is encrypted. Raises as `seal` does."""
        seal, content = self.seal, self.side_file(name)
        if seal is None or name not in self.manifest.files:
            return content
        try:
            return seal.decrypt(content, name)
        except CorruptError as error:
            raise CorruptError(f"{self.files.where}: {name}: {error}") from None


def _is_remark(value: Any) -> bool:
    """Whether a JSON value is a table of a kind there is, with all that the kind says."""
    if not isinstance(value, dict) or not isinstance(kind := value.get("kind"), str):
        return False
    wanted = {"kind": str, **REMARK_KINDS.get(kind, {})}
    return kind in REMARK_KINDS and {k: type(v) for k, v in value.items()} == wanted
