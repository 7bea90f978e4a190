"""`fewbytes identify`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from fewbytes.cli.common import DONE, SOURCES, add_common, add_keys


def add(verbs: Any) -> None:
    """Add the verb."""
    identify = verbs.add_parser(
        "identify",
        help="which data set, and which codec, codes are of",
        description="Tell which of several data sets, and which codec, a store or a file of bare "
        "codes is of. Each candidate is ruled out or not by a test against its own codes; the "
        "answer may be that several fit, or none, or that one cannot be ruled out, which is no "
        "identification: that takes another data set in the same codec that the test ruled out, "
        "and 10 records. The exit code is 0 whatever the answer; --json has it as 'outcome'.",
        epilog="example: fewbytes identify mystery.fb --among mnist fashion-mnist",
    )
    identify.add_argument(
        "file", metavar="FILE",
        help="a store (a folder or a URL), or codes without a header: an .npy or .npz file with "
        "one array, or records of one size one after another",
    )  # fmt: skip
    identify.add_argument(
        "--among", nargs="+", action="extend", required=True, metavar="SOURCE",
        help=f"data sets that it may be of: {SOURCES}",
    )  # fmt: skip
    identify.add_argument(
        "--codec", action="append", default=[], metavar="SPEC",
        help="what codes without a header may be coded with; may be repeated, or a sweep such as "
        "'dct:{8,16} | uniform:8'; default: the four codecs of `fewbytes study`",
    )  # fmt: skip
    identify.add_argument(
        "--size", metavar="RxC", help="bring images to a size, as compress did; default: a store's"
    )
    identify.add_argument(
        "--records", type=int, default=4_000, metavar="N",
        help="images drawn of each data set (4000)",
    )  # fmt: skip
    identify.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="draws them, and fits codecs as compress did (0)",
    )  # fmt: skip
    add_keys(identify)
    add_common(identify, _identify)


def _identify(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.report.identity.identified import IdentifyProgress, table
    from fewbytes.verbs.identifying import identify

    screen = console(stderr=options.json)
    with IdentifyProgress(screen) as progress:
        found = identify(
            options.file, among=options.among, codec=options.codec, size=options.size,
            records=options.records, seed=options.seed, watcher=progress,
        )  # fmt: skip
    if options.json:
        print(json.dumps(found.table(), indent=2))
        return DONE
    screen.print(table(found))
    say(screen, found.words)
    for note in found.notes:
        say(screen, f"note: {note}")
    return DONE
