"""The bar of `compress` tells true bytes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

import fewbytes as fb
from fewbytes.report.numbers import size
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


def test_what_is_sent_is_counted_in_files(tiny: Dataset, tmp_path: Path) -> None:
    drawn = StringIO()
    started: list[tuple[int, int]] = []
    arrived: list[int] = []

    class Noted(CompressProgress):
        def upload_started(self, files: int, bytes: int) -> None:
            super().upload_started(files, bytes)
            started.append((files, bytes))

        def file_uploaded(self, bytes: int) -> None:
            super().file_uploaded(bytes)
            arrived.append(bytes)

    with Noted(Console(file=drawn, force_terminal=True, width=100)) as progress:
        store = fb.compress(
            tiny,
            f"memory://{tmp_path.name}/a.fb",
            codec="dct:4",
            staging=tmp_path,
            watcher=progress,
        )
    assert started == [(len(arrived), sum(arrived))] == [(3, store.nbytes.total)]
    total = size(store.nbytes.total)
    shown = Text.from_ansi(drawn.getvalue()).plain.splitlines()
    last = [line for line in shown if "sending" in line][-1]
    assert "3/3 files" in last
    assert f"{total} of {total}" in last
