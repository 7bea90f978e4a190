"""`compress`, `open`, `verify` and `export`: compressed sets on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data import open_source
from fewbytes.data.encoded import cores
from fewbytes.data.load import AnySource
from fewbytes.data.source import Source
from fewbytes.errors import OutputError
from fewbytes.exports import ExportWatcher
from fewbytes.exports import export as export_store
from fewbytes.scale import Engine, at_work
from fewbytes.store import Store, open_store
from fewbytes.store.opening import files_at, target_at
from fewbytes.store.target import Target
from fewbytes.store.verify import Checked
from fewbytes.store.verify import verify as verify_files
from fewbytes.store.write import CompressWatcher
from fewbytes.store.write import compress as compress_source

Location = str | os.PathLike[str]

StoreOrLocation = Store | Location


def opened(store: StoreOrLocation) -> Store:
    """A store, or the one that lies there. Raises FewbytesError as `open` does."""
    return store if isinstance(store, Store) else open_store(store)


def codec(spec: str) -> Codec:
    """The codec that a text such as `"dct:16 | uniform:8"` names.

    Raises:
        CodecError: the text names no possible codec; the message says why.
    """
    return Codec.parse(spec)


def compress(
    source: AnySource,
    target: Location | Target,
    *,
    codec: str | Codec | FittedCodec,
    seed: int = 0,
    size: int | str | tuple[int, int] | None = None,
    workers: int | None = 1,
    engine: str | Engine = "local",
    address: str | None = None,
    overwrite: bool = False,
    staging: Location | None = None,
    encrypt: str | None = None,
    watcher: CompressWatcher | None = None,
) -> Store:
    """Write a labelled image set as a store, and open it.

    The codec is fitted on the training images; labels choose no code unless it is `supervised`.
    Where it has a selection, the training images that it chooses are stored, and the other splits
    whole. The set streams through: memory does not grow with it. A run that was stopped goes on
    from its finished blocks.

    Args:
        source: anything that `load` takes.
        target: the folder to be, or a URL that fsspec writes to, such as `s3://bucket/mnist.fb`;
            the store is there when it is whole.
        size: rows and columns that images are brought to, such as 32 or "32x48".
        workers: that read and encode; None: as many as pay here, or as the cluster has. More than
            one local one only from a script whose main part is guarded by
            `if __name__ == "__main__"`.
        engine: `local`, `dask` or `ray`, or an engine that is open: see `fewbytes.scale`. The
            store is the same, byte for byte.
        address: HOST:PORT of a cluster, whose machines must all see the source and `target`; None:
            one is started on this machine.
        overwrite: put the store in the place of one that is there.
        staging: the folder in which a store is made that goes behind a URL; without, one where
            downloads are kept.
        encrypt: the name of a secret key (see `fewbytes.keys`): codes, labels, what the codec
            learned and the remarks are encrypted with AES-256-GCM. Codec, shapes, counts, lengths
            and the names of the source and its classes stay readable. The bytes of such a store are
            others each time. While it is made, hashes of the pixels and the names of images that
            were skipped lie in clear beside it (extra: `encrypt`).

    Raises:
        FewbytesError: bad input, or a place that cannot be written; the message says which.
    """
    if isinstance(codec, FittedCodec):
        codec = codec.codec  # it is fitted anew, on this source
    parsed = codec if isinstance(codec, Codec) else Codec.parse(codec)
    place = target_at(target, staging=staging)
    check_place(source, place, overwrite)
    images = open_source(source, size=size)
    if workers is None and engine == "local":
        workers = sensible_workers(images)
    with at_work(engine, address=address, workers=workers) as found:
        compress_source(
            images, place, parsed, seed=seed, engine=found, replace=overwrite,
            encrypt=encrypt, watcher=watcher,
        )  # fmt: skip
    return open_store(place.where)


def check_place(source: AnySource, target: Target, overwrite: bool) -> None:
    """Raise OutputError where a store cannot be put at `target`, or would become a part of its own
    source.
    """
    target.check(overwrite)
    if not isinstance(source, str | os.PathLike) or not Path(source).is_dir():
        return
    if Path(source).resolve() in target.path.resolve().parents:
        raise OutputError(
            f"{target.path} lies inside {os.fspath(source)}; choose a place beside it"
        )


WORTH_WORKERS = 5000
"""Images to decode from which on worker processes pay for their start."""


def sensible_workers(source: Source) -> int:
    """Processes to compress with where nobody says how many."""
    worth = source.costly and sum(source.sizes.values()) >= WORTH_WORKERS
    return cores() if worth else 1


open = open_store


def verify(location: Location, **options: Any) -> Iterator[Checked]:
    """Look at every checksum and decode every block of a store; what was looked at, as it goes,
    each with its fault or None. What a missing secret key keeps from view is said at the end.

    Raises:
        SourceError: there is no store, or it cannot be reached.
        SecretKeyError: a key is given, and is not the right one.
    """
    return verify_files(files_at(location, **options))


def export(
    store: StoreOrLocation, target: Location, *, to: str, watcher: ExportWatcher | None = None
) -> None:
    """Write the decoded images of a store as `png`, `npz`, `parquet`, `webdataset` or
    `huggingface`. What the codec lost stays lost.

    Raises:
        FewbytesError: bad input, or a place that cannot be written; the message says which.
    """
    export_store(opened(store), Path(target), to, watcher=watcher)
