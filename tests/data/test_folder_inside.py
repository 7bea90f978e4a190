"""What lies among class folders and is no picture: compressed sets, leftovers, tables, links."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from fewbytes.data import folder, idx, kinds, open_source, parquet, survey, walk
from fewbytes.errors import SourceError
from tests.data.pictures_made import write


def two_classes(root: Path) -> Path:
    for name in ("cat", "owl"):
        for k in range(5):
            write(root / name / f"{k}.png", k)
    return root


def compressed_set(place: Path) -> None:
    (place / "_meta").mkdir(parents=True)
    (place / "_meta" / "manifest.json").write_text("{}")
    (place / "train").mkdir()
    (place / "train" / "part-0.parquet").write_bytes(b"codes")
    (place / "part-0.parquet").write_bytes(b"codes")


@pytest.mark.parametrize("name", ["dog.fb", "dog.fb.partial", "dog.fb.replaced", "dog.exporting"])
@pytest.mark.parametrize("place", ["", "cat", "cat/deep"])
def test_compressed_sets_among_the_pictures_are_passed_over(
    name: str, place: str, tmp_path: Path
) -> None:
    source = open_source(two_classes(tmp_path))
    write(tmp_path / "cat" / "deep" / "9.png")
    inside = tmp_path / place / name
    compressed_set(inside if name.endswith(".fb") else inside / "store")
    assert not parquet.KIND.recognises(tmp_path)
    assert folder.KIND.recognises(tmp_path)
    after = open_source(tmp_path)
    assert (after.class_names, after.remarks) == (source.class_names, source.remarks)
    assert sum(after.sizes.values()) == 11


def test_a_link_to_a_compressed_set_is_passed_over(tmp_path: Path) -> None:
    two_classes(tmp_path)
    compressed_set(tmp_path / "out.fb")
    (tmp_path / "dog").symlink_to("out.fb")
    (tmp_path / "cat" / "dog").symlink_to("../out.fb")
    source = open_source(tmp_path)
    assert source.class_names == ("cat", "owl")
    assert sum(source.sizes.values()) == 10


def test_a_class_without_a_picture_is_remarked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_classes(tmp_path)
    for name, count in (("csv", 3), ("txt", 1)):
        (tmp_path / name).mkdir()
        for k in range(count):
            (tmp_path / name / f"{k}.csv").write_text("1,2")
    source = open_source(tmp_path)
    assert source.class_names == ("cat", "csv", "owl", "txt")
    assert source.remarks[-2:] == (
        "class csv: no readable image among its 3 files",
        "class txt: no readable image among its 1 file",
    )
    monkeypatch.setattr(survey, "_MOST_NAMED", 1)
    assert open_source(tmp_path, size=4).remarks[-1] == "1 more classes without a readable image"


def test_a_machine_that_fails_while_listing_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scan(path: str) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    two_classes(tmp_path)
    monkeypatch.setattr(os, "scandir", scan)
    with pytest.raises(SourceError, match=r"cat: cannot be listed: Too many open files$"):
        list(walk.Walk(str(tmp_path / "cat"), str(tmp_path)))


def test_a_folder_that_may_not_be_searched_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Any, **_: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    two_classes(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_file", refuse)
        assert not idx.looks_like(tmp_path)
        assert not idx.KIND.recognises(tmp_path)
        assert kinds.kind_of(tmp_path) is not idx.KIND
    monkeypatch.setattr(os, "access", lambda *_: False)  # to root all folders are open
    with pytest.raises(SourceError, match=r"this folder may not be read: Permission denied$"):
        open_source(tmp_path)


def test_a_kind_that_raises_recognises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(idx.IdxKind, "recognises", lambda _, path: refuse(path))
    assert kinds.kind_of(two_classes(tmp_path)) is folder.KIND
