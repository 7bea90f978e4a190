"""`identify`: which data set, and which codec, codes are of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.identification.bag_files import as_bag, open_bag, printable
from fewbytes.audits.identification.candidates import Candidate, Draws, named
from fewbytes.audits.identification.identified import Identified
from fewbytes.audits.identification.judging import Silent, Watcher, judged
from fewbytes.audits.identification.keyed import is_keyed
from fewbytes.audits.identification.layouts import check_whole
from fewbytes.audits.identification.subjects import Subject, of_bag, of_store
from fewbytes.codecs import Codec, expand
from fewbytes.codecs.fitting import check_seed
from fewbytes.data import open_source
from fewbytes.data.load import AnySource
from fewbytes.data.resized import Size, resized
from fewbytes.data.source import Source
from fewbytes.errors import CodecError, InputError, SourceError
from fewbytes.store import Store
from fewbytes.studies.config import DEFAULT_CODECS
from fewbytes.verbs.storing import open as open_store

RECORDS = 4_000
"""Images drawn of each data set where nobody says how many."""

LEAST_RECORDS, MOST_RECORDS = 40, 10_000

KEYED_TIMES = 5
"""As many times more where the key is secret: bags of them are drawn again and again."""

Codes: TypeAlias = Store | str | os.PathLike[str] | NDArray[Any]


def identify(
    file: Codes,
    *,
    among: AnySource | Sequence[AnySource],
    codec: str | Codec | Sequence[str | Codec] = (),
    size: Size = None,
    records: int = RECORDS,
    seed: int = 0,
    watcher: Watcher | None = None,
) -> Identified:
    """Tell which of the data sets `among`, and which codec, codes are of; or that it is none.

    A candidate is ruled out where its own codes look like these too seldom, by a permutation test
    whose level is divided by the number of candidates. What is left is the answer: one candidate,
    several ("cannot be told"), or "none of these". One that is left is identified only where the
    test ruled out another data set in the same codec, from 10 records or more; otherwise it is
    "not ruled out", and no data set is named. At most 100 records of the codes are compared.

    Args:
        file: a store (folder or URL), or codes without a header: an `.npy` file or array (n, ...),
            an `.npz` file with one array, or any other file as n records of one size.
        codec: what codes without a header may be coded with; by default the study's four codecs.
            A store names its own.
        size: rows and columns that images of `among` are brought to; those of a store, by itself.
        records: images drawn of each data set: a quarter to learn from, the rest to compare with.
        seed: draws them, and fits what codecs learn, as in `compress`.

    Raises:
        SourceError: the file or a data set cannot be read.
        InputError: the file holds no codes, or an argument cannot be used.
        CorruptError: the store is damaged.
    """
    check_seed(seed)
    if not LEAST_RECORDS <= records <= MOST_RECORDS:
        raise InputError(
            f"records must lie between {LEAST_RECORDS} and {MOST_RECORDS:,}, not {records}"
        )
    subject = _subject(file, _codecs(codec), seed)
    sources, words = _sources(among, size, subject)
    names = named(sources, words)
    drawn = [Draws(source, records, seed) for source in sources]
    more = [Draws(source, KEYED_TIMES * records, seed) for source in sources]
    candidates = [
        Candidate(name, (more if is_keyed(one) else drawn)[place], one)
        for place, name in enumerate(names)
        for one in subject.codecs
    ]
    return judged(subject, candidates, seed, watcher or Silent())


def _codecs(given: str | Codec | Sequence[str | Codec]) -> list[Codec]:
    """The codecs asked for, sweeps written out. Raises CodecError."""
    listed = [given] if isinstance(given, str | Codec) else list(given)
    parsed = [
        one
        for spec in listed
        for one in ([spec] if isinstance(spec, Codec) else map(Codec.parse, expand(spec)))
    ]
    return list({str(one): one for one in parsed}.values())


def _subject(file: Codes, codecs: list[Codec], seed: int) -> Subject:
    store = _store(file)
    if store is not None:
        if codecs:
            raise InputError(f"{store.files.where} is a store, which names its codec; leave it out")
        return of_store(store, seed)
    codecs = codecs or [Codec.parse(spec) for spec in DEFAULT_CODECS]
    if isinstance(file, np.ndarray):
        return of_bag(as_bag(file, "array"), codecs, seed)
    assert isinstance(file, str | os.PathLike)
    return of_bag(open_bag(Path(file)), codecs, seed)


def _store(file: Codes) -> Store | None:
    """The store, where it is one, or a folder that should be."""
    if isinstance(file, Store):
        return file
    if not isinstance(file, str | os.PathLike):
        if isinstance(file, np.ndarray):
            return None
        raise InputError(f"codes are a store, a file or an array, not {type(file).__name__}")
    word = os.fspath(file)
    if "://" in word:
        return open_store(word)
    try:
        folder = Path(word).is_dir()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        said = getattr(error, "strerror", None) or error
        raise SourceError(f"{printable(Path(word))[:200]}: cannot be read: {said}") from error
    return open_store(word) if folder else None


def _sources(
    among: AnySource | Sequence[AnySource], size: Size, subject: Subject
) -> tuple[list[Source], list[str]]:
    """The data sets, brought to the size of a store's images, and what the user called them."""
    listed = list(among) if isinstance(among, list | tuple) else [among]
    sources = [open_source(one, size=size) for one in listed]
    if subject.fitted is not None and size is None:
        rows, columns = subject.fitted.image_shape[:2]
        sources = [resized(source, (rows, columns)) for source in sources]
    words = [
        printable(Path(one)) if isinstance(one, str | os.PathLike) else source.name
        for one, source in zip(listed, sources, strict=True)
    ]
    if subject.bag is not None:
        check_whole(subject.bag, _fitting(subject.codecs, sources))
    return sources, words


def _fitting(codecs: Sequence[Codec], sources: Sequence[Source]) -> list[tuple[Codec, Any]]:
    """Codecs with the shapes of images that they fit."""
    found = []
    for codec in codecs:
        for source in sources:
            try:
                codec.symbols(source.image_shape)
            except CodecError:
                continue
            found.append((codec, source.image_shape))
    return found
