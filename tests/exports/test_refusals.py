"""What cannot be exported is refused in one line, and nothing is left behind."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fewbytes.durable import locked
from fewbytes.errors import CorruptError, InputError, MissingExtraError, OutputError
from fewbytes.exports import FORMATS, SilentExport, export
from fewbytes.store import Store
from tests.exports.conftest import MakeStore

EVERY = pytest.mark.parametrize("to", list(FORMATS))


@pytest.fixture(scope="module")
def grey(make_store: MakeStore) -> Store:
    return make_store(1)


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file may become longer than `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@EVERY
def test_a_full_disk(grey: Store, tmp_path: Path, to: str) -> None:
    if to == "huggingface":
        pytest.importorskip("datasets")
    with disk_full_after(60), pytest.raises(OutputError, match=r"out\.npz: .*File too large"):
        export(grey, tmp_path / "out.npz", to)
    assert list(tmp_path.iterdir()) == []


@EVERY
def test_something_is_there(grey: Store, tmp_path: Path, to: str) -> None:
    (tmp_path / "out.npz").mkdir()
    (tmp_path / "out.npz" / "mine").touch()
    with pytest.raises(OutputError, match=r"out\.npz exists already; choose another name"):
        export(grey, tmp_path / "out.npz", to)
    assert [path.name for path in tmp_path.rglob("*")] == ["out.npz", "mine"]


@EVERY
def test_a_file_is_there(grey: Store, tmp_path: Path, to: str) -> None:
    (tmp_path / "out.npz").touch()
    with pytest.raises(OutputError, match="exists already"):
        export(grey, tmp_path / "out.npz", to)
    assert (tmp_path / "out.npz").read_bytes() == b""


def test_an_empty_folder_may_be_there(grey: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(grey, tmp_path / "out", "png")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(list((tmp_path / "out").rglob("*.png"))) == 60


def test_many_files_are_brought_to_the_disk_together(
    grey: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("fewbytes.exports.place.FEW_FILES", 60)
    monkeypatch.setattr("os.sync", lambda: calls.append("sync"))
    export(grey, tmp_path / "out.npz", "npz")
    assert calls == []
    export(grey, tmp_path / "out", "png")
    assert calls == ["sync"]


def test_a_name_is_taken_meanwhile(grey: Store, tmp_path: Path) -> None:
    class Squatter(SilentExport):
        def export_started(self, images: int) -> None:
            (tmp_path / "out.npz").touch()

    with pytest.raises(OutputError, match="exists already"):
        export(grey, tmp_path / "out.npz", "npz", watcher=Squatter())
    assert [path.name for path in tmp_path.rglob("*")] == ["out.npz"]


def test_a_file_in_the_way(grey: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        export(grey, tmp_path / "file" / "out", "png")


@EVERY
def test_stopped_half_way(grey: Store, tmp_path: Path, to: str) -> None:
    if to == "huggingface":
        pytest.importorskip("datasets")

    class Stopper(SilentExport):
        def export_advanced(self, images: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(grey, tmp_path / "out.npz", to, watcher=Stopper())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_written_anew(grey: Store, tmp_path: Path) -> None:
    left = tmp_path / "out.exporting" / "out" / "train"
    left.mkdir(parents=True)
    (left / "half.tar").touch()
    export(grey, tmp_path / "out", "webdataset")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not (tmp_path / "out" / "train").exists()


def test_one_process_at_a_time(grey: Store, tmp_path: Path) -> None:
    (tmp_path / "out.exporting").mkdir()
    with (
        locked(tmp_path / "out.exporting" / ".lock"),
        pytest.raises(OutputError, match="another process"),
    ):
        export(grey, tmp_path / "out", "png")


def test_an_unknown_format(grey: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'parket', did you mean 'parquet'\?; the formats are: "):
        export(grey, tmp_path / "out", "parket")


def test_npz_is_called_npz(grey: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"name it out\.npz, not out"):
        export(grey, tmp_path / "out", "npz")


@pytest.mark.parametrize("to", [name for name, one in FORMATS.items() if one.pictures])
def test_two_channels_are_no_picture(make_store: MakeStore, tmp_path: Path, to: str) -> None:
    with pytest.raises(InputError, match=f"2 channels, and {to} holds 1 or 3; export to npz"):
        export(make_store(2), tmp_path / "out", to)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../train", "", "a/b", ".arrow", "x" * 300, "a\n"])
def test_a_split_that_is_no_name(grey: Store, tmp_path: Path, name: str) -> None:
    splits = {name: grey.manifest.splits["train"]}
    evil = Store(grey.files, replace(grey.manifest, splits=splits))
    with pytest.raises(InputError, match="cannot be the name of a file"):
        export(evil, tmp_path / "out", "png")


def test_numbers_that_do_not_rise(grey: Store, tmp_path: Path) -> None:
    store = Store(grey.files)
    store["train"].__dict__["ids"] = grey["train"].ids // 2
    with pytest.raises(CorruptError, match="numbers of train do not rise"):
        export(store, tmp_path / "out", "png")
    assert list(tmp_path.iterdir()) == []


def test_without_datasets(grey: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"fewbytes\[huggingface\]"):
        export(grey, tmp_path / "out", "huggingface")
    assert list(tmp_path.iterdir()) == []


@EVERY
def test_the_watcher_is_told_of_every_image(grey: Store, tmp_path: Path, to: str) -> None:
    if to == "huggingface":
        pytest.importorskip("datasets")
    told: list[int] = []

    class Watcher(SilentExport):
        def export_started(self, images: int) -> None:
            told.append(-images)

        def export_advanced(self, images: int) -> None:
            told.append(images)

    export(grey, tmp_path / "out.npz", to, watcher=Watcher())
    assert told[0] == -60
    assert sum(told) == 0
    assert len(told) == 1 + 2 + 1  # 21 grey images a piece
