"""Where a store may be put, and what is left alone around it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fewbytes as fb
from fewbytes.errors import FewbytesError, OutputError
from fewbytes.scale.processes import Processes
from fewbytes.store import compress
from fewbytes.store.manifest import MANIFEST, REMARKS
from fewbytes.store.staging import PLAN
from fewbytes.studies.prepare import Prepared
from tests.store.helpers import Gappy, made, stored


def test_a_store_is_a_source(tmp_path: Path) -> None:
    """Read whole, though its splits are no multiples of what is read at once."""
    data = made(50, 20)
    stored(tmp_path / "a.fb", data, "identity")
    again = fb.load(tmp_path / "a.fb")
    for name, split in data.splits.items():
        assert (again.splits[name].images == split.images).all()
        assert (again.splits[name].labels == split.labels).all()
    small = fb.load(tmp_path / "a.fb", size=4)
    assert small.image_shape == (4, 4, 1)


def test_a_store_inside_its_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    with pytest.raises(OutputError, match="lies inside"):
        fb.compress(tmp_path / "photos", tmp_path / "photos" / "out.fb", codec="identity")
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["cat"]


@pytest.mark.parametrize("name", ["", ".", "x" * 300, "a\0b"])
def test_names_that_cannot_be(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError) as raised:
        fb.compress(made(20, 10), name, codec="identity")
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_replaced(tmp_path: Path) -> None:
    stored(tmp_path / "real.fb", made(20, 10), "identity")
    (tmp_path / "link.fb").symlink_to(tmp_path / "real.fb")
    with pytest.raises(OutputError, match=r"link\.fb cannot become a store"):
        fb.compress(made(20, 10), tmp_path / "link.fb", codec="identity", overwrite=True)
    assert (tmp_path / "real.fb" / MANIFEST).is_file()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    for name in ("a.fb.partial", "a.fb.replaced"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is in the way"):
        stored(tmp_path / "a.fb", made(20, 10), "identity")
    assert (tmp_path / "a.fb.partial" / "mine.txt").read_text() == "mine"
    (tmp_path / "a.fb.partial" / "mine.txt").unlink()
    stored(tmp_path / "a.fb", made(20, 10), "identity")
    (tmp_path / "a.fb.partial").mkdir()
    (tmp_path / "a.fb.partial" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        stored(tmp_path / "a.fb", made(20, 10), "identity")
    assert (tmp_path / "a.fb.partial" / "mine.txt").exists()
    assert (tmp_path / "a.fb.replaced" / "mine.txt").exists()


def test_the_work_of_another_plan_is_removed(tmp_path: Path) -> None:
    partial = tmp_path / "a.fb.partial"
    (partial / "blocks").mkdir(parents=True)
    (partial / PLAN).write_text("{}")
    (partial / "blocks" / "train-00000000.arrow").write_bytes(b"of another plan")
    store = stored(tmp_path / "a.fb", made(20, 10), "identity")
    assert len(store["train"]) == 20
    assert not partial.exists()


def test_a_run_stopped_at_its_very_beginning_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever call it was stopped in, the folder it left is known as its own."""
    real, calls = Path.mkdir, []

    def stopped(path: Path, *arguments: Any, **options: Any) -> None:
        calls.append(path)
        if len(calls) == stop:
            raise KeyboardInterrupt
        real(path, *arguments, **options)

    for stop in range(1, 6):
        calls.clear()
        monkeypatch.setattr(Path, "mkdir", stopped)
        with pytest.raises(KeyboardInterrupt):
            stored(tmp_path / f"{stop}.fb", made(20, 10), "identity")
        monkeypatch.setattr(Path, "mkdir", real)
        assert len(stored(tmp_path / f"{stop}.fb", made(20, 10), "identity")["train"]) == 20


def test_large_images_make_small_blocks(tmp_path: Path) -> None:
    """A block is about 2 MiB, and a record at least, so that memory does not grow with images."""
    data = made(9, 3, (512, 700, 3))
    store = stored(tmp_path / "a.fb", data, "identity")
    assert (store["train"].images() == data.train.images).all()
    assert len(store["train"].block_starts) - 1 == 9
    store = stored(tmp_path / "b.fb", data, "downsample:300 | xz")
    assert max(len(store["train"].block(n)[0]) for n in range(2)) * store.layout.row_bytes < 3e6


def test_a_study_does_not_count_remarks(tmp_path: Path) -> None:
    """What decodes nothing would tell cells apart that read the source from those that do not."""
    source = Gappy(made(60, 30), {"train": {3, 4}, "test": {1}})
    prepared = Prepared(fb.codec("identity"), source, 0, tmp_path)
    assert prepared.store.manifest.skipped == 3
    assert REMARKS not in prepared.store.manifest.files
    assert REMARKS in stored(tmp_path / "b.fb", source, "identity").manifest.files


class Fatal(Gappy):
    """Kills whoever reads it, as the system does when memory runs out."""

    def read(self, split: str, start: int, stop: int) -> object:  # type: ignore[override]
        os.kill(os.getpid(), 9)
        raise AssertionError


def kill_a_worker(target: str) -> None:
    """Compress what kills its reader, with two workers; say what that raises."""
    try:
        compress(Fatal(made(60, 30), {}), Path(target), fb.codec("identity"), engine=Processes(2))
    except FewbytesError as error:
        sys.stdout.write(f"{error}\n")


def test_a_killed_worker_is_said_in_one_line(tmp_path: Path) -> None:
    code = f"from tests.store.test_places import kill_a_worker as k; k({str(tmp_path / 'a.fb')!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "worker processes were killed 3 times" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert not (tmp_path / "a.fb").exists()
