"""Small stores whose images are known to the pixel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.store import Store, compress, open_store
from fewbytes.types import Dataset, Split

NAMES = ("apple/red", "..", "pear")
"""Of three classes; two of them are no names of folders."""


def made(channels: int) -> Dataset:
    """40 and 20 random images (6, 5, channels) of three classes."""
    rng = np.random.default_rng(channels)

    def split(n: int) -> Split:
        images = rng.integers(0, 256, (n, 6, 5, channels), dtype=np.uint8)
        return Split(images, np.arange(n) % len(NAMES))

    return Dataset("made", split(40), split(20))


MakeStore = Callable[..., Store]


@pytest.fixture(scope="session")
def make_store(tmp_path_factory: pytest.TempPathFactory) -> MakeStore:
    """A function from channels and class names to a store, made once."""

    @cache
    def make(channels: int, names: tuple[str, ...] = (), spec: str = "identity") -> Store:
        path = tmp_path_factory.mktemp("stores") / "made.fb"
        compress(ArraySource(made(channels), names), path, Codec.parse(spec))
        return open_store(path)

    return make


@pytest.fixture(scope="session", params=[1, 3], ids=["grey", "rgb"])
def store(request: pytest.FixtureRequest, make_store: MakeStore) -> Store:
    return make_store(request.param, NAMES)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven RGB images a piece, so that pieces, tables and shards have ends inside a split."""
    monkeypatch.setattr("fewbytes.data.source.PIECE_BYTES", 7 * 6 * 5 * 3)
    monkeypatch.setattr("fewbytes.exports.job.MOST_ENCODED", 2)
    monkeypatch.setattr("fewbytes.exports.tables.MOST_ROWS", 6)
    monkeypatch.setattr("fewbytes.exports.parquet.MOST_TABLES", 3)
    monkeypatch.setattr("fewbytes.exports.webdataset.SHARD_RECORDS", 15)
