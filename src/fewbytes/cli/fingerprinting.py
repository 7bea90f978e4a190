"""`fewbytes fingerprint`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewbytes.cli.common import DONE, FAILED, SOURCES, add_common, add_keys, add_size

if TYPE_CHECKING:
    from fewbytes.audits.fingerprints.comparison import Comparison
    from fewbytes.audits.fingerprints.fingerprinted import Fingerprinted


def add(verbs: Any) -> None:
    """Add the verb."""
    fingerprint = verbs.add_parser(
        "fingerprint",
        help="name a data set by its contents; tell whether two are the same, or re-encodings",
        description="Name a data set by its contents, whatever the order of its records: for each "
        "split and for all, the number of records, how many are distinct, a Merkle root (RFC 6962) "
        "and a multiset hash (LtHash) that can be updated as records come and go. Of a store, the "
        "decoded images are named, or with --codes its codes. With --compare, say whether two sets "
        "are the same, the same in another order, re-encodings of the same images, or different; "
        "exit code 1 where they are neither the same nor re-encodings.",
        epilog="example: fewbytes fingerprint mnist --compare mnist.fb",
    )
    fingerprint.add_argument(
        "source", metavar="SOURCE",
        help=f"{SOURCES}; or a fingerprint's .json file, which is only as good as its sender: "
        "that it contradicts itself nowhere is all that can be checked",
    )  # fmt: skip
    add_size(fingerprint)
    fingerprint.add_argument(
        "--codes", action="store_true", help="name the codes of a store, not the decoded images"
    )
    fingerprint.add_argument(
        "--robust", action="store_true",
        help="take a sketch of what images look like too, by which re-encodings are known again",
    )  # fmt: skip
    fingerprint.add_argument(
        "--compare", metavar="SOURCE2",
        help="a second set, or a fingerprint's .json file; where images differ, what they look "
        "like is compared (pip install 'fewbytes[audit]')",
    )  # fmt: skip
    fingerprint.add_argument(
        "--out", type=Path, metavar="FILE", help="write SOURCE's fingerprint there, as .json"
    )
    add_keys(fingerprint)
    add_common(fingerprint, _fingerprint)


def _fingerprint(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.report.identity.fingerprinted import FingerprintProgress
    from fewbytes.verbs import fingerprinting

    screen = console(stderr=options.json)
    if options.out is not None:
        fingerprinting.check_file(options.out)
    choice = {"size": options.size, "codes": options.codes, "robust": options.robust}
    comparison = None
    with FingerprintProgress(screen) as progress:
        if options.compare is None:
            found = [fingerprinting.fingerprint(options.source, **choice, watcher=progress)]
        else:
            *found, comparison = fingerprinting.compare(
                options.source, options.compare, **choice, watcher=progress
            )
    if options.json:
        print(json.dumps(_plain(found, comparison), indent=2))
    else:
        _show(found, comparison)
    if options.out is not None:
        fingerprinting.write_fingerprint(found[0], options.out)
        say(screen, f"written to {options.out}")
    return DONE if comparison is None or comparison.agree else FAILED


def _plain(found: list[Fingerprinted], comparison: Comparison | None) -> Any:
    if comparison is None:
        return found[0].rows()
    first, second = (one.rows() for one in found)
    return {"first": first, "second": second, "comparison": comparison.row()}


def _show(found: list[Fingerprinted], comparison: Comparison | None) -> None:
    from fewbytes.report.console import console, say
    from fewbytes.report.identity.fingerprinted import notes, table

    screen = console()
    for one in found:
        if comparison is not None:
            say(screen, f"{one.source} ({one.kind}s)")
        screen.print(table(one))
        for note in notes(one):
            say(screen, note)
    for sentence in () if comparison is None else comparison.sentences:
        say(screen, sentence)
