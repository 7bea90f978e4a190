"""The columns of pictures and labels in Parquet files, and what the labels mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fewbytes.data import columns
from fewbytes.errors import SourceError

_BUFFER = 1 << 18


@dataclass(frozen=True)
class Columns:
    """Where pictures and labels are, and the classes by name where they have names."""

    image: str
    nested: bool
    """Whether a picture is a struct with its bytes in it, and not the bytes themselves."""
    label: str
    class_names: tuple[str, ...]
    textual: bool
    """Whether labels are names, not numbers."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, label: Any) -> int | None:
        """The class number of a label as the file has it; None where it has none."""
        if label is None:
            return None
        return self._numbers[label] if self.textual else int(label)

    def batches(self, file: Any, group: int, rows: int) -> Iterator[tuple[Any, Any]]:
        """The encoded pictures and the labels of a row group, at most so many rows at a time."""
        import pyarrow.compute as pc

        image = f"{self.image}.bytes" if self.nested else self.image
        for batch in file.iter_batches(rows, [group], [image, self.label], use_threads=False):
            images = batch.column(self.image)
            encoded = pc.struct_field(images, "bytes") if self.nested else images
            yield encoded, batch.column(self.label)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The Parquet file, closed afterwards. Damage met on the way becomes a SourceError.

    Columns are read through a small buffer, not whole.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(
            path, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True
        ) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise SourceError(f"{path}: not a readable Parquet file: {said}") from error


def find_columns(files: Sequence[Path]) -> Columns:
    """The columns, which all files must have alike.

    Raises:
        SourceError: no column of pictures or labels, or files that differ.
    """
    import pyarrow.types as types

    with opened(files[0]) as file:
        schema, where = file.schema_arrow, str(files[0])
    features = _features(schema.metadata)
    image = _image_column(schema, features, where)
    label = _label_column(schema, features, where)
    for path in files[1:]:
        with opened(path) as file:
            for name in (image, label):
                index = file.schema_arrow.get_field_index(name)
                if index < 0 or file.schema_arrow.field(index).type != schema.field(name).type:
                    raise SourceError(f"{path}: no column {name!r} like that of {files[0].name}")
    nested = bool(types.is_struct(schema.field(image).type))
    if not _is_text(schema.field(label).type):
        named = features.get(label, {}).get("names") or ()
        return Columns(image, nested, label, tuple(str(name) for name in named), False)
    names = sorted({text for path in files for text in _texts(path, label)})
    numbers = {name: k for k, name in enumerate(names)}
    return Columns(image, nested, label, tuple(names), True, numbers)


def _features(metadata: dict[bytes, bytes] | None) -> dict[str, dict[str, Any]]:
    """What Hugging Face says about the columns, {} where it says nothing that can be used."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {k: v for k, v in features.items() if isinstance(v, dict)}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _image_column(schema: Any, features: dict[str, dict[str, Any]], where: str) -> str:
    declared = [f.name for f in schema if features.get(f.name, {}).get("_type") == "Image"]
    fitting = [f.name for f in schema if _holds_pictures(f.type)]
    return columns.choose(
        [name for name in declared if name in fitting] or fitting,
        columns.IMAGES,
        "encoded images (a struct of bytes and path, or binary)",
        where,
    )


def _label_column(schema: Any, features: dict[str, dict[str, Any]], where: str) -> str:
    import pyarrow.types as types

    declared = [f.name for f in schema if features.get(f.name, {}).get("_type") == "ClassLabel"]
    fitting = [f.name for f in schema if types.is_integer(f.type) or _is_text(f.type)]
    return columns.choose(
        [name for name in declared if name in fitting] or fitting,
        columns.LABELS,
        "labels (whole numbers or text)",
        where,
    )


def _holds_pictures(type: Any) -> bool:
    import pyarrow.types as types

    if types.is_struct(type):
        index = type.get_field_index("bytes")
        return index >= 0 and _holds_pictures(type.field(index).type)
    return bool(types.is_binary(type) or types.is_large_binary(type))


def _is_text(type: Any) -> bool:
    import pyarrow.types as types

    plain = type.value_type if types.is_dictionary(type) else type
    return bool(types.is_string(plain) or types.is_large_string(plain))


def _texts(path: Path, label: str) -> set[str]:
    """The texts of a label column, some at a time."""
    import pyarrow.compute as pc

    found = set[str]()
    with opened(path) as file:
        for group in range(file.metadata.num_row_groups):
            for batch in file.iter_batches(row_groups=[group], columns=[label]):
                texts = pc.unique(batch.column(label)).to_pylist()
                found.update(text for text in texts if text is not None)
    return found
