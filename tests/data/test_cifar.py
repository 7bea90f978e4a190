"""CIFAR's batches, binary and pickled; and pickles that must not run."""

from __future__ import annotations

import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fewbytes as fb
from fewbytes.data import inert, open_source
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import SourceError
from tests.data.pictures_made import write

NAMES = ["airplane", "automobile", "bird"]
ROWS = np.random.default_rng(0).integers(0, 256, (12, 3072), np.uint8)
LABELS = [k % 3 for k in range(12)]


def as_image(row: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The slow readable twin: red plane, green plane, blue plane."""
    image = np.empty((32, 32, 3), np.uint8)
    for c in range(3):
        image[..., c] = row[1024 * c : 1024 * (c + 1)].reshape(32, 32)
    return image


def parts() -> dict[str, tuple[NDArray[np.uint8], list[int]]]:
    """Five batches of two records, and a test batch of two."""
    files = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    return {f: (ROWS[2 * i : 2 * i + 2], LABELS[2 * i : 2 * i + 2]) for i, f in enumerate(files)}


def python_2(rows: NDArray[np.uint8], labels: list[int], key: str = "labels") -> bytes:
    """A batch as Python 2's cPickle wrote the originals: protocol 2, str as bytes."""

    def string(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else (
            b"T" + struct.pack("<i", len(value)) + value
        )  # fmt: skip

    dtype = b"cnumpy\ndtype\nq\x05(U\x02u1K\x00K\x01tRq\x06(K\x03U\x01|NNNJ\xff\xff\xff\xff"
    dtype += b"J\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x03"
    array += b"cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x07"
    array += b"(K\x01K" + bytes([len(rows)]) + b"M\x00\x0c\x86" + dtype + b"\x89"
    array += string(rows.tobytes()) + b"tb"
    numbers = b"]q\x02(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    pairs = [
        string(b"batch_label") + string(b"training batch 1 of 5"),
        string(key.encode()) + numbers,
        string(b"data") + array,
    ]
    return b"\x80\x02}q\x01(" + b"".join(pairs) + b"u."


def modern(protocol: int, as_bytes: bool) -> Callable[..., bytes]:
    def dump(rows: NDArray[np.uint8], labels: list[int]) -> bytes:
        held: dict[Any, Any] = {"data": rows, "labels": labels}
        if as_bytes:
            held = {key.encode(): value for key, value in held.items()}
        return pickle.dumps(held, protocol)

    return dump


def check(path: Path, names: list[str]) -> None:
    source = open_source(path)
    assert isinstance(source, ArraySource)
    assert source.class_names == tuple(names)
    data = source.dataset
    assert data.train.labels.tolist() == LABELS[:10]
    assert data.test.labels.tolist() == LABELS[10:]
    assert np.array_equal(data.train.images[3], as_image(ROWS[3]))
    assert np.array_equal(data.test.images[1], as_image(ROWS[11]))


def test_binary_batches(tmp_path: Path) -> None:
    for file, (rows, labels) in parts().items():
        records = np.column_stack([np.array(labels, np.uint8), rows])
        (tmp_path / f"{file}.bin").write_bytes(records.tobytes())
    (tmp_path / "batches.meta.txt").write_text("\n".join([*NAMES, "", ""]))
    check(tmp_path, NAMES)
    assert open_source(tmp_path, size=8).image_shape == (8, 8, 3)


@pytest.mark.parametrize(
    "dump", [python_2, *(modern(p, b) for p in (2, 3, 4, 5) for b in (False, True))]
)
def test_pickled_batches(dump: Callable[..., bytes], tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for file, (rows, labels) in parts().items():
        (folder / file).write_bytes(dump(rows, labels))
    check(tmp_path, [])
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": NAMES}, 2))
    check(tmp_path, NAMES)


def test_hundred_classes_take_the_fine_label(tmp_path: Path) -> None:
    binary, pickled = tmp_path / "cifar-100-binary", tmp_path / "b" / "cifar-100-python"
    pickled.mkdir(parents=True)
    binary.mkdir()
    for file, run in (("train", slice(0, 10)), ("test", slice(10, 12))):
        labels = np.array(LABELS[run], np.uint8)
        records = np.column_stack([labels + 50, labels, ROWS[run]])
        (binary / f"{file}.bin").write_bytes(records.tobytes())
        (pickled / file).write_bytes(python_2(ROWS[run][:, :], LABELS[run], "fine_labels"))
    (binary / "fine_label_names.txt").write_text("\n".join(NAMES))
    (pickled / "meta").write_bytes(pickle.dumps({"fine_label_names": NAMES}, 2))
    check(tmp_path, NAMES)
    check(pickled, NAMES)


class Evil:
    """Calls what it was told to, when a pickle of it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_pickle_that_would_run_a_command_is_refused(protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    held = {"data": ROWS, "labels": LABELS, "extra": Evil(marker)}
    for content in (pickle.dumps(held, protocol), pickle.dumps(Evil(marker), protocol)):
        with pytest.raises(SourceError, match=r"refused: it (names|uses)"):
            inert.read(content, "x")
    assert not marker.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02cos\nsystem\n(U\x04trueR.",
        b"\x80\x02cbuiltins\neval\nU\x011\x85R.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"\x80\x02cnumpy\nload\nU\x01x\x85R.",
        b"\x80\x02\x82\x01.",  # an extension code
        b"\x80\x02Ppersistent\n.",
    ],
)
def test_other_names_and_instructions_are_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="refused"):
        inert.read(content, "x")


def test_pickles_cut_short_anywhere_are_refused() -> None:
    content = python_2(ROWS[:1, :], LABELS[:1])
    assert inert.read(content, "x").keys() == {"batch_label", "labels", "data"}
    for end in (*range(150), len(content) - 1):
        with pytest.raises(SourceError, match=r"^x: damaged, or cut short"):
            inert.read(content[:end], "x")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02T\xff\xff\xff\x7fabc.",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
        b"\x80\x02\x8a\xff\x01.",
        b"\x80\x02h\x07.",
        b"\x80\x02(t",
        b"\x80\x02}K\x01K\x02s.",
        b"\x80\x02K\x01K\x02b.",
        b"\x80\x02K\x01K\x02R.",
        b"\x80\x02(.",
        b"\x80\x02.",
    ],
)
def test_nonsense_is_an_error_of_ours(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"^x: damaged"):
        inert.read(content, "x")


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.array([{}], object), "numbers of the type 'O8'"),
        (np.zeros(2, "f8"), "numbers of the type 'f8'"),
        ([1.5], "other things than whole numbers"),
        ([[1], [2, 3]], "other things than whole numbers"),
        ([1 << 70], "too large|too big"),
        ("text", "not an array"),
    ],
)
def test_arrays_of_other_things_are_refused(array: Any, complaint: str) -> None:
    held = inert.read(pickle.dumps({"a": array}, 2), "x")["a"]
    with pytest.raises(SourceError, match=complaint):
        inert.array(held, "x")


def test_a_shape_larger_than_its_bytes_is_refused() -> None:
    content = python_2(ROWS[:1], [0]).replace(
        b"(K\x01K\x01M\x00\x0c\x86", b"(K\x01J\xff\xff\xff\x7fM\x00\x0c\x86"
    )
    held = inert.read(content, "x")
    with pytest.raises(SourceError, match="from 3,072 bytes"):
        inert.array(held["data"], "x")


def nested() -> bytes:
    """A list that holds one list sixteen times, and so on: 16 to the 60th numbers."""
    level = b"".join(b"h\x00" for _ in range(16))
    return b"]q\x00(" + b"K\x01" * 16 + b"e" + (b"](" + level + b"eq\x00") * 60 + b"h\x00"


def test_a_pickle_that_would_unfold_without_end_does_not() -> None:
    held = inert.read(b"\x80\x02" + nested() + b".", "x")
    with pytest.raises(SourceError, match="other things than whole numbers"):
        inert.array(held, "x")
    for attack in (
        nested() + b"U\x01x\x93.",
        nested() + b"\x85\x93.",
        b"}" + nested() + b"K\x01s.",
    ):
        with pytest.raises(SourceError, match="damaged"):
            inert.read(b"\x80\x04" + attack, "x")


def test_class_names_that_are_none_are_passed_over() -> None:
    held = inert.read(b"\x80\x02](c_codecs\nencode\n)RK\x01U\x01ae.", "x")
    assert [inert.text(name) for name in held] == [None, None, "a"]


def test_byte_order_and_layout_of_arrays() -> None:
    for array in (
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.asfortranarray(np.eye(3, dtype="i8")),
    ):
        for protocol in (2, 4, 5):
            held = inert.read(pickle.dumps(array, protocol), "x")
            assert np.array_equal(inert.array(held, "x"), array)


def test_sets_that_are_not_whole_say_what_is_wrong(tmp_path: Path) -> None:
    files = parts()
    for file, (rows, labels) in files.items():
        (tmp_path / file).write_bytes(python_2(rows, labels))
    (tmp_path / "data_batch_3").unlink()
    with pytest.raises(SourceError, match="data_batch_3 is missing"):
        fb.load(tmp_path)
    for content, complaint in [
        (pickle.dumps([1], 2), "no data and labels in it"),
        (pickle.dumps({"data": ROWS, "labels": [1]}, 2), r"data of uint8 \(12, 3072\)"),
    ]:
        (tmp_path / "data_batch_3").write_bytes(content)
        with pytest.raises(SourceError, match=complaint):
            fb.load(tmp_path)
    for name in files:
        (tmp_path / f"{name}.bin").write_bytes(b"x" * 3000)
    with pytest.raises(SourceError, match="3,000 bytes are not whole records of 3,073"):
        fb.load(tmp_path)


def test_train_and_test_folders_are_not_taken_for_cifar(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write(tmp_path / split / "meta" / "1.png")
    assert not isinstance(open_source(tmp_path), ArraySource)


def test_cifar_as_class_folders(shared_data: Path, tmp_path: Path) -> None:
    """A few files of the shared set of JPEGs, unpacked."""
    with tarfile.open(shared_data / "cifar10-jpeg" / "cifar10-jpeg.tar.xz") as archive:
        for _, member in zip(range(40), archive, strict=False):
            archive.extract(member, tmp_path, filter="data")
    first = tmp_path / "cifar10" / "test"
    source = open_source(first)
    assert source.image_shape == (32, 32, 3)
    assert not source.read("train", 0, 100).skipped
    with pytest.raises(SourceError, match=r"unpack cifar10-jpeg\.tar\.xz first"):
        fb.load("cifar10-jpeg")
