"""Everything a compressed set consists of, as bytes: nothing else is needed to decode it.

A set is a few named parts, as they would lie in files:

    train.codes, test.codes       the coded records of a split             payload
    train.labels, test.labels     class numbers, as few bits each as do    side information
    state                         what the codec learned, as safetensors   side information
    manifest                      codec, shapes and counts, as JSON        side information

`from_parts(to_parts(...))` gives codes and labels back from the parts alone, and a test holds that
it does: so whatever decoding needs has been counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec, FittedCodec, Symbols, bits
from fewbytes.errors import CorruptError
from fewbytes.types import Labels

FORMAT_VERSION = 1


@dataclass(frozen=True)
class CodedSplit:
    """Codes (n, *code_shape) with their labels (n,)."""

    codes: NDArray[Any]
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


def to_parts(fitted: FittedCodec, splits: Mapping[str, CodedSplit]) -> dict[str, bytes]:
    """The parts of a compressed set, by name."""
    classes = 1 + max(int(split.labels.max()) for split in splits.values())
    manifest = {
        "format": FORMAT_VERSION,
        "codec": str(fitted),
        "image_shape": fitted.image_shape,
        "classes": classes,
        "images": {name: len(split) for name, split in splits.items()},
    }
    parts = {"manifest": json.dumps(manifest, separators=(",", ":")).encode()}
    parts["state"] = fitted.save_state()
    for name, split in splits.items():
        parts[f"{name}.codes"] = fitted.pack(split.codes)
        parts[f"{name}.labels"] = _pack_labels(split.labels, classes)
    return parts


def from_parts(parts: Mapping[str, bytes]) -> tuple[FittedCodec, dict[str, CodedSplit]]:
    """The inverse of `to_parts`.

    Raises:
        CorruptError: a part is missing or does not decode.
    """
    try:
        manifest = json.loads(parts["manifest"])
        codec = Codec.parse(manifest["codec"])
        fitted = FittedCodec.load(codec, tuple(manifest["image_shape"]), parts["state"])
        splits = {
            name: CodedSplit(
                fitted.unpack(parts[f"{name}.codes"], n),
                _unpack_labels(parts[f"{name}.labels"], n, manifest["classes"]),
            )
            for name, n in manifest["images"].items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CorruptError(f"the parts of the set do not decode: {error!r}") from error
    return fitted, splits


def _label_symbols(n: int, classes: int) -> Symbols:
    return Symbols((n,), classes)  # all labels as one record: no filling between them


def _pack_labels(labels: Labels, classes: int) -> bytes:
    symbols = _label_symbols(len(labels), classes)
    return bits.pack(labels.astype(symbols.dtype)[None], symbols).tobytes()


def _unpack_labels(blob: bytes, n: int, classes: int) -> Labels:
    symbols = _label_symbols(n, classes)
    if len(blob) != bits.packed_bytes(symbols):
        raise CorruptError(f"{n} labels take {bits.packed_bytes(symbols)} bytes, not {len(blob)}")
    labels: Labels = bits.unpack(np.frombuffer(blob, np.uint8)[None], symbols)[0].astype(np.int64)
    return labels
