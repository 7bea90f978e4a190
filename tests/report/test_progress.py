"""The bar of `compress` tells true bytes."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

import fewbytes as fb
from fewbytes.report.progress import CompressProgress
from fewbytes.types import Dataset


def test_bytes_in_and_out_are_the_stores(tiny: Dataset, tmp_path: Path) -> None:
    notes: list[str] = []

    class Noted(CompressProgress):
        def note(self, text: str) -> None:
            notes.append(text)

    with Noted(Console()) as progress:
        spec = "downsample:16:antialias=true | otsu | zstd"
        store = fb.compress(tiny, tmp_path / "a.fb", codec=spec, watcher=progress)
    shards = sum(split.nbytes.total for split in store.splits.values())
    ratio = 1500 * 784 / shards
    assert notes[0] == "fitting the codec"
    assert (
        notes[-1]
        == f"1.2 MB read, 1.2 MB of them in {shards / 1000:.1f} kB: {ratio:.1f} times smaller"
    )
