"""The built-in MNIST is the canonical one, and its readers refuse damaged files."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import idx
from fewbytes.data.load import _BUILT_IN
from fewbytes.errors import SourceError
from fewbytes.types import Dataset

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, 1),
    ".xz": lambda content: lzma.compress(content, preset=1),
}

MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""Published sums of the unpacked files."""


@pytest.mark.parametrize("name", MD5)
def test_the_files_are_the_canonical_ones(name: str) -> None:
    content = lzma.decompress((_BUILT_IN / f"{name}.xz").read_bytes())
    assert hashlib.md5(content).hexdigest() == MD5[name]


def test_they_are_at_most_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in _BUILT_IN.iterdir()) <= 10_000_000


def test_it_loads(mnist: Dataset) -> None:
    assert mnist.train.images.shape == (60_000, 28, 28, 1)
    assert mnist.test.images.shape == (10_000, 28, 28, 1)
    assert mnist.classes == 10
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]


def test_idx_folders_load_compressed_or_not(tmp_path: Path, mnist: Dataset) -> None:
    for name, suffix in zip(MD5, ("", ".gz", ".xz", ".gz"), strict=True):
        content = lzma.decompress((_BUILT_IN / f"{name}.xz").read_bytes())
        pack = PACKERS[suffix]
        if name.startswith("train-images"):
            content = content[:4] + (60_000).to_bytes(4, "big") + content[8:]
        (tmp_path / f"{name}{suffix}").write_bytes(pack(content))
    loaded = fb.load(tmp_path)
    assert np.array_equal(loaded.test.images, mnist.test.images)
    assert loaded.name == tmp_path.name


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not an IDX file"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00", "not an IDX file of unsigned bytes"),
        (b"\x00\x00\x08\x03\x00\x00", "header is cut short"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x05abc", "promises (5,) bytes, but 3 follow"),
        (b"\x00\x00\x08\x02\xff\xff\xff\xff\xff\xff\xff\xffabc", "but 3 follow"),
    ],
)
def test_damaged_idx_is_refused(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(SourceError) as raised:
        idx.read(path)
    assert complaint in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_damaged_compression_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(SourceError):
        idx.read(path)


def test_fashion_mnist_is_found_under_the_variable(shared_data: Path) -> None:
    data = fb.load("fashion-mnist")
    assert data.name == "fashion-mnist"
    assert data.train.images.shape == (60_000, 28, 28, 1)
