"""Fixtures that the tests of stores share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from fewbytes.store import layout, retry, tasks, upload
from tests.store.helpers import SECRET, contents, made, stored
from tests.store.memory_server import CODEC, DATA, Server


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 records, shards of three blocks: many of each in a small set.

    Worker processes are told both by the process that starts them.
    """
    monkeypatch.setattr(layout, "MOST_RECORDS", 64)
    monkeypatch.setattr(tasks, "BLOCKS_PER_SHARD", 3)


@pytest.fixture
def key_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret key, under two names."""
    for name in ("default", "work"):
        monkeypatch.setenv(f"FEWBYTES_KEY_{name}", SECRET)


@pytest.fixture(scope="package", params=["dct:2 | uniform:8", "dct:2 | uniform:8 | xz"])
def encrypted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of a small encrypted store of three training blocks in two shards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "MOST_RECORDS", 64)
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 2)
        patch.setenv("FEWBYTES_KEY_default", SECRET)
        target = tmp_path_factory.mktemp("encrypted") / "a.fb"
        data = made(180, 64, (4, 4, 1))
        data.train.images[7] = data.train.images[3]
        stored(target, data, request.param, encrypt="default")
    return contents(target)


@pytest.fixture
def memory_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty `memory://`, which is a `Server`."""
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(upload, "STOP_SECONDS", 0.5)
    Server.store, Server.pseudo_dirs, Server.log = {}, [""], []
    Server.fault = lambda name: None
    fsspec.register_implementation("memory", Server, clobber=True)
    yield
    fsspec.register_implementation("memory", MemoryFileSystem, clobber=True)


@pytest.fixture
def local(small_blocks: None, tmp_path: Path) -> dict[str, bytes]:
    """The files of the store that is sent there, made in a folder."""
    stored(tmp_path / "local" / "a.fb", DATA, CODEC)
    return contents(tmp_path / "local" / "a.fb")


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    """The folder in which stores are made that are sent."""
    return tmp_path / "staging"
