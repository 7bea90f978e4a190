"""Folders of class folders: how they are laid out, ordered, read, and what is left out."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import folder, open_source, survey, walk
from fewbytes.data.folder import FolderSource
from fewbytes.data.listing import Lister
from fewbytes.errors import SourceError
from tests.data.pictures_made import encoded, pixels, write


def opened(path: Path) -> FolderSource:
    source = open_source(path)
    assert isinstance(source, FolderSource)
    return source


def names(source: FolderSource, split: str) -> list[str]:
    listing = source.listings[split]
    return [listing.file(k)[0] for k in range(len(listing))]


def two_classes(root: Path, each: int = 5, prefix: str = "") -> Path:
    for label, name in enumerate(("cat", "dog")):
        for k in range(each):
            write(root / prefix / name / f"{k}.png", 100 * label + k)
    return root


def test_splits_are_read_in_the_order_of_the_hash(tmp_path: Path) -> None:
    two_classes(tmp_path, 4, "train")
    two_classes(tmp_path, 2, "test")
    source = opened(tmp_path)
    assert source.class_names == ("cat", "dog")
    assert source.sizes == {"train": 8, "test": 4}
    assert source.image_shape == (6, 8, 3)
    assert source.remarks == ()
    paths = [f"train/{name}/{k}.png" for name in ("cat", "dog") for k in range(4)]
    wanted = sorted(paths, key=lambda path: hashlib.sha256(path.encode()).digest())
    assert names(source, "train") == wanted
    piece = source.read("train", 2, 7)
    assert piece.ids.tolist() == [2, 3, 4, 5, 6]
    for image, label, path in zip(piece.images, piece.labels, wanted[2:7], strict=True):
        seed = 100 * int(label) + int(path[-5])
        assert path.split("/")[1] == source.class_names[label]
        assert np.array_equal(image, pixels(seed))


def test_without_splits_every_fifth_file_of_a_class_is_tested_on(tmp_path: Path) -> None:
    two_classes(tmp_path, 11)
    source = opened(tmp_path)
    assert source.sizes == {"train": 18, "test": 4}
    assert any("every fifth file" in remark for remark in source.remarks)
    for name in ("cat", "dog"):
        paths = [f"{name}/{k}.png" for k in range(11)]
        ordered = sorted(paths, key=lambda path: hashlib.sha256(path.encode()).digest())
        assert [p for p in names(source, "test") if p.startswith(name)] == ordered[4::5]
    assert not set(names(source, "train")) & set(names(source, "test"))
    assert fb.load(tmp_path).classes == 2


@pytest.mark.parametrize(
    ("folders", "splits", "remark"),
    [
        (("train", "val"), {"train", "test"}, "'val' is used to test on"),
        (("Training", "testing"), {"train", "test"}, ""),
        (("train", "valid", "test"), {"train", "test", "validation"}, ""),
        (("train",), {"train", "test"}, "every fifth file"),
    ],
)
def test_splits_go_by_many_names(
    folders: tuple[str, ...], splits: set[str], remark: str, tmp_path: Path
) -> None:
    for name in folders:
        two_classes(tmp_path, 5, name)
    source = opened(tmp_path)
    assert set(source.sizes) == splits
    assert remark in " ".join(source.remarks)


def test_a_folder_named_train_that_holds_files_is_a_class(tmp_path: Path) -> None:
    for name in ("train", "truck"):
        for k in range(5):
            write(tmp_path / name / f"{k}.png", k)
    assert opened(tmp_path).class_names == ("train", "truck")


def test_an_archive_in_a_folder_of_its_own_is_entered(tmp_path: Path) -> None:
    for split in ("train", "test"):
        two_classes(tmp_path / "set" / "set", 1, split)
    assert opened(tmp_path / "set").class_names == ("cat", "dog")


def test_classes_are_the_union_and_empty_ones_are_named(tmp_path: Path) -> None:
    for path in ("train/b/1.png", "train/a/1.png", "test/c/x/1.png", "test/a/2.png", "x.txt"):
        write(tmp_path / path)
    (tmp_path / "train" / "hollow").mkdir()
    (tmp_path / "train" / "notes.txt").write_text("x")
    source = opened(tmp_path)
    assert source.class_names == ("a", "b", "c")
    remarks = "\n".join(source.remarks)
    assert "train/: class folders without a file are left out: hollow" in remarks
    assert "train/: files beside the class folders are left out: notes.txt" in remarks
    assert "train/: classes without a folder here: c" in remarks
    assert source.read("test", 0, 2).labels.tolist().count(2) == 1


def test_grey_only_where_all_are(tmp_path: Path) -> None:
    for k in range(5):
        write(tmp_path / "a" / f"{k}.png", k, channels=1)
        write(tmp_path / "b" / f"{k}.png", k, channels=1)
    assert opened(tmp_path).image_shape == (6, 8, 1)
    write(tmp_path / "b" / "9.png", 9, channels=3)
    source = opened(tmp_path)
    assert source.image_shape == (6, 8, 3)
    assert not source.read("train", 0, 20).skipped


def test_sizes_that_differ_become_the_median(tmp_path: Path) -> None:
    for k, (rows, columns) in enumerate([(10, 20), (12, 30), (14, 90)]):
        write(tmp_path / "train" / "a" / f"{k}.png", k, rows, columns)
    write(tmp_path / "test" / "a" / "0.png", 0, 50, 50)
    source = opened(tmp_path)
    assert source.image_shape == (12, 30, 3)
    assert "from 10 x 20 to 50 x 90" in source.remarks[-1]
    assert source.read("test", 0, 1).images.shape == (1, 12, 30, 3)
    assert open_source(tmp_path, size="7x9").image_shape == (7, 9, 3)


def test_of_many_files_a_sample_tells_the_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_classes(tmp_path, 10, "train")
    two_classes(tmp_path, 1, "test")
    monkeypatch.setattr(survey, "MOST_HEADERS", 3)
    source = opened(tmp_path)
    assert source.sample("train", 3).tolist() == [0, 7, 14]
    assert source.image_shape == (6, 8, 3)


def test_what_cannot_be_read_keeps_its_number_and_is_named(tmp_path: Path) -> None:
    root, outside = tmp_path / "set", tmp_path / "outside.png"
    two_classes(root, 3, "train")
    two_classes(root, 1, "test")
    write(outside)
    cats = root / "train" / "cat"
    (cats / "text.jpg").write_text("not a picture")
    (cats / "notes.txt").write_text("nor this")
    (cats / "empty.png").touch()
    (cats / "short.jpg").write_bytes(encoded(pixels(1, 64, 64), "JPEG")[:1500])
    (cats / "out.png").symlink_to(outside)
    (cats / "gone.png").symlink_to("nowhere.png")
    (cats / "turn.png").symlink_to("turn.png")
    os.mkfifo(cats / "pipe.png")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(cats)  # the names of sockets must be short
        server.bind("s.png")
        os.chdir(here)
    source = opened(root)
    piece = source.read("train", 0, 100)
    reasons = {one.name.rpartition("/")[2]: one.reason for one in piece.skipped}
    assert len(piece) == 6
    assert source.sizes["train"] == 6 + len(reasons)
    assert sorted([*piece.ids, *(one.id for one in piece.skipped)]) == list(range(15))
    for name, reason in {
        "text.jpg": "not an image", "notes.txt": "not an image", "empty.png": "empty",
        "short.jpg": "truncated", "out.png": "leads outside", "gone.png": "leads nowhere",
        "turn.png": "leads nowhere", "pipe.png": "a pipe", "s.png": "a socket",
    }.items():  # fmt: skip
        assert reason in reasons.pop(name)
    assert not reasons
    assert len(fb.load(root).train) == 6


def test_hidden_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    two_classes(tmp_path)
    for name in (".DS_Store", "Thumbs.db", "._1.png", "desktop.ini"):
        (tmp_path / "cat" / name).write_text("x")
        (tmp_path / name).write_text("x")
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    source = opened(tmp_path)
    assert sum(source.sizes.values()) == 10
    assert len(source.remarks) == 1


def test_links_inside_are_followed_and_loops_end(tmp_path: Path) -> None:
    two_classes(tmp_path, 5)
    cats = tmp_path / "cat"
    write(tmp_path / "cat" / "deep" / "z.png", 7)
    (cats / "loop").symlink_to(cats)
    (cats / "up").symlink_to(tmp_path)
    (cats / "deep" / "back").symlink_to(cats / "deep")
    (cats / "dogs").symlink_to(tmp_path / "dog")
    (cats / "one.png").symlink_to(tmp_path / "dog" / "1.png")
    (tmp_path / "elsewhere").symlink_to("/")
    source = opened(tmp_path)
    found = sorted(names(source, "train") + names(source, "test"))
    wanted = [f"cat/{k}.png" for k in range(5)] + [f"cat/dogs/{k}.png" for k in range(5)]
    wanted += ["cat/deep/z.png", "cat/one.png"] + [f"dog/{k}.png" for k in range(5)]
    assert found == sorted(wanted)
    assert any("links that lead outside" in r and "elsewhere" in r for r in source.remarks)
    assert not source.read("train", 0, 50).skipped


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_of_any_bytes(tmp_path: Path) -> None:
    strange = ["with space.PNG", "žluť 猫.Jpg", "new\nline.png", os.fsdecode(b"\xff\xfe.png")]
    for k, name in enumerate([*strange, "5.png"]):
        write(tmp_path / os.fsdecode(b"caf\xe9") / name, k)
        write(tmp_path / "thé" / name, k)
    (tmp_path / "thé" / os.fsdecode(b"\xfd\n.png")).touch()
    source = opened(tmp_path)
    assert source.class_names == ("caf\\udce9", "thé")
    pieces = [source.read(split, 0, 20) for split in source.sizes]
    assert sum(map(len, pieces)) == 10
    (skipped,) = (one for piece in pieces for one in piece.skipped)
    assert skipped.name == "thé/\\udcfd\\n.png"
    source.fingerprint().encode()


def test_a_store_or_parquet_files_are_no_class_folders(tmp_path: Path) -> None:
    two_classes(tmp_path)
    assert folder.KIND.recognises(tmp_path)
    (tmp_path / "_meta").mkdir()
    (tmp_path / "_meta" / "manifest.json").write_text("{}")
    assert not folder.KIND.recognises(tmp_path)
    (tmp_path / "_meta" / "manifest.json").unlink()
    (tmp_path / "train-0.parquet").touch()
    assert not folder.KIND.recognises(tmp_path)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (["a/"], "no class folder with images in it"),
        (["a/1.txt", "a/2.txt", "a/3.txt", "a/4.txt", "a/5.txt"], "no readable image among 4"),
        (["a/1.png", "b/2.png"], "no class with 5 images"),
        (["test/a/1.png"], "without a train folder"),
        (["train/a/1.png", "test/a/"], "no image in the test split"),
    ],
)
def test_folders_that_cannot_be_used_say_why(
    make: list[str], complaint: str, tmp_path: Path
) -> None:
    for path in make:
        if path.endswith("/"):
            (tmp_path / path).mkdir(parents=True)
        elif path.endswith(".txt"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("x")
        else:
            write(tmp_path / path)
    with pytest.raises(SourceError, match=complaint) as raised:
        opened(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_file_that_goes_away_is_left_out(tmp_path: Path) -> None:
    source = opened(two_classes(tmp_path))
    before = source.fingerprint()
    (tmp_path / names(source, "train")[0]).unlink()
    piece = source.read("train", 0, 3)
    assert piece.skipped[0].reason == "No such file or directory"
    assert source.fingerprint() != before


def test_the_fingerprint_tells_when_a_file_is_written_again(tmp_path: Path) -> None:
    two_classes(tmp_path)
    first = opened(tmp_path).fingerprint()
    assert opened(tmp_path).fingerprint() == first
    os.utime(tmp_path / "cat" / "0.png", (1, 1))
    assert opened(tmp_path).fingerprint() != first


def test_threads_copies_and_slices_give_the_same(tmp_path: Path) -> None:
    source = opened(two_classes(tmp_path, 10))
    copied = copy.deepcopy(source)  # as pickling does
    source.threads, copied.threads = 4, 1
    assert np.array_equal(source.read("train", 0, 16).images, copied.read("train", 0, 16).images)
    picked = source.pick("train", np.array([1, 5, 6]))
    assert np.array_equal(picked.images, copied.read("train", 0, 16).images[[1, 5, 6]])
    assert picked.ids.tolist() == [1, 5, 6]
    with pytest.raises(SourceError, match="no split 'dev'; it has train, test"):
        source.read("dev", 0, 1)


def test_a_listing_is_small(tmp_path: Path) -> None:
    lister = Lister(("cat/",))
    for k in range(20_000):
        lister.add(0, f"n01440764_{k:05}.JPEG", "")
    assert len(pickle.dumps(lister.listing())) / 20_000 < 40


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_classes(tmp_path)
    closed = tmp_path / "cat" / "closed"
    closed.mkdir()
    real = os.scandir

    def scan(path: str) -> object:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scan)
    found = dict(walk.Walk(str(tmp_path / "cat"), str(tmp_path)))
    assert found["closed"] == "cannot be listed: Permission denied"
    assert len(found) == 6
