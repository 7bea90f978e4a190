"""Records that are there twice are found however many buckets they are spread over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewbytes.store import duplicates
from fewbytes.store.duplicates import repeated


def by_hand(hashes: list[int]) -> tuple[list[int], list[int]]:
    again = [n for n, one in enumerate(hashes) if one in hashes[:n]]
    return again, [hashes.index(hashes[n]) for n in again]


@pytest.mark.parametrize("at_once", [1000, 64, 7])
@pytest.mark.parametrize("distinct", [5, 150, 10_000])
def test_as_by_hand(
    at_once: int, distinct: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "AT_ONCE", at_once)
    hashes = np.random.default_rng(distinct).integers(0, distinct, 300).astype(np.uint64)
    parts = np.split(hashes, [10, 10, 200])
    expected, expected_of = by_hand(hashes.tolist())
    again, of, total = repeated(parts, 300, tmp_path / "a", 1000)
    assert (again.tolist(), of.tolist(), total) == (expected, expected_of, len(expected))
    again, of, total = repeated(parts, 300, tmp_path / "a", 4)
    assert (again.tolist(), of.tolist(), total) == (expected[:4], expected_of[:4], len(expected))
    assert list(tmp_path.iterdir()) == []


def test_none_at_all(tmp_path: Path) -> None:
    again, _, total = repeated([], 0, tmp_path / "a", 10)
    assert (len(again), total) == (0, 0)
