"""Stores in S3 buckets, read and written, against an S3 server of this machine."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

import fewbytes as fb
from fewbytes.errors import CorruptError, OutputError, SourceError
from fewbytes.store import open_store, retry
from fewbytes.store.manifest import MANIFEST
from fewbytes.store.verify import verify
from tests.cli.running import run
from tests.store.helpers import contents, made, read_everything, stored
from tests.store.memory_server import there

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


# -------------------------------------------------------------------- writing

CODEC = "dct:4 | uniform:8 | xz"
"""Of the store in `folder`."""


@pytest.fixture
def configured(
    options: dict[str, Any], systems: None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The server in fsspec's configuration; as environment variables, for other processes."""
    monkeypatch.setitem(fsspec.config.conf, "s3", options)
    return {"FSSPEC_S3": json.dumps(options)}


def when(url: str) -> dict[str, Any]:
    """The time of each file."""
    system, folder = fsspec.core.url_to_fs(url)
    found = system.find(folder, detail=True).items()
    return {path[len(folder) + 1 :]: info["LastModified"] for path, info in found}


@pytest.mark.usefixtures("configured")
def test_a_bucket_holds_what_a_folder_holds(folder: Path, tmp_path: Path) -> None:
    url = "s3://bucket/written/a.fb"
    store = fb.compress(made(700, 130), url, codec=CODEC, staging=tmp_path)
    assert there(url) == contents(folder)
    assert not any(checked.fault for checked in verify(store.files))
    with pytest.raises(OutputError, match="exists already"):
        fb.compress(made(700, 130), url, codec="identity", staging=tmp_path)
    fb.compress(made(100, 30), url, codec="identity", staging=tmp_path, overwrite=True)
    stored(tmp_path / "small.fb", made(100, 30), "identity")
    assert there(url) == contents(tmp_path / "small.fb")
    assert [path.name for path in tmp_path.iterdir()] == ["small.fb"]


@pytest.mark.usefixtures("configured", "folder")
def test_buckets_that_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="cannot be written: The specified bucket does not exist"):
        fb.compress(made(20, 10), "s3://nobucket/b.fb", codec=CODEC, staging=tmp_path)
    monkeypatch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)  # only known keys now
    with pytest.raises(OutputError, match=r"s3://bucket/b\.fb: cannot be listed: .*Access Key"):
        fb.compress(made(20, 10), "s3://bucket/b.fb", codec=CODEC, staging=tmp_path)
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import sys, time
from fewbytes.cli import main
from fewbytes.report.progress import CompressProgress
from fewbytes.store import upload

upload.AT_ONCE = 1

class Slow(CompressProgress):
    def file_uploaded(self, bytes):
        print("sent", flush=True)
        time.sleep(300)

import fewbytes.report.progress
fewbytes.report.progress.CompressProgress = Slow
sys.exit(main(sys.argv[1:]))
"""
"""`fewbytes ARGUMENTS`, which waits once the first file has arrived."""


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGKILL, -signal.SIGKILL, ""),
        (signal.SIGINT, 130, "fewbytes: stopped; the same command goes on where it was\n"),
    ],
)
def test_stopped_while_it_sends(
    sent: signal.Signals, code: int, said: str, configured: dict[str, str], tmp_path: Path
) -> None:
    data, url = made(700, 130), f"s3://bucket/{sent.name}/a.fb"
    np.savez(
        tmp_path / "made.npz",
        train_images=data.train.images, train_labels=data.train.labels,
        test_images=data.test.images, test_labels=data.test.labels,
    )  # fmt: skip
    command = [
        "compress", str(tmp_path / "made.npz"), url, "--codec", CODEC,
        "--staging", str(tmp_path / "staging"),
    ]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command], env={**os.environ, **configured}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        process.send_signal(sent)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (code, said)
    (first,) = when(url).items()
    assert first[0] != MANIFEST
    with pytest.raises(SourceError, match="there is no"):
        open_store(url)
    done = run(*command, **configured)
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "staging").iterdir()) == []
    assert first in when(url).items()  # it was not sent again
    fb.compress(tmp_path / "made.npz", tmp_path / "a.fb", codec=CODEC)
    assert there(url) == contents(tmp_path / "a.fb")
