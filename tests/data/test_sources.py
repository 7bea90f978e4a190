"""What `open_source` takes, sizes, sets in memory, and sets dealt out by fifths."""

from __future__ import annotations

import copy
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes import plugins
from fewbytes.data import Piece, Source, kinds, open_source
from fewbytes.data import source as source_module
from fewbytes.data.arrays import ArraySource
from fewbytes.data.encoded import in_threads
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.folder import FolderSource
from fewbytes.data.resized import Resized, parse_size
from fewbytes.data.selected import Selected
from fewbytes.data.source import Skipped, as_piece, gathered
from fewbytes.errors import InputError, SourceError
from fewbytes.types import Dataset, Split
from tests.data.pictures_made import pixels, write


class Numbers(Source):
    """Images of one pixel, the record's number; some cannot be read. No test split."""

    name = "numbers"
    image_shape = (1, 1, 1)

    def __init__(self, count: int, bad: tuple[int, ...] = ()) -> None:
        self.sizes = {"train": count}
        self.bad = bad

    def read(self, split: str, start: int, stop: int) -> Piece:
        ids = self.numbers(split, start, stop)
        skipped = tuple(Skipped(split, k, str(k), "bad") for k in ids.tolist() if k in self.bad)
        ids = np.setdiff1d(ids, self.bad)
        return Piece(ids.astype(np.uint8).reshape(-1, 1, 1, 1), ids % 3, ids, skipped)

    def fingerprint(self) -> str:
        return f"numbers-{self.sizes}-{self.bad}"


@pytest.mark.parametrize(
    ("size", "parsed"),
    [
        (None, None), (32, (32, 32)), ("32", (32, 32)), ("32x48", (32, 48)),
        (" 32 X 48 ", (32, 48)),
        ((32, 48), (32, 48)), ([7], (7, 7)), (np.int64(5), (5, 5)),
    ],
)  # fmt: skip
def test_sizes(size: Any, parsed: Any) -> None:
    assert parse_size(size) == parsed


@pytest.mark.parametrize(
    "size", [0, -1, "0x3", "axb", "3x", "", (), (1, 2, 3), (1.5, 2), 1.5, True, 99_999, "1x2x3"]
)
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(InputError, match="size must be like 32"):
        open_source("mnist", size=size)


def test_mnist_is_not_copied(mnist: Dataset) -> None:
    source = open_source(mnist)
    assert isinstance(source, ArraySource)
    assert fb.load(source) is mnist
    assert fb.load(mnist) is mnist
    piece = source.read("test", 9_998, 20_000)
    assert np.shares_memory(piece.images, mnist.test.images)
    assert piece.ids.tolist() == [9_998, 9_999]
    assert len(source.read("test", 5, 5)) == 0


def test_images_in_memory_are_resized(tiny: Dataset) -> None:
    source = open_source(tiny, size=(14, 20))
    assert source.image_shape == (14, 20, 1)
    whole = fb.load(source)
    assert whole.train.images.shape == (1200, 14, 20, 1)
    assert np.array_equal(source.pick("train", np.array([3])).images[0], whole.train.images[3])
    assert source.fingerprint() != open_source(tiny).fingerprint()
    assert open_source(source, size=(14, 20)) is source


def test_the_fingerprint_of_arrays_is_of_every_byte(tiny: Dataset) -> None:
    print_ = open_source(tiny).fingerprint()
    changed = copy.deepcopy(tiny)
    assert open_source(changed).fingerprint() == print_
    changed.test.images[-1, -1, -1, -1] ^= 1
    assert open_source(changed).fingerprint() != print_
    labels = tiny.train.labels.copy()
    labels[0] ^= 1
    other = Dataset("x", Split(tiny.train.images, labels), tiny.test)
    assert open_source(other).fingerprint() != print_


