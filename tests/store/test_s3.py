"""Stores in S3 buckets, against an S3 server of this machine."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.errors import CorruptError, SourceError
from fewbytes.store import open_store, retry
from fewbytes.store.manifest import MANIFEST
from fewbytes.store.verify import verify
from tests.store.helpers import made, read_everything, stored

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what these say at import is theirs
    s3fs = pytest.importorskip("s3fs")
    moto_server = pytest.importorskip("moto.server", reason="moto[server] is not installed")

ASKED: list[tuple[str, int]] = []
"""Path and bytes of every object, or part of one, that came."""


class Counted(s3fs.S3FileSystem):  # type: ignore[misc, name-defined]
    """Notes what it fetches, and fails as often as it is told to."""

    cachable = False
    failures = 0
    damages = 0

    async def _cat_file(self, path: str, *arguments: Any, **options: Any) -> bytes:
        if Counted.failures:
            Counted.failures -= 1
            raise OSError("the connection was reset")
        content: bytes = await super()._cat_file(path, *arguments, **options)
        ASKED.append((path.removeprefix("bucket/"), len(content)))
        if Counted.damages:
            Counted.damages -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        return content


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    """What to give `open_store` to reach the server."""
    server = moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "key": "any",
        "secret": "any",
        "client_kwargs": {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-west-1"},
    }
    server.stop()


@pytest.fixture(scope="module")
def folder(options: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the store that lies in the bucket too."""
    target = tmp_path_factory.mktemp("s3") / "a.fb"
    stored(target, made(700, 130), "dct:4 | uniform:8 | xz")
    system = s3fs.S3FileSystem(**options, skip_instance_cache=True)
    system.mkdir("bucket")
    system.put(str(target), "bucket/sets/", recursive=True)
    close(system)
    return target


def close(system: Any) -> None:
    """End the connections of a file system of s3fs, which else lasts as long as the process."""
    system.close_session(system.loop, system.s3)


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`s3://` opened by `Counted`, each of whose sessions is closed in the end."""
    made_here = []

    def url_to_fs(url: str, **options: Any) -> tuple[Any, str]:
        made_here.append(Counted(**options))
        return made_here[-1], url.removeprefix("s3://")

    ASKED.clear()
    Counted.failures = Counted.damages = 0
    monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.001)
    yield
    for system in made_here:
        if system._s3 is not None:
            close(system)
    gc.collect()


URL = "s3://bucket/sets/a.fb"


def test_s3_by_its_own_name(folder: Path, options: dict[str, Any]) -> None:
    """As users reach it, through fsspec's registry."""
    store = open_store(URL, **options, skip_instance_cache=True)
    here = open_store(folder)
    assert np.array_equal(store["train"].codes(5, 9), here["train"].codes(5, 9))
    close(store.files.connection.system)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("systems")
def test_s3_gives_what_the_disk_gives(folder: Path, options: dict[str, Any]) -> None:
    found = read_everything(open_store(URL, **options))
    expected = read_everything(open_store(folder))
    assert all(np.array_equal(found[name], value) for name, value in expected.items())
    assert not any(checked.fault for checked in verify(open_store(URL, **options).files))


@pytest.mark.usefixtures("systems")
def test_only_what_is_needed_travels(folder: Path, options: dict[str, Any]) -> None:
    store = open_store(URL, **options)
    manifest = [(f"sets/a.fb/{MANIFEST}", (folder / MANIFEST).stat().st_size)]
    assert manifest == ASKED
    ASKED.clear()
    store["test"].codes(0, 10)
    name, entry = store.manifest.shards("test")[0]
    (block,) = entry.blocks
    parts = sorted(size for path, size in ASKED if path.endswith(name))
    assert parts == sorted([block.code_bytes, block.rest_bytes, entry.footer_bytes])
    assert len(ASKED) == 3 + 1  # and the state


@pytest.mark.usefixtures("systems")
def test_a_second_reading_moves_only_the_manifest(
    folder: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    expected = read_everything(open_store(URL, cache=tmp_path, **options))
    ASKED.clear()
    found = read_everything(open_store(URL, cache=tmp_path, **options))
    assert [path for path, _ in ASKED] == [f"sets/a.fb/{MANIFEST}"]
    assert all(np.array_equal(found[name], value) for name, value in expected.items())


@pytest.mark.usefixtures("systems")
def test_what_fails_is_asked_for_again(folder: Path, options: dict[str, Any]) -> None:
    expected = open_store(folder)["train"].codes(0, 10)
    store = open_store(URL, **options)
    Counted.failures = 2
    assert np.array_equal(store["train"].codes(0, 10), expected)
    store = open_store(URL, **options)
    Counted.damages = 2
    assert np.array_equal(store["train"].codes(0, 10), expected)
    store = open_store(URL, **options)
    Counted.failures = 99
    with pytest.raises(SourceError, match="after 5 tries: the connection was reset"):
        store["train"].codes(0, 10)
    Counted.failures, Counted.damages = 0, 99
    with pytest.raises(CorruptError, match="do not match their hash"):
        store["train"].codes(0, 10)


@pytest.mark.usefixtures("systems", "folder")
def test_what_is_not_there(options: dict[str, Any]) -> None:
    for url in ("s3://bucket/nothing.fb", "s3://nobucket/a.fb"):
        with pytest.raises(SourceError, match=r"there is no _meta/manifest\.json"):
            open_store(url, **options)
