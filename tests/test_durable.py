"""Files are whole under their names, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.durable import locked, write_whole
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
