"""Stores written behind URLs: whole there or not at all, and sent no more than needed."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from threading import Event

import fsspec
import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data.source import Piece
from fewbytes.errors import (
    OutputError,
    SourceError,
)
from fewbytes.store import retry, upload
from fewbytes.store.manifest import MANIFEST, REMARKS, STATE
from fewbytes.store.url_target import PROBE
from fewbytes.store.verify import verify
from tests.store.helpers import Gappy, made, read_everything
from tests.store.memory_server import CODEC, DATA, FILES, SHARDS, URL, Server, failing, there

pytestmark = pytest.mark.usefixtures("small_blocks", "memory_server")


def test_it_is_what_a_folder_holds(local: dict[str, bytes], staging: Path) -> None:
    store = fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert set(local) == FILES
    assert there() == local
    assert np.array_equal(store["train"].labels, DATA.train.labels)
    read_everything(store)
    assert [checked.what for checked in verify(store.files) if checked.fault] == []
    assert list(staging.iterdir()) == []
    assert Server.log[:2] == [PROBE, f"-{PROBE}"]
    assert Server.log[-1] == MANIFEST
    assert sorted(Server.log[2:]) == sorted(FILES)


@pytest.mark.usefixtures("key_given")
def test_an_encrypted_store(staging: Path) -> None:
    """What is sent is encrypted, but for the manifest. Its remarks are encrypted anew by the run
    that goes on from another.
    """
    data = made(700, 130)
    data.train.images[7] = data.train.images[3]
    Server.fault = failing(SHARDS[3], PermissionError("no"))
    with pytest.raises(OutputError):
        fb.compress(data, URL, codec=CODEC, staging=staging, encrypt="work")
    assert {*SHARDS[:3]} & there().keys()
    Server.fault = lambda name: None
    store = fb.compress(data, URL, codec=CODEC, staging=staging, encrypt="work")
    assert np.array_equal(store["test"].labels, data.test.labels)
    assert [remark["kind"] for remark in store.remarks()] == ["duplicate"]
    assert [checked.what for checked in verify(store.files) if checked.fault] == []
    assert set(there()) == {*FILES, REMARKS}
    assert store.manifest.encryption is not None
    assert list(staging.iterdir()) == []


def test_it_is_made_where_downloads_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWBYTES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Server, "fault", failing(MANIFEST, PermissionError("no")))
    for url in (URL, f"{URL}/", "memory:///sets/a.fb"):
        with pytest.raises(OutputError):
            fb.compress(DATA, url, codec=CODEC)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    names = sorted(path.name for path in (tmp_path / "cache" / "stores").iterdir())
    assert len(names) == 2  # one place, however it is written
    assert names[0].startswith("a.fb-")
    assert names[0].removesuffix(".partial") == names[1].removesuffix(".sent.json")


# -------------------------------------------------------------------- refused


REFUSALS = [
    (PermissionError("Access Denied"), 1, "Access Denied"),
    (FileNotFoundError("The specified bucket does not exist"), 1, "bucket does not exist"),
    (OSError(errno.ENOSPC, "No space left on device"), 1, "written: No space left on device"),
    (OSError(errno.EROFS, "Read-only file system"), 1, "written: Read-only file system"),
    (NotImplementedError(), 1, "NotImplementedError"),
    (OSError("the connection was reset"), 5, "after 5 tries: the connection was reset"),
]


class Unread(Gappy):
    """Nothing may be read of it."""

    def read(self, split: str, start: int, stop: int) -> Piece:
        raise AssertionError


@pytest.mark.parametrize(("error", "tries", "said"), REFUSALS)
def test_refused_before_the_work_begins(
    error: Exception, tries: int, said: str, staging: Path
) -> None:
    Server.fault = failing(PROBE, error)
    source = Unread(DATA, {})
    with pytest.raises(OutputError, match=said) as caught:
        fb.compress(source, URL, codec=CODEC, staging=staging)
    assert str(caught.value).startswith(f"{URL}: {PROBE} cannot be written")
    assert "\n" not in str(caught.value)
    assert Server.log == [PROBE] * tries
    assert there() == {}
    assert not staging.exists()


@pytest.mark.parametrize("name", [SHARDS[2], STATE, MANIFEST])
@pytest.mark.parametrize(("error", "tries", "said"), REFUSALS[:1] + REFUSALS[-1:])
def test_refused_in_the_middle(
    name: str,
    error: Exception,
    tries: int,
    said: str,
    local: dict[str, bytes],
    staging: Path,
) -> None:
    """The same command goes on, and sends only what is missing."""
    Server.fault = failing(name, error)
    with pytest.raises(OutputError, match=said) as caught:
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert str(caught.value).startswith(f"{URL}: {name} cannot be written")
    assert str(caught.value).endswith("; the same command goes on from what is finished")
    assert "\n" not in str(caught.value)
    assert Server.log.count(name) == tries
    before = there()
    assert MANIFEST not in before
    assert name not in before
    assert before
    with pytest.raises(SourceError, match="there is no"):
        fb.open(URL)
    Server.fault, Server.log = lambda name: None, []
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert sorted(Server.log[2:]) == sorted(FILES - before.keys())
    assert there() == local
    assert list(staging.iterdir()) == []


def test_what_fails_is_sent_again(local: dict[str, bytes], staging: Path) -> None:
    """Where a file arrives short, too."""
    faults = [OSError("reset"), b"short", OSError("reset"), b""]

    def fault(name: str) -> object:
        if name != SHARDS[1] or not faults:
            return None
        one = faults.pop()
        if isinstance(one, Exception):
            raise one
        return one

    Server.fault = fault
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert there() == local
    assert Server.log.count(SHARDS[1]) == 5
    Server.fault = lambda name: b"short" if name == PROBE else None
    with pytest.raises(OutputError, match="after 5 tries: 5 of 41 bytes arrived"):
        fb.compress(DATA, "memory://b.fb", codec=CODEC, staging=staging)


def test_a_file_that_was_lost_or_changed_there_is_sent_again(
    local: dict[str, bytes], staging: Path
) -> None:
    Server.fault = failing(MANIFEST, PermissionError("no"))
    with pytest.raises(OutputError):
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    system, folder = fsspec.core.url_to_fs(URL)
    system.rm_file(f"{folder}/{SHARDS[0]}")
    system.pipe_file(f"{folder}/{SHARDS[1]}", b"shorter")
    Server.fault, Server.log = lambda name: None, []
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert set(Server.log[2:]) == {*SHARDS[:2], MANIFEST}
    assert there() == local


@pytest.mark.parametrize("name", [PROBE, SHARDS[1], MANIFEST])
def test_no_answer(name: str, staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "ANSWER_SECONDS", 0.3)
    goes_on = Event()

    def fault(sent: str) -> None:
        if sent == name:
            goes_on.wait(60)
            raise OSError("too late")

    Server.fault = fault
    begun = time.monotonic()
    try:
        with pytest.raises(OutputError, match=f"{name} cannot be written: no answer"):
            fb.compress(DATA, URL, codec=CODEC, staging=staging)
    finally:
        goes_on.set()
    assert time.monotonic() - begun < 30
    assert MANIFEST not in there()


def test_no_more_is_sent_side_by_side_than_is_said(staging: Path) -> None:
    at_work, most = [], []

    def fault(name: str) -> None:
        at_work.append(name)
        most.append(len(at_work))
        time.sleep(0.02)
        at_work.remove(name)

    Server.fault = fault
    fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert 1 < max(most) <= upload.AT_ONCE


def test_once_a_file_is_refused_no_other_is_tried_again(
    staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 1)
    monkeypatch.setattr(upload, "STOP_SECONDS", 30)

    def fault(name: str) -> None:
        if name in SHARDS:
            raise PermissionError("no") if name == SHARDS[1] else OSError("reset")

    Server.fault = fault
    with pytest.raises(OutputError, match=SHARDS[1]):
        fb.compress(DATA, URL, codec=CODEC, staging=staging)
    assert max(Server.log.count(name) for name in SHARDS) == 1
