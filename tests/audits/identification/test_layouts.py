"""Bare codes cut into records."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.identification.bag_files import Bag, as_bag, open_bag
from fewbytes.audits.identification.layouts import Unfit, check_whole, drawn, records_of
from fewbytes.codecs import Codec
from fewbytes.errors import InputError

SHAPE = (12, 12, 1)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, *SHAPE), dtype=np.uint8)

BYTES = (
    "dct:8 | uniform:8", "dct:8 | uniform:3", "dct:8 | uniform:3 | zstd", "otsu",
    "downsample:6 | uint8 | zstd", "dct:5 | uniform:12", "projection:10", "dct:4 | lloyd:4",
)  # fmt: skip


def bag_of(content: bytes | NDArray[np.generic], folder: Path) -> Bag:
    if not isinstance(content, bytes):
        return as_bag(content, "array")
    (folder / "codes.bin").write_bytes(content)
    return open_bag(folder / "codes.bin")


@pytest.mark.parametrize("spec", BYTES)
def test_records_in_bytes(spec: str, tmp_path: Path) -> None:
    """What a record coder lays out, before it compresses, is read back."""
    fitted = Codec.parse(spec).fit(IMAGES)
    codes = fitted.encode(IMAGES)
    rows = fitted.codec.coder.to_records(  # type: ignore[attr-defined]
        codes.astype(fitted.symbols.dtype), fitted.symbols
    )
    found = records_of(bag_of(rows.tobytes(), tmp_path), fitted.codec, SHAPE, 100, 0)
    assert found.whole == 30
    np.testing.assert_array_equal(found.codes, codes)
    assert fitted.dequantize(found.codes).shape == (30, *fitted.coefficient_shape)


@pytest.mark.parametrize("spec", [*BYTES, "dct:8 | uniform:8 | range", "jpeg:50"])
def test_arrays_of_codes(spec: str, tmp_path: Path) -> None:
    """Of any type that holds them, and any coder; flat as well."""
    fitted = Codec.parse(spec).fit(IMAGES)
    codes = fitted.encode(IMAGES)
    whole = codes.dtype.kind != "f"
    for array in (codes, codes.reshape(30, -1), codes.astype(">i8" if whole else "f8")):
        found = records_of(as_bag(array, "a"), fitted.codec, SHAPE, 100, 0)
        np.testing.assert_array_equal(found.codes, codes)
        assert found.codes.dtype == fitted.symbols.dtype
        assert found.real is not whole


def test_packed_rows_of_an_array() -> None:
    fitted = Codec.parse("otsu | threshold | bitpack").fit(IMAGES)
    codes = fitted.encode(IMAGES)
    rows = np.packbits(codes.reshape(30, -1), axis=1)
    np.testing.assert_array_equal(
        records_of(as_bag(rows, "a"), fitted.codec, SHAPE, 100, 0).codes, codes
    )
    masks = records_of(as_bag(codes.astype(bool), "a"), fitted.codec, SHAPE, 100, 0)
    np.testing.assert_array_equal(masks.codes, codes)


def test_coefficients() -> None:
    fitted = Codec.parse("dct:8 | uniform:6").fit(IMAGES)
    values = fitted.dequantize(fitted.encode(IMAGES))
    found = records_of(as_bag(values.reshape(30, 64), "a"), fitted.codec, SHAPE, 100, 0)
    assert found.real
    np.testing.assert_array_equal(found.codes, values)


def test_some_are_drawn() -> None:
    codec = Codec.parse("identity")
    array = IMAGES.copy()
    found = [records_of(as_bag(array, "a"), codec, SHAPE, 5, seed).codes for seed in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()
    assert drawn(100, 7, 0).tolist() == sorted(set(drawn(100, 7, 0).tolist()))
    assert drawn(3, 7, 0).tolist() == [0, 1, 2]


@pytest.mark.parametrize("spec", ["identity", "threshold"])
def test_records_of_a_file_of_holes(spec: str, tmp_path: Path) -> None:
    """A terabyte on paper is read in memory for a few records; of a wrong width, none is drawn."""
    path, rows = tmp_path / "holes.npy", 10**12 // 144
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (rows, 144)}
        )
        os.truncate(path, file.tell() + rows * 144)
    (tmp_path / "holes.bin").touch()
    os.truncate(tmp_path / "holes.bin", rows * 144)
    codec = Codec.parse(spec)
    tracemalloc.start()
    for name in ("holes.npy", "holes.bin"):
        found = records_of(open_bag(tmp_path / name), codec, SHAPE, 100, 0)
        assert len(found.codes) == 100
        assert found.whole >= rows
    with pytest.raises(Unfit):
        records_of(open_bag(path), Codec.parse("downsample:3"), SHAPE, 100, 0)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "spec", "said"),
    [
        (bytes(100), "dct:8 | uniform:8", "100 bytes are no whole records of 64"),
        (bytes(128), "dct:8 | uniform:8 | range", "range makes no records of one size"),
        (b"\xff" * 100, "dct:5 | float32", "NaN"),
        (b"\xff" * 50, "dct:5 | uniform:9 | raw", "a symbol is 65535; there are 512"),
        (np.zeros((3, 65), int), "dct:8 | uniform:8", "records of 65 numbers, not 64"),
        (np.zeros((3, 65)), "dct:8 | uniform:8", "records of 65 numbers, not 64"),
        (np.zeros((3, 64), int), "dct:8", "whole numbers, where codes are real"),
        (np.full((3, 64), -1), "dct:8 | uniform:8", "a symbol is -1"),
        (np.full((3, 64), 256), "dct:8 | uniform:8", "a symbol is 256; there are 256"),
        (np.full((3, 64), 2**64 - 1, np.uint64), "dct:8 | uniform:8", "a symbol is 1844"),
        (np.zeros(3, int), "dct:8 | uniform:8", "records of 1 numbers"),
    ],
)
def test_what_does_not_fit(
    content: bytes | NDArray[np.generic], spec: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(Unfit, match=said):
        records_of(bag_of(content, tmp_path), Codec.parse(spec), SHAPE, 100, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_numbers_that_are_none(bad: float) -> None:
    """Whatever the codec, an array that holds them is no array of codes."""
    with pytest.raises(InputError, match="NaN or infinite"):
        records_of(as_bag(np.full((2, 64), bad), "a"), Codec.parse("dct:8"), SHAPE, 9, 0)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    codecs = [(Codec.parse(spec), SHAPE) for spec in ("dct:8 | uniform:8", "otsu", "jpeg:9")]
    with pytest.raises(InputError, match="101 bytes are no whole number of records of 18 or 64"):
        check_whole(bag_of(bytes(101), tmp_path), codecs)
    check_whole(bag_of(bytes(90), tmp_path), codecs)
    check_whole(bag_of(bytes(101), tmp_path), codecs[2:])
    check_whole(as_bag(np.zeros((2, 101)), "a"), codecs)
