"""From a word or a path to a data set."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from fewbytes.data import idx, npz
from fewbytes.errors import SourceError
from fewbytes.types import Dataset

FOLDER_VARIABLE = "FEWBYTES_DATA"
"""Environment variable: a folder that holds data sets under their names."""

_BUILT_IN = Path(__file__).parent / "mnist"


def load(source: str | os.PathLike[str] | Dataset) -> Dataset:
    """The data set that `source` names: `mnist` (built in), a folder of IDX files, an `.npz`
    file, the name of such a folder under $FEWBYTES_DATA, or a data set already loaded.

    Raises:
        SourceError: nothing is there, or it cannot be read; the message says what was tried.
    """
    if isinstance(source, Dataset):
        return source
    word = os.fspath(source)
    if word == "mnist":
        return idx.load(_BUILT_IN, "mnist")
    try:
        path = next((p for p in _places(word) if p.exists()), None)
    except OSError as error:
        raise SourceError(f"no data set at {word[:60]!r}: {error.strerror}") from error
    if path is None:
        raise SourceError(_missing(word))
    if path.is_dir() and idx.looks_like(path):
        return idx.load(path, path.name)
    if path.suffix == ".npz":
        return npz.load(path, path.stem)
    raise SourceError(f"{path}: neither a folder of IDX files nor an .npz file")


def _places(word: str) -> list[Path]:
    collection = os.environ.get(FOLDER_VARIABLE)
    return [Path(word)] + ([Path(collection) / word] if collection else [])


def _missing(word: str) -> str:
    collection = os.environ.get(FOLDER_VARIABLE)
    known = {"mnist"}
    if collection and Path(collection).is_dir():
        known |= {p.name for p in Path(collection).iterdir() if p.is_dir() and idx.looks_like(p)}
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return (
        f"no data set at {word!r}: {hint}give mnist, a folder of IDX files, an .npz file, "
        f"or a name under ${FOLDER_VARIABLE}"
    )
