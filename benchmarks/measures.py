"""Every measure of the study's codecs, from stores on disk, and how long that takes.

    pip install 'fewbytes[measure]'
    python benchmarks/measures.py [SOURCE] [--stores DIR] [--out DIR]

The stores are made first where they are not there yet; their making is not counted.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import fewbytes as fb
from fewbytes.report.console import console, say
from fewbytes.report.measures.measured import notes, table
from fewbytes.report.progress import MeasureProgress
from fewbytes.studies.config import StudyConfig
from fewbytes.verbs.measuring import open_folder, write_measures


def main() -> None:
    """Make the stores, measure them, print the table and the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", default="mnist")
    parser.add_argument("--stores", type=Path, default=Path("runs/stores"))
    parser.add_argument("--out", type=Path, default=Path("runs/measures"))
    options = parser.parse_args()
    stores = [
        made(options.source, options.stores / f"{Path(options.source).stem}-{i}.fb", str(codec))
        for i, codec in enumerate(StudyConfig().all_codecs())
    ]
    open_folder(options.out)
    screen = console()
    start = time.perf_counter()
    found = []
    with MeasureProgress(screen) as progress:
        for store in stores:
            progress.about(str(store))
            found.append(fb.measure(store, originals=options.source, watcher=progress))
    seconds = time.perf_counter() - start
    write_measures(found, options.out)
    screen.print(table(found))
    for note in notes(found):
        say(screen, note)
    say(screen, f"{len(stores)} stores measured in {seconds:.0f} s; written to {options.out}")


def made(source: str, path: Path, codec: str) -> Path:
    """The store of a codec."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fb.compress(source, path, codec=codec)
    return path


if __name__ == "__main__":
    main()
