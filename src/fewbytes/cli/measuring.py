"""`fewbytes measure`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fewbytes.cli.common import DONE, add_common, add_sample, add_store, sample

if TYPE_CHECKING:
    from rich.console import Console

    from fewbytes.measures.measured import Measured


GROUPS = (
    "entropy", "image", "labels", "description", "distortion", "geometry", "dimension",
    "neighbours",
)  # fmt: skip


def add(verbs: Any) -> None:
    """Add the verb."""
    measure = verbs.add_parser(
        "measure",
        help="what a store's codes hold: bits, information on images and labels, fidelity",
        description="Measure how many bits the codes of a store hold, what they say of images and "
        "labels, how far decoded images are from the originals, and how their geometry changed. "
        "Every figure comes with its interval and a verdict on itself. Several stores stand side "
        "by side.",
        epilog="example: fewbytes measure mnist.fb --originals mnist --out measured/",
    )
    add_store(measure, several=True)
    add_sample(measure, required=False, groups=GROUPS, records=20_000)
    add_common(measure, _measure)


def _measure(options: argparse.Namespace) -> int:
    from fewbytes.errors import FewbytesError
    from fewbytes.measures.measured import check_groups
    from fewbytes.report.console import console
    from fewbytes.report.progress import MeasureProgress
    from fewbytes.verbs import measuring, storing

    screen = console(stderr=options.json)
    check_groups(options.only)
    stores = [storing.open(store) for store in options.stores]
    if options.out is not None:
        measuring.open_folder(options.out)
    found: list[Measured] = []
    try:
        with MeasureProgress(screen) as progress:
            for store in stores:
                progress.about(store.files.where)
                measured = measuring.measure(store, **sample(options), watcher=progress)
                found.append(measured)
    except (FewbytesError, KeyboardInterrupt):
        if found:  # what was measured of earlier stores is not lost
            _show(found, options, screen)
        raise
    _show(found, options, screen)
    return DONE


def _show(found: list[Measured], options: argparse.Namespace, screen: Console) -> None:
    from fewbytes.report.console import say
    from fewbytes.report.measures.measured import notes, table
    from fewbytes.verbs import measuring

    if options.json:
        print(json.dumps([row for measured in found for row in measured.rows()], indent=2))
    else:
        screen.print(table(found))
        for note in notes(found):
            say(screen, note)
    if options.out is not None:
        written = measuring.write_measures(found, options.out)
        say(screen, f"written to {options.out}: {', '.join(written)}")
