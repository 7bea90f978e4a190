"""Bundles of files, and mosaics of pictures: exact inverses that believe nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewbytes.codecs import bundle, mosaic
from fewbytes.errors import CorruptError

FILES = st.lists(st.binary(max_size=40), max_size=12)
HEADED = st.builds(
    lambda head, bodies, tail: [head + body + tail for body in bodies],
    st.binary(max_size=1200), st.lists(st.binary(max_size=300), max_size=8), st.binary(max_size=80),
)  # fmt: skip


@given(FILES | HEADED)
def test_files_come_back(files: list[bytes]) -> None:
    assert bundle.split(bundle.join(files), len(files)) == files


def test_what_is_common_is_stored_once() -> None:
    """Even around a length that differs in the midst of it."""
    files = [b"H" * 500 + bytes([i]) + b"E" * 300 + bytes([i] * i) for i in range(1, 101)]
    own = sum(i for i in range(1, 101)) + 100
    assert len(bundle.join(files)) < own + 800 + 300


@given(FILES | HEADED, st.data())
def test_damaged_bundles_are_refused_or_bounded(files: list[bytes], data: st.DataObject) -> None:
    blob = bytearray(bundle.join(files))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = bundle.split(bytes(blob), len(files))
    except CorruptError:
        return
    assert len(found) == len(files)
    assert sum(map(len, found)) <= len(blob) + len(files) * (bundle.HEAD + bundle.TAIL)


@given(HEADED.filter(bool), st.data())
def test_other_lengths_and_counts_are_refused(files: list[bytes], data: st.DataObject) -> None:
    blob = bundle.join(files)
    shorter = blob[: data.draw(st.integers(0, len(blob) - 1))]
    for wrong, count in ((shorter, len(files)), (blob + b"x", len(files)), (blob, len(files) + 1)):
        with pytest.raises(CorruptError):
            bundle.split(wrong, count)


@given(
    st.integers(0, 400),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([40, 64, 100, 4000]),
)
def test_plans_hold_every_picture_within_the_limits(n: int, h: int, w: int, largest: int) -> None:
    grids = mosaic.plan(n, (h, w), largest)
    assert sum(grid.count for grid in grids) == n
    for grid in grids:
        height, width, _ = grid.size(1)
        assert max(height, width) <= largest
        assert 0 < grid.count <= grid.rows * grid.columns
        assert grid.rows * grid.columns - grid.count < max(grid.rows, grid.columns)


def test_a_block_of_many_pictures_takes_several_mosaics() -> None:
    grids = mosaic.plan(65_536, (28, 28), 16_383)
    assert [grid.count for grid in grids] == [16_384] * 4
    assert all(max(grid.size(1)) <= 16_383 for grid in grids)
    (huge,) = mosaic.plan(1, (9000, 9000), 16_383)
    assert (huge.rows, huge.columns) == (1, 1)


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 8]))
def test_tiles_are_cut_out_again(n: int, h: int, w: int, block: int) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (n, h, w, 3)).astype(np.uint8)
    height, width = -(-h // block) * block, -(-w // block) * block
    (grid,) = mosaic.plan(n, (height, width), 4000)
    tiled = mosaic.tile(pictures, grid)
    assert tiled.shape == grid.size(3)
    assert np.array_equal(mosaic.cut(tiled, grid, (h, w, 3)), pictures)
    assert np.array_equal(tiled[h - 1 : height, :w], np.repeat(pictures[0, -1:], height - h + 1, 0))
