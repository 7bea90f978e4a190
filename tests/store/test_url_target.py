"""What is behind a URL before a store is put there, and places that cannot be."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.data.source import Piece
from fewbytes.errors import (
    CorruptError,
    FewbytesError,
    InputError,
    MissingExtraError,
    OutputError,
    SourceError,
)
from fewbytes.store import url_target
from fewbytes.store.manifest import MANIFEST
from fewbytes.store.opening import target_at
from fewbytes.store.url_target import PROBE
from tests.store.helpers import Gappy, contents, made
from tests.store.memory_server import CODEC, DATA, SHARDS, URL, Server, failing, there

pytestmark = pytest.mark.usefixtures("small_blocks", "memory_server")


def test_a_store_is_not_replaced_unasked(local: dict[str, bytes], staging: Path) -> None:
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    Server.log.clear()
    with pytest.raises(OutputError, match=f"{URL} exists already; overwrite it or choose another"):
        fb.compress(DATA, URL, codec="identity", staging=staging)
    assert cli.main(["compress", "mnist", URL, "--codec", CODEC, "--staging", str(staging)]) == 2
    assert Server.log == []
    assert there() == local


def test_a_store_is_replaced(local: dict[str, bytes], staging: Path) -> None:
    """Its manifest goes first; what the new one has no use for goes too; other files stay."""
    fb.compress(made(900, 130), URL, codec="identity | uint8 | xz", staging=staging)
    system, folder = fsspec.core.url_to_fs(URL)
    system.pipe_file(f"{folder}/README.md", b"mine")
    reader = fb.open(URL)
    Server.log.clear()
    fb.compress(DATA, URL, codec=CODEC, staging=staging, overwrite=True)
    assert there() == {**local, "README.md": b"mine"}
    assert Server.log[:3] == [PROBE, f"-{PROBE}", f"-{MANIFEST}"]
    assert Server.log[-1] == MANIFEST
    # who read the old manifest before sees that files are others, or gone
    for start in range(0, 900, 100):
        with pytest.raises(FewbytesError) as caught:
            reader["train"].images(start, start + 1)
        assert isinstance(caught.value, CorruptError | SourceError)


def test_stopped_while_it_replaces(local: dict[str, bytes], staging: Path) -> None:
    """In between there is no store; the same command goes on, asked to overwrite or not. What was
    sent before another store was put there is sent again.
    """
    Server.fault = failing(SHARDS[2], PermissionError("no"))
    with pytest.raises(OutputError):
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    Server.fault = lambda name: None
    system, folder = fsspec.core.url_to_fs(URL)
    for name, content in there().items():  # of the same sizes
        system.pipe_file(f"{folder}/{name}", bytes(len(content)))
    system.pipe_file(f"{folder}/{MANIFEST}", local[MANIFEST])
    Server.fault = failing(SHARDS[2], PermissionError("no"))
    with pytest.raises(OutputError, match="goes on"):
        fb.compress(DATA, URL, codec=CODEC, staging=staging, overwrite=True)
    assert MANIFEST not in there()
    Server.fault = lambda name: None
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert there() == local


def test_another_store_in_place_of_one_that_was_not_finished(
    local: dict[str, bytes], staging: Path
) -> None:
    Server.fault = failing("data/test-00000-of-00001.parquet", PermissionError("no"))
    with pytest.raises(OutputError):
        fb.compress(made(900, 130), URL, codec="identity", staging=staging)
    assert there()
    Server.fault = lambda name: None
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert there() == local


def test_back_to_a_store_that_was_not_finished(local: dict[str, bytes], staging: Path) -> None:
    """What was sent for another in between is not taken for its own, be it of the same size."""
    for spec, refused in ((CODEC, MANIFEST), ("identity", SHARDS[0])):
        Server.fault = failing(refused, PermissionError("no"))
        with pytest.raises(OutputError):
            fb.compress(DATA, URL, codec=spec, staging=staging)
    system, folder = fsspec.core.url_to_fs(URL)
    for name in SHARDS:
        system.pipe_file(f"{folder}/{name}", bytes(len(local[name])))
    Server.fault = lambda name: None
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert there() == local


@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_others_are_left_alone(overwrite: bool, staging: Path) -> None:
    """Shards of a data set of somebody's have names like ours."""
    system, folder = fsspec.core.url_to_fs(URL)
    system.pipe_file(f"{folder}/{SHARDS[0]}", b"theirs")
    with pytest.raises(OutputError, match=rf"exists already, with {SHARDS[0]} and no manifest"):
        fb.compress(DATA, URL, codec=CODEC, staging=staging, overwrite=overwrite)
    assert there() == {SHARDS[0]: b"theirs"}
    system.pipe_file("/sets/b.fb", b"theirs")
    with pytest.raises(OutputError, match="is a file"):
        fb.compress(DATA, "memory://sets/b.fb", codec=CODEC, staging=staging)
    assert Server.log == []


