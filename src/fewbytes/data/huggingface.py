"""Hugging Face data sets already opened: a `datasets.Dataset`, or a `DatasetDict` of splits.

Records are taken by slices with decoding off, so that a set larger than memory passes through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import columns, splits
from fewbytes.data.encoded import Encoded, EncodedSource
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.source import Source
from fewbytes.data.survey import common_shape
from fewbytes.data.wording import shown, some
from fewbytes.errors import MissingExtraError, SourceError

_SLICE = 256


def is_one(source: object) -> bool:
    """Whether an object comes from the package `datasets`; imports nothing."""
    return any(base.__module__.split(".")[0] == "datasets" for base in type(source).__mro__)


def open_object(source: Any, size: tuple[int, int] | None) -> Source:
    """The source that a `Dataset` or `DatasetDict` is.

    Raises:
        SourceError: another kind of object, or one without images, labels or a train split.
        MissingExtraError: the package `datasets` cannot be imported.
    """
    try:
        datasets = import_module("datasets")
    except ImportError as error:
        raise MissingExtraError("a Hugging Face data set", "datasets", "huggingface") from error
    if isinstance(source, datasets.Dataset):
        return EveryFifth(HuggingFaceSource({"train": source}, size))
    if not isinstance(source, datasets.DatasetDict):
        raise SourceError(
            f"a {type(source).__name__} cannot be read record by record; load the data set "
            "without streaming=True"
        )
    assigned = splits.assign(source)
    if "train" not in assigned:
        raise SourceError(f"a DatasetDict without a train split: {some(list(source))}")
    parts = {split: source[theirs] for split, theirs in assigned.items()}
    result = HuggingFaceSource(parts, size)
    others = [str(name) for name in source if name not in assigned.values()]
    left = (f"splits left out: {some(others)}",) if others else ()
    result.remarks = (*result.remarks, *splits.stands_in(assigned), *left)
    return result if "test" in assigned else EveryFifth(result)


class HuggingFaceSource(EncodedSource):
    """The pictures of a Hugging Face data set, by split."""

    def __init__(self, parts: Mapping[str, Any], size: tuple[int, int] | None) -> None:
        first = parts["train"]
        self.name = shown(first.info.dataset_name or "huggingface")
        self._image, self._label = _columns(first.features)
        self._parts = {split: _undecoded(part, self._image) for split, part in parts.items()}
        self._prints = {split: str(part._fingerprint) for split, part in parts.items()}
        named = getattr(first.features[self._label], "names", None)
        textual = not named and first.features[self._label].dtype in ("string", "large_string")
        if textual:
            texts = {text for part in self._parts.values() for text in part.unique(self._label)}
            named = sorted(texts - {None})
        self.class_names = tuple(named or ())
        self._numbers = {name: k for k, name in enumerate(self.class_names)} if textual else {}
        self.sizes = {split: len(part) for split, part in parts.items()}
        self.image_shape, self.remarks = common_shape(self, size)

    def records(self, split: str, ids: NDArray[np.int64]) -> Iterator[Encoded]:
        part = self._parts[split]
        for start in range(0, len(ids), _SLICE):
            run = ids[start : start + _SLICE]
            solid = run[-1] - run[0] + 1 == len(run)
            rows = part[slice(int(run[0]), int(run[-1]) + 1) if solid else run.tolist()]
            for number, image, label in zip(run, rows[self._image], rows[self._label], strict=True):
                yield _encoded(int(number), image, self._number(label))

    def fingerprint(self) -> str:
        """Of the fingerprints that `datasets` keeps of what was loaded and done to it."""
        text = repr((self.image_shape, self.class_names, self._prints))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _number(self, label: Any) -> int | None:
        if label is None:
            return None
        return self._numbers[label] if self._numbers else int(label)


def _undecoded(part: Any, image: str) -> Any:
    datasets = import_module("datasets")
    return part.with_format(None).cast_column(image, datasets.Image(decode=False))


def _encoded(number: int, image: Any, label: int | None) -> Encoded:
    name = f"row {number}"
    if image is None:
        return Encoded(name, label, None)
    if image.get("bytes") is not None:
        return Encoded(name, label, image["bytes"])
    path = Path(image.get("path") or "")
    if path.is_file():
        return Encoded(shown(str(path)), label, path)
    return Encoded(name, label, None, f"neither bytes nor a file: {shown(str(path))}")


def _columns(features: Mapping[str, Any]) -> tuple[str, str]:
    """The columns of images and of labels. Raises SourceError."""
    images = [name for name, kind in features.items() if type(kind).__name__ == "Image"]
    named = [name for name, kind in features.items() if type(kind).__name__ == "ClassLabel"]
    plain = [
        name for name, kind in features.items()
        if type(kind).__name__ == "Value" and kind.dtype.startswith(("int", "uint", "string"))
    ]  # fmt: skip
    where = "a Hugging Face data set"
    image = columns.choose(images, columns.IMAGES, "images (feature Image)", where)
    return image, columns.choose(named or plain, columns.LABELS, "labels", where)
