"""What is to be identified: the records of a store, or of a bag without a header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fewbytes.audits.identification.bag_files import Bag, printable
from fewbytes.audits.identification.layouts import Records, Unfit, drawn, records_of
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import InputError
from fewbytes.store import Store
from fewbytes.store.trial import check_state
from fewbytes.types import Shape

MOST = 100
"""Records of the codes that are compared."""


@dataclass(frozen=True)
class Subject:
    """Codes of which nobody says what they are of."""

    where: str
    codecs: tuple[Codec, ...]
    """That they may be of."""
    fitted: FittedCodec | None
    """The codec with what it learned, where it is known."""
    split: str | None
    """The split that they are of, where it is known."""
    records: Callable[[Codec, Shape], Records] = field(repr=False)
    """At most MOST of them, as codes of images of a shape. Raises Unfit and CodecError."""
    bag: Bag | None = None
    """The file, where it is no store."""
    notes: tuple[str, ...] = ()


def of_store(store: Store, seed: int) -> Subject:
    """Records drawn of a store: of its training split; of another where a selection chose that.

    Raises:
        InputError: it holds no record.
        CorruptError: it is damaged, or its codec cannot be.
    """
    fitted, splits = store.codec, store.splits
    check_state(fitted, pixels=False)
    there = [name for name in splits if len(splits[name])]
    if not there:
        raise InputError(f"{store.files.where} holds no record")
    notes: tuple[str, ...] = ()
    name = "train" if "train" in there else there[0]
    if fitted.codec.selection is not None and name == "train":
        others = [other for other in there if other != "train"]
        name = others[0] if others else name
        if not others:
            notes = ("a selection chose the store's records: they are no random draw of its set",)
    split = splits[name]
    numbers = drawn(len(split), MOST, seed).tolist()
    codes = np.concatenate([split.codes(number, number + 1) for number in numbers])

    def records(_: Codec, shape: Shape) -> Records:
        if shape != fitted.image_shape:
            raise Unfit(f"its images are {_by(shape)}, the store's {_by(fitted.image_shape)}")
        return Records(codes, fitted.symbols.alphabet is None, len(split))

    where = store.files.where
    shown = where if "://" in where else printable(Path(where))
    return Subject(shown, (fitted.codec,), fitted, name, records, notes=notes)


def of_bag(bag: Bag, codecs: Sequence[Codec], seed: int) -> Subject:
    """The records of a bag, which may be of any of the codecs."""

    def records(codec: Codec, shape: Shape) -> Records:
        return records_of(bag, codec, shape, MOST, seed)

    return Subject(bag.where, tuple(codecs), None, None, records, bag)


def _by(shape: Shape) -> str:
    return " x ".join(map(str, shape))
