"""IDX files, the format MNIST was published in: a big-endian header, then the array."""

from __future__ import annotations

import gzip
import lzma
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.arrays import ArraySource
from fewbytes.data.resized import resized
from fewbytes.data.source import Source
from fewbytes.errors import SourceError
from fewbytes.types import Dataset, Split

_OPENERS = {".gz": gzip.decompress, ".xz": lzma.decompress, "": bytes}
_PARTS = {"train": "train", "test": "t10k"}


def decode(content: bytes, where: str) -> NDArray[np.uint8]:
    """The array in the bytes of an IDX file of unsigned bytes. Raises SourceError."""
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise SourceError(f"{where}: not an IDX file of unsigned bytes")
    axes = content[3]
    if len(content) < 4 + 4 * axes:
        raise SourceError(f"{where}: the IDX header is cut short")
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    body = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if body.size != np.prod(shape, dtype=object):
        raise SourceError(f"{where}: the header promises {shape} bytes, but {body.size} follow")
    return body.reshape(shape)


def read(path: Path) -> NDArray[np.uint8]:
    """The array in an IDX file, which may be compressed (.gz, .xz). Raises SourceError."""
    opener: Any = _OPENERS.get(path.suffix, bytes)
    try:
        return decode(opener(path.read_bytes()), str(path))
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise SourceError(f"{path}: {error}") from error


def find(folder: Path, name: str) -> Path | None:
    """The file `name` in `folder`, compressed or not."""
    candidates = (folder / f"{name}{suffix}" for suffix in _OPENERS)
    return next((path for path in candidates if path.is_file()), None)


def load(folder: Path, name: str) -> Dataset:
    """A data set from a folder with four IDX files, named as MNIST's are. Raises SourceError."""
    splits = {}
    for split, prefix in _PARTS.items():
        arrays = []
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            path = find(folder, f"{prefix}-{kind}")
            if path is None:
                raise SourceError(f"{folder}: {prefix}-{kind} (or .gz, .xz) is missing")
            arrays.append(read(path))
        splits[split] = Split(arrays[0], arrays[1].astype(np.int64))
    return Dataset(name, splits["train"], splits["test"])


def looks_like(folder: Path) -> bool:
    """Whether the folder holds IDX files named as MNIST's are. Never raises."""
    try:
        return folder.is_dir() and find(folder, "train-images-idx3-ubyte") is not None
    except OSError:  # a folder that may not be searched
        return False


class IdxKind:
    """Folders of four IDX files."""

    def recognises(self, path: Path) -> bool:
        return looks_like(path)

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        return resized(ArraySource(load(path, name)), size)


KIND = IdxKind()
