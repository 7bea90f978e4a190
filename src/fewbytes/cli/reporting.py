"""`fewbytes report`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from fewbytes.cli.common import DONE, add_common


def add(verbs: Any) -> None:
    """Add the verb."""
    report = verbs.add_parser(
        "report",
        help="one self-contained HTML page from a study's folder",
        description="Write what a study found as one HTML file that works offline: the question "
        "and the answer, an interactive plot, sample images before and after each codec, curves, "
        "measures and audits where they were run, and what repeats it all. The page asks for "
        "nothing outside itself. It shows images of the training set, unless --no-pictures.",
        epilog="example: fewbytes report runs/mnist --out mnist.html",
    )
    report.add_argument("run", metavar="RUN", type=Path, help="the folder that a study wrote")
    report.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write (default RUN/report.html)"
    )
    report.add_argument(
        "--max-loss", type=float, metavar="POINTS",
        help="percentage points of accuracy that may be lost (default 0.5)",
    )  # fmt: skip
    for name in ("measures", "audit"):
        report.add_argument(
            f"--{name}", type=Path, action="append", default=[], metavar="FILE",
            help=f"a file {name}.json; may be repeated; default: those in RUN and its folders",
        )  # fmt: skip
    report.add_argument(
        "--no-pictures", action="store_true", help="leave images of the training set out"
    )
    add_common(report, _report)


def _report(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.report.page.answer import MAX_LOSS
    from fewbytes.verbs.reporting import report

    path = report(
        options.run,
        out=options.out,
        max_loss=MAX_LOSS if options.max_loss is None else options.max_loss,
        measures=options.measures,
        audits=options.audit,
        pictures=not options.no_pictures,
    )
    size = path.stat().st_size
    if options.json:
        print(json.dumps({"file": str(path), "bytes": size}))
    else:
        say(console(), f"written to {path} ({size / 1e6:.1f} MB)")
    return DONE
