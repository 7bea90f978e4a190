"""Files are whole under their names, or not there."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from fewbytes.durable import PART, locked, whole, write_whole
from fewbytes.errors import OutputError


def test_whole_files_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.md"
    write_whole(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with locked(tmp_path / "lock") as first:
        assert first
        with locked(tmp_path / "lock") as second:
            assert not second
    with locked(tmp_path / "lock") as third:
        assert third
    with pytest.raises(OutputError, match="No such file"), locked(tmp_path / "none" / "lock"):
        pass


def test_two_write_one_file_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with whole(path) as first, whole(path) as second:
        assert first != second
        assert first.suffix == second.suffix == PART
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # who ended last
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, "none here")

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(OutputError, match=r"cannot lock .*lock: none here"):
        locked(tmp_path / "lock").__enter__()


def test_a_lock_that_was_removed_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    monkeypatch.setattr("fcntl.flock", lambda *_: path.unlink())
    with locked(path) as ours:
        assert not ours