def test_a_store_that_came_to_be_meanwhile_is_not_replaced(staging: Path) -> None:
    class Meanwhile(Gappy):
        def read(self, split: str, start: int, stop: int) -> Piece:
            system, folder = fsspec.core.url_to_fs(URL)
            system.pipe_file(f"{folder}/{MANIFEST}", b"theirs")
            return super().read(split, start, stop)

    with pytest.raises(OutputError, match="exists already"):
        fb.compress(Meanwhile(DATA, {}), URL, codec=CODEC, staging=staging)
    assert there() == {MANIFEST: b"theirs"}


def test_stopped_once_the_manifest_was_there(
    local: dict[str, bytes], staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(target: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(url_target.UrlTarget, "_forget", stopped)
        with pytest.raises(KeyboardInterrupt):
            fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert there() == local
    assert len(list(staging.iterdir())) == 2
    with pytest.raises(OutputError, match="exists already"):
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert list(staging.iterdir()) == []


def test_work_that_is_to_replace_a_store_is_kept(staging: Path) -> None:
    fb.compress(DATA, URL, codec="identity", staging=staging)
    Server.fault = failing(SHARDS[0], PermissionError("no"))
    with pytest.raises(OutputError):
        fb.compress(DATA, URL, codec=CODEC, staging=staging, overwrite=True)
    system, folder = fsspec.core.url_to_fs(URL)
    system.pipe_file(f"{folder}/{MANIFEST}", b"of somebody's")
    with pytest.raises(OutputError, match="exists already"):
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert len(list(staging.iterdir())) == 2


# -------------------------------------------------------------------- places that cannot be


def test_urls_that_nothing_writes_to(staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, said in [
        ("nosuch://a.fb", "nosuch"),
        ("https://host/a.fb", "a web server takes no store"),
        ("memory://", "names no store"),
    ]:
        with pytest.raises(OutputError, match=said) as caught:
            fb.compress(DATA, url, codec=CODEC, staging=staging)
        assert str(caught.value).startswith(url)

    def url_to_fs(url: str, **options: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)
    with pytest.raises(MissingExtraError, match=r"s3://b/a.fb needs s3fs.*fewbytes\[remote\]"):
        fb.compress(DATA, "s3://b/a.fb", codec=CODEC, staging=staging)


def test_a_staging_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*file"):
        fb.compress(DATA, URL, codec=CODEC, staging=tmp_path / "file" / "staging")
    assert there() == {}
    for target in (tmp_path / "a.fb", f"file://{tmp_path}/a.fb"):
        with pytest.raises(InputError, match="it takes no staging"):
            fb.compress(DATA, target, codec=CODEC, staging=tmp_path)
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    with pytest.raises(OutputError, match="lies inside"):
        fb.compress(tmp_path / "photos", URL, codec=CODEC, staging=tmp_path / "photos")


def test_a_url_of_this_machine_is_a_folder(local: dict[str, bytes], tmp_path: Path) -> None:
    url = (tmp_path / "b.fb").as_uri()
    fb.compress(DATA, url, codec=CODEC)
    assert contents(tmp_path / "b.fb") == local
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.fb", "local"]
    assert target_at(url).where == str(tmp_path / "b.fb")
