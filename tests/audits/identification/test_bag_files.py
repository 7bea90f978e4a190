"""Files of bare codes that somebody else made: read, or refused in one line."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.identification.bag_files import (
    LARGEST_MEMBER,
    ArrayBag,
    BytesBag,
    open_bag,
    printable,
)
from fewbytes.errors import InputError, SourceError

CODES = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)


def npy(array: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def header(text: str, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    packed = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + version + packed + text.encode() + body


def described(descr: str, shape: str, body: bytes = b"", fortran: str = "False") -> bytes:
    return header(f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n", body)


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["u1", "<u2", ">u2", "<i8", "<f2", "<f4", ">f8", "?"])
@pytest.mark.parametrize("name", ["codes.npy", "codes.npz"])
def test_arrays(tmp_path: Path, order: str, kind: str, name: str) -> None:
    codes = np.asarray(CODES.astype(kind), order=order)  # type: ignore[call-overload]
    path = tmp_path / name
    np.savez_compressed(path, codes) if name.endswith("z") else np.save(path, codes)
    bag = open_bag(path)
    assert isinstance(bag, ArrayBag)
    assert len(bag) == 5
    np.testing.assert_array_equal(bag.records, codes)


def test_an_array_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "mystery.fb").write_bytes(npy(CODES))
    assert isinstance(open_bag(tmp_path / "mystery.fb"), ArrayBag)


def test_headerless_bytes(tmp_path: Path) -> None:
    (tmp_path / "codes.bin").write_bytes(CODES.tobytes())
    bag = open_bag(tmp_path / "codes.bin")
    assert isinstance(bag, BytesBag)
    assert bag.size == 60
    rows = bag.read(np.array([0, 3, 4]), 12)
    np.testing.assert_array_equal(rows, CODES.reshape(5, 12)[[0, 3, 4]])
    (tmp_path / "codes.bin").write_bytes(b"cut")
    with pytest.raises(SourceError, match="became shorter"):
        bag.read(np.array([2]), 12)


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.bin", b"", "the file is empty"),
    "empty npy": ("a.npy", b"", "the file is empty"),
    "empty npz": ("a.npz", b"", "the file is empty"),
    "no npy": ("a.npy", b"hello, world", "no array in it"),
    "cut magic": ("a.npy", b"\x93NUM", "no array in it"),
    "cut header": ("a.npy", npy(CODES)[:40], "no array in it"),
    "cut body": ("a.npy", npy(CODES)[:-7], r"60 bytes, but 53 follow"),
    "more behind": ("a.npy", npy(CODES) + b"x", r"60 bytes, but 61 follow"),
    "pickled": ("a.npy", npy(np.array([{}, 1], object), allow_pickle=True), "pickled objects"),
    "huge": ("a.npy", described("|u1", "(1099511627776, 256)"), "bytes, but 0 follow"),
    "beyond int64": ("a.npy", described("<f8", f"({'9' * 40},)"), "bytes, but 0 follow"),
    "negative": ("a.npy", described("|u1", "(-3, -4)", b"x" * 12), "an array of shape"),
    "text": ("a.npy", npy(np.array(["a", "b"])), "codes are numbers"),
    "complex": ("a.npy", npy(np.ones(3, complex)), "codes are numbers"),
    "dates": ("a.npy", npy(np.zeros(3, "M8[s]")), "codes are numbers"),
    "record type": ("a.npy", npy(np.zeros(3, "u1,f4")), "codes are numbers"),
    "one number": ("a.npy", npy(np.array(3)), "holds no records"),
    "no records": ("a.npy", npy(np.zeros((0, 4))), "holds no records"),
    "empty records": ("a.npy", npy(np.zeros((4, 0))), "holds no records"),
    "version 3": ("a.npy", header("x", b"", b"\x03\x00"), "version 3.0"),
    "version 9": ("a.npy", header("x", b"", b"\x09\x09"), "no array in it"),
    "long header": ("a.npy", header("x" * 20_000), "a header of 20,000 bytes"),
    "forged header": ("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "a header of 4,294,967,295"),
    "nested": ("a.npy", header("(" * 9_000), "no array in it"),
    "code": ("a.npy", header("__import__('os').getcwd()\n"), "no array in it"),
    "no dictionary": ("a.npy", header("[1, 2]\n"), "no array in it"),
    "no zip": ("a.npz", b"hello, world", "not a readable .npz file"),
    "cut zip": ("a.npz", archive(("codes.npy", npy(CODES)))[:-30], "not a readable .npz file"),
    "no member": ("a.npz", archive(), "0 arrays; one is wanted"),
    "two": ("a.npz", archive(("a.npy", npy(CODES)), ("b.npy", npy(CODES))), "2 arrays; one"),
    "no array": ("a.npz", archive(("codes.txt", b"hello")), "one is wanted"),
    "bad member": ("a.npz", archive(("codes.npy", b"hello")), "no array in it"),
    "pickled member": (
        "a.npz", archive(("codes.npy", npy(np.array([{}], object), allow_pickle=True))),
        "pickled objects",
    ),
    "huge member": ("a.npz", archive(("a.npy", described("|u1", "(99999999999,)"))), "0 follow"),
    "parquet": ("a.parquet", b"PAR1" + bytes(64), "give the store's folder"),
    "zstd": ("a.bin", b"\x28\xb5\x2f\xfd" + bytes(28), "compressed with zstd"),
    "gzip": ("a.bin", b"\x1f\x8b\x08" + bytes(29), "compressed with gzip"),
    "xz": ("a.bin", b"\xfd7zXZ\x00" + bytes(26), "compressed with xz"),
    "zip": ("a.bin", archive(("a", b"b")), "a zip archive"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files(tmp_path: Path, case: str) -> None:
    name, content, said = BAD[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        open_bag(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(str(tmp_path))


def test_a_zip_bomb_takes_no_memory(tmp_path: Path) -> None:
    """Declared sizes beyond what is read are refused; a member may not hold more than it says."""
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
        bomb.open("codes.npy", "w", force_zip64=True) as member,
    ):
        member.write(described("|u1", f"({LARGEST_MEMBER},)"))
        for _ in range(LARGEST_MEMBER >> 22):
            member.write(bytes(1 << 22))
    tracemalloc.start()
    with pytest.raises(InputError, match="at most 268,435,456 are read"):
        open_bag(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def _bit_flipped(folder: Path) -> Path:
    content = bytearray(archive(("codes.npy", npy(CODES)), method=zipfile.ZIP_STORED))
    content[content.index(CODES.tobytes()) + 9] ^= 1
    (folder / "a.npz").write_bytes(content)
    return folder / "a.npz"


def _encrypted(folder: Path) -> Path:
    content = bytearray(archive(("codes.npy", npy(CODES))))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (folder / "a.npz").write_bytes(content)
    return folder / "a.npz"


def _loop(folder: Path) -> Path:
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    return folder / "a"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_bit_flipped, "Bad CRC"),
        (_encrypted, "not a readable .npz file"),
        (_loop, "symbolic links"),
        (_pipe, "no file of codes"),
        (lambda folder: folder / "nowhere", "No such file"),
        (lambda folder: folder / ("x" * 5000), "name too long"),
        (lambda folder: folder / "a\0b", "null"),
        (lambda folder: folder, "no file of codes"),
        (lambda _: Path("/dev/zero"), "no file of codes"),
    ],
)
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        open_bag(make(tmp_path))
    assert len(str(caught.value).splitlines()) == 1


def test_names_of_any_bytes(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.bin"))
    path.write_bytes(b"x" * 8)
    assert open_bag(path).where == f"{tmp_path}/\\udcff\\n.bin"
    assert printable(Path("plain/ä b")) == "plain/ä b"
