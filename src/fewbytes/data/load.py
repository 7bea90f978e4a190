"""From a word, a path or an object to a source of images, or to a data set in memory."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from fewbytes.data import download, huggingface, idx
from fewbytes.data.arrays import ArraySource
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.kinds import kind_of
from fewbytes.data.resized import Size, parse_size, resized
from fewbytes.data.source import Source, records_at_once
from fewbytes.errors import SourceError
from fewbytes.types import Dataset, Images, Split

FOLDER_VARIABLE = download.DATA_VARIABLE
"""Environment variable: a folder that holds data sets under their names."""

AnySource: TypeAlias = str | os.PathLike[str] | Dataset | Source | Any
"""What `open_source` takes; Any stands for the objects of the package `datasets`."""

_PICTURES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif"))

_BUILT_IN = Path(__file__).parent / "mnist"


def open_source(source: AnySource, *, size: Size = None) -> Source:
    """The source of images that `source` names.

    It is a word: `mnist` (built in), or a name under $FEWBYTES_DATA, or `fashion-mnist` or
    `cifar10`, which are downloaded once; or a path: a folder of class folders, of IDX files, of
    CIFAR batches or of Parquet files, an `.npz` or a Parquet file, a compressed set; or an object:
    a `Dataset`, a `Source`, a Hugging Face `Dataset` or `DatasetDict`. `size`, such as 32 or
    "32x48", brings the images to so many rows and columns.

    Raises:
        SourceError: nothing is there, or it cannot be read; the message says what was tried.
        InputError: `size` is no size.
    """
    wanted = parse_size(size)
    return resized(_open(source, wanted), wanted)


def load(source: AnySource, *, size: Size = None) -> Dataset:
    """The train and test splits of what `source` names (see `open_source`), all in memory.

    Records that cannot be read are left out; `open_source(...).read(...)` names them.

    Raises:
        SourceError: nothing is there, it cannot be read, or it does not fit in memory.
    """
    opened = open_source(source, size=size)
    if isinstance(opened, ArraySource):
        return opened.dataset
    if "test" not in opened.sizes:
        opened = EveryFifth(opened)
    return Dataset(opened.name, *(_whole(opened, split) for split in ("train", "test")))


def _open(source: AnySource, size: tuple[int, int] | None) -> Source:
    if isinstance(source, Source):
        return source
    if isinstance(source, Dataset):
        return ArraySource(source)
    if huggingface.is_one(source):
        return huggingface.open_object(source, size)
    if not isinstance(source, str | os.PathLike):
        raise SourceError(f"a source is a name, a path or a data set, not {type(source).__name__}")
    word = os.fspath(source)
    if word == "mnist":
        return ArraySource(idx.load(_BUILT_IN, "mnist"))
    path = _find(word)
    if path is not None:
        return _open_path(path, size)
    if word in download.REMOTES:
        return download.load(word)
    raise SourceError(_missing(word))


def _find(word: str) -> Path | None:
    collection = os.environ.get(FOLDER_VARIABLE)
    places = [Path(word)] + ([Path(collection) / word] if collection and word else [])
    try:
        return next((path for path in places if path.exists()), None)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        said = getattr(error, "strerror", None) or error
        raise SourceError(f"no data set at {word[:60]!r}: {said}") from error


def _open_path(path: Path, size: tuple[int, int] | None) -> Source:
    if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"{path}: this folder may not be read: Permission denied")
    kind = kind_of(path)
    if kind is not None:
        whole = path if path.name else path.resolve()
        return kind.open(path, whole.name if path.is_dir() else whole.stem, size)
    raise SourceError(
        f"{path}: neither a folder of IDX files, CIFAR batches, Parquet files or class folders, "
        f"nor an .npz or Parquet file, nor a compressed set{_hint(path)}"
    )


def _hint(path: Path) -> str:
    """What to do, where archives or pictures without class folders are all there is."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError as error:
        return f": {error.strerror}"
    packed = [f.name for f in files if f.suffix.lower() in (".tar", ".gz", ".xz", ".tgz", ".zip")]
    if packed:
        return f"; unpack {packed[0]} first"
    if path.is_dir() and any(f.suffix.lower() in _PICTURES for f in files):
        return "; put the images of each class in a folder named for the class"
    return ""


def _missing(word: str) -> str:
    collection = os.environ.get(FOLDER_VARIABLE)
    known = {"mnist", *download.REMOTES}
    if collection and Path(collection).is_dir():
        known |= {path.name for path in Path(collection).iterdir()}
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return (
        f"no data set at {word!r}: {hint}give mnist, fashion-mnist, cifar10, a folder of class "
        "folders, IDX files, CIFAR batches or Parquet files, an .npz or Parquet file, a compressed "
        f"set, or a name under ${FOLDER_VARIABLE}"
    )


def _whole(source: Source, split: str) -> Split:
    """All of a split, read piece by piece into its place."""
    count = source.sizes[split]
    try:
        images: Images = np.empty((count, *source.image_shape), np.uint8)
    except MemoryError as error:
        needed = count * int(np.prod(source.image_shape)) / 1e9
        raise SourceError(
            f"{source.name}: its {split} split takes {needed:.1f} GB of memory, more than there "
            "is; ask for a smaller size"
        ) from error
    labels = np.zeros(count, np.int64)
    filled, reason = 0, ""
    step = records_at_once(source.image_shape)
    for start in range(0, count, step):
        piece = source.read(split, start, start + step)
        images[filled : filled + len(piece)] = piece.images
        labels[filled : filled + len(piece)] = piece.labels
        filled += len(piece)
        reason = reason or next((f"{s.name}: {s.reason}" for s in piece.skipped), "")
    if not filled:
        raise SourceError(f"{source.name}: no readable image in its {split} split ({reason})")
    return Split(images[:filled], labels[:filled])