@pytest.mark.parametrize("count", [5, 9, 10, 23])
def test_fifths_are_every_fifth_record(count: int) -> None:
    """Held to the slow way: number all, set every fifth aside."""
    source = EveryFifth(Numbers(count, bad=(4, 6)))
    wanted = {
        "test": [k for k in range(count) if k % 5 == 4],
        "train": [k for k in range(count) if k % 5 != 4],
    }
    for split, records in wanted.items():
        assert source.sizes[split] == len(records)
        for start in range(len(records)):
            for stop in range(start, len(records) + 1):
                piece = source.read(split, start, stop)
                run = records[start:stop]
                assert piece.images.ravel().tolist() == [k for k in run if k not in (4, 6)]
                assert [records[k] for k in piece.ids] == [k for k in run if k not in (4, 6)]
                assert [records[s.id] for s in piece.skipped] == [k for k in run if k in (4, 6)]
                assert all(s.split == split for s in piece.skipped)


def test_a_source_without_a_test_split_loads() -> None:
    data = fb.load(Numbers(10, bad=(0,)))
    assert data.train.images.ravel().tolist() == [1, 2, 3, 5, 6, 7, 8]
    assert data.test.images.ravel().tolist() == [4, 9]
    with pytest.raises(SourceError, match=r"no readable image in its test split .*4: bad"):
        fb.load(Numbers(5, bad=(4,)))
    with pytest.raises(SourceError, match="it takes 5"):
        fb.load(Numbers(4))


def test_more_than_the_memory_is_refused() -> None:
    huge = Numbers(5)
    huge.image_shape = (1 << 20, 1 << 20, 1)
    huge.sizes = {"train": 1 << 20, "test": 1}
    with pytest.raises(SourceError, match="GB of memory, more than there is"):
        fb.load(huge)


@pytest.mark.parametrize(
    ("images", "labels"), [("images", "labels"), ("x", "y"), ("x_train", "y_train")]
)
def test_npz_without_test_arrays_is_dealt_out(images: str, labels: str, tmp_path: Path) -> None:
    held = np.stack([pixels(k) for k in range(11)])
    arrays: dict[str, Any] = {images: held, labels: np.arange(11)[:, None]}
    np.savez(tmp_path / "a.NPZ", **arrays)
    (path,) = tmp_path.iterdir()
    data = fb.load(path.rename(tmp_path / "a.NPZ"))
    assert data.test.labels.tolist() == [4, 9]
    assert np.array_equal(data.test.images, held[[4, 9]])
    assert data.train.labels.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 10]
    assert "every fifth" in open_source(tmp_path / "a.NPZ").remarks[0]


def test_npz_with_half_of_a_test_split_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    held = np.stack([pixels(k) for k in range(5)])
    np.savez(path, x_train=held, y_train=np.arange(5), x_test=held)
    with pytest.raises(SourceError, match="no test_images and test_labels; it holds x_train"):
        fb.load(path)


def test_names_and_paths(tmp_path: Path, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_source("tiny.npz").name == "tiny"
    monkeypatch.setenv("FEWBYTES_DATA", str(tmp_path))
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "set.tar.xz").touch()
    with pytest.raises(SourceError, match=r"unpack set\.tar\.xz first"):
        open_source("packed")
    with pytest.raises(SourceError, match="did you mean 'packed'"):
        open_source("pakced")
    with pytest.raises(SourceError, match="did you mean 'cifar10'"):
        open_source("cifar-10")
    with pytest.raises(SourceError, match="no data set at"):
        open_source("a\0b")


class Entry:
    """A kind that a plug-in might bring."""

    def recognises(self, path: Path) -> bool:
        return path.suffix == ".numbers"

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        return Numbers(int(path.read_text()))


PLUGIN = Entry()


