"""CIFAR-10 and CIFAR-100 as published: 32 x 32 colour images, in batches of bytes or of pickles.

Binary: `data_batch_1.bin` to `5`, `test_batch.bin`, a record being the label and 3,072 bytes, all
red first, then green, then blue; CIFAR-100's `train.bin` and `test.bin` have the coarse label
before the fine one, which is taken. Python: the same without `.bin`, as pickles that are read but
never run (see `inert`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import inert
from fewbytes.data.arrays import ArraySource
from fewbytes.data.resized import resized
from fewbytes.data.source import Source
from fewbytes.errors import SourceError
from fewbytes.types import Dataset, Split

SIDE = 32
PIXELS = 3 * SIDE * SIDE

Read: TypeAlias = Callable[[str], bytes | None]
"""The content of a file of the set, by name; None where there is no such file."""

Batch: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pixels (n, 3072) as stored, labels (n,)."""

_NESTED = ("cifar-10-batches-bin", "cifar-10-batches-py", "cifar-100-binary", "cifar-100-python")


@dataclass(frozen=True)
class Version:
    """How one of the published versions is laid out."""

    train: tuple[str, ...]
    test: str
    names: str
    """The file of class names."""
    names_key: str
    labels_key: str
    label_bytes: int
    """Labels before the pixels of a binary record; none says that the files are pickles."""


_FIVE = tuple(f"data_batch_{k}" for k in range(1, 6))
TEN_BINARY = Version(
    tuple(f"{name}.bin" for name in _FIVE), "test_batch.bin", "batches.meta.txt", "", "", 1
)
TEN_PYTHON = Version(_FIVE, "test_batch", "batches.meta", "label_names", "labels", 0)
HUNDRED_BINARY = Version(("train.bin",), "test.bin", "fine_label_names.txt", "", "", 2)
HUNDRED_PYTHON = Version(("train",), "test", "meta", "fine_label_names", "fine_labels", 0)
_VERSIONS = (TEN_BINARY, TEN_PYTHON, HUNDRED_BINARY, HUNDRED_PYTHON)


def load(version: Version, read: Read, name: str, where: str) -> ArraySource:
    """The set whose files `read` gives.

    Raises:
        SourceError: a file is missing, damaged, or not what it is named.
    """
    train = _split(version, version.train, read, where)
    test = _split(version, (version.test,), read, where)
    return ArraySource(Dataset(name, train, test), _class_names(version, read, where))


def _split(version: Version, files: Sequence[str], read: Read, where: str) -> Split:
    batches = []
    for file in files:
        content = read(file)
        if content is None:
            raise SourceError(f"{where}: {file} is missing")
        decode = _binary if version.label_bytes else _pickled
        batches.append(decode(version, content, f"{where}/{file}"))
    pixels = np.concatenate([batch[0] for batch in batches])
    images = pixels.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)  # (n, 3, h, w) as stored
    return Split(np.ascontiguousarray(images), np.concatenate([batch[1] for batch in batches]))


def _binary(version: Version, content: bytes, where: str) -> Batch:
    record = version.label_bytes + PIXELS
    if not content or len(content) % record:
        raise SourceError(f"{where}: {len(content):,} bytes are not whole records of {record:,}")
    rows = np.frombuffer(content, np.uint8).reshape(-1, record)
    return rows[:, version.label_bytes :], rows[:, version.label_bytes - 1].astype(np.int64)


def _pickled(version: Version, content: bytes, where: str) -> Batch:
    held = inert.read(content, where)
    if not isinstance(held, dict) or not {"data", version.labels_key} <= held.keys():
        raise SourceError(f"{where}: not a CIFAR batch: no data and {version.labels_key} in it")
    pixels = inert.array(held["data"], where)
    labels = inert.array(held[version.labels_key], where)
    if pixels.dtype != np.uint8 or pixels.shape != (len(labels), PIXELS) or labels.ndim != 1:
        raise SourceError(
            f"{where}: not a CIFAR batch: data of {pixels.dtype} {pixels.shape}, "
            f"labels of the shape {labels.shape}"
        )
    return pixels, labels.astype(np.int64)


def _class_names(version: Version, read: Read, where: str) -> tuple[str, ...]:
    content = read(version.names)
    if content is None:
        return ()
    if version.label_bytes:
        return tuple(content.decode("utf-8", "replace").split())
    held = inert.read(content, f"{where}/{version.names}")
    names = held.get(version.names_key) if isinstance(held, dict) else None
    texts = [inert.text(name) for name in names] if isinstance(names, list) else []
    return tuple(text for text in texts if text) if all(texts) else ()


class CifarKind:
    """Folders with CIFAR's batches in them, or in the folder that its archives unpack to."""

    def recognises(self, path: Path) -> bool:
        return _version(path) is not None

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        found = _version(path)
        if found is None:
            raise SourceError(f"{path}: no CIFAR batches")
        folder, version = found
        return resized(load(version, lambda file: _content(folder / file), name, str(folder)), size)


KIND = CifarKind()


def _version(path: Path) -> tuple[Path, Version] | None:
    try:
        for folder in (path, *(path / name for name in _NESTED)):
            for version in _VERSIONS:
                # `train` and `test` alone could be anything: CIFAR-100's pickles come with `meta`
                proof = version.names if version is HUNDRED_PYTHON else version.train[0]
                if (folder / proof).is_file() and (folder / version.test).is_file():
                    return folder, version
    except OSError:
        pass
    return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