def declared(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    made = [EntryPoint(name, value, kinds.GROUP) for name, value in points]
    monkeypatch.setattr(plugins, "entry_points", lambda group: made)
    kinds._declared.cache_clear()


@pytest.fixture
def fresh() -> Any:
    yield
    kinds._declared.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_plug_ins_bring_kinds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.numbers"
    path.write_text("7")
    declared(monkeypatch, ("numbers", f"{__name__}:PLUGIN"))
    assert open_source(path).sizes == {"train": 7}
    declared(monkeypatch, ("numbers", "no.such.module:X"))
    with pytest.raises(SourceError, match=r"no\.such\.module:X\) cannot be imported"):
        open_source(path)
    declared(monkeypatch, ("numbers", "math:pi"))
    with pytest.raises(SourceError, match="lacks `recognises` or `open`"):
        open_source(path)
    declared(monkeypatch, ("numbers", "a:b"), ("numbers", "c:d"))
    with pytest.raises(SourceError, match="two packages declare"):
        open_source(path)


def test_every_kind_of_ours_is_declared_and_folders_come_last() -> None:
    order = [point.name for point in kinds._declared()]
    assert {"cifar", "folder", "idx", "npz", "parquet"} <= set(order)
    assert order[-1] == "folder"


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_selected_records_have_numbers_of_their_own(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held to the slow way, with pieces of so many records."""
    monkeypatch.setattr(source_module, "PIECE_BYTES", at_once)
    whole, kept = Numbers(30, bad=(4, 20)), [0, 3, 4, 5, 11, 19, 20, 29]
    source = Selected(whole, np.array(kept))
    assert source.sizes == {"train": 8}
    for start in range(9):
        for stop in range(start, 9):
            piece = source.read("train", start, stop)
            good = [place for place in range(start, stop) if kept[place] not in whole.bad]
            assert piece.ids.tolist() == good
            assert piece.images.ravel().tolist() == [kept[place] for place in good]
            assert piece.labels.tolist() == [kept[place] % 3 for place in good]
            assert [kept[one.id] for one in piece.skipped] == [
                k for k in kept[start:stop] if k in whole.bad
            ]
            assert [one.name for one in piece.skipped] == [str(kept[o.id]) for o in piece.skipped]
    assert [source.record_name("train", place) for place in range(8)] == list(map(str, kept))
    assert source.pick("train", np.array([1, 7])).images.ravel().tolist() == [3, 29]
    assert source.known_labels("train") is None


def test_other_splits_stay_whole_where_records_are_selected(tiny: Dataset) -> None:
    whole, kept = open_source(tiny), np.array([5, 600, 1199])
    source = Selected(whole, kept)
    assert source.sizes == {"train": 3, "test": 300}
    labels = source.known_labels("train")
    assert labels is not None
    assert np.array_equal(labels, tiny.train.labels[kept])
    assert np.array_equal(source.read("train", 0, 3).images, tiny.train.images[kept])
    assert np.array_equal(source.read("test", 0, 300).images, tiny.test.images)
    assert source.record_name("test", 7) == "7"
    prints = {s.fingerprint() for s in (whole, source, Selected(whole, kept[:2]))}
    assert len(prints) == 3


def test_pieces_number_their_records() -> None:
    piece = as_piece(np.zeros((2, 1, 1, 1), np.uint8), np.zeros(2, np.uint8), 5)
    assert piece.ids.tolist() == [5, 6]
    assert piece.labels.dtype == np.int64


def test_threads_are_passed_on_to_what_decodes(tmp_path: Path) -> None:
    for k in range(10):
        write(tmp_path / "a" / f"{k}.png", k)
    inner = FolderSource(tmp_path, "set")
    assert inner.threads == 0
    source = Resized(EveryFifth(inner), (3, 4))
    source.use_threads(2)
    assert inner.threads == 2
    Numbers(5).use_threads(3)  # decodes nothing: nothing happens


def test_threads_are_as_many_as_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3}, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    names = list(in_threads(lambda _: threading.current_thread().name, range(3)))
    assert names == [threading.current_thread().name] * 3


def test_records_far_apart_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of a source is read at a time than fits, and what cannot be read is named."""
    monkeypatch.setattr(source_module, "PIECE_BYTES", 100)
    asked: list[int] = []

    class Watched(Numbers):
        def read(self, split: str, start: int, stop: int) -> Piece:
            asked.append(stop - start)
            return super().read(split, start, stop)

    found = gathered(Watched(1200, bad=(700,)), "train", np.array([3, 99, 100, 700, 701, 1199]))
    assert found.ids.tolist() == [3, 99, 100, 701, 1199]
    assert found.images.ravel().tolist() == [i % 256 for i in (3, 99, 100, 701, 1199)]
    assert [one.id for one in found.skipped] == [700]
    assert max(asked) <= 100
