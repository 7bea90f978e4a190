"""`fewbytes audit`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fewbytes.cli.common import DONE, FAILED, add_common, add_sample, add_store, sample

if TYPE_CHECKING:
    from rich.console import Console

    from fewbytes.audits.audited import Audited
    from fewbytes.report.progress import AuditProgress
    from fewbytes.store import Store


GROUPS = (
    "linkage", "uniqueness", "reconstruction", "keys", "identification", "fingerprints",
    "membership",
)  # fmt: skip


def add(verbs: Any) -> None:
    """Add the verb."""
    audit = verbs.add_parser(
        "audit",
        help="what a store's codes give away: images, records, the data set, membership",
        description="Attack the codes of a store: rebuild images from them, recognise records and "
        "data sets, count what is unique, learn what a key hides, tell what a network was trained "
        "on. Every attack also runs where it must succeed, as a rule on the images themselves, and "
        "where it must not, as a rule on noise; exit code 1 where such a control fails. A failed "
        "attack proves nothing. All groups take about ten minutes on two cores.",
        epilog="example: fewbytes audit mnist.fb --originals mnist --out audited/",
    )
    add_store(audit)
    add_sample(audit, required=True, groups=GROUPS, records=10_000)
    audit.add_argument(
        "--other", metavar="STORE2", help="a second release, to be linked with the first"
    )
    audit.add_argument(
        "--other-originals", metavar="SOURCE", help="what it was made of (as --originals)"
    )
    audit.add_argument(
        "--among", nargs="+", default=[], metavar="SOURCE",
        help="other data sets, which the codes are to be told from",
    )  # fmt: skip
    audit.add_argument(
        "--shadows", type=int, default=16, metavar="N",
        help="networks of the membership attacks (16, at least 8): the time goes with them, and "
        "rare leaks show only with many",
    )  # fmt: skip
    add_common(audit, _audit)


def _audit(options: argparse.Namespace) -> int:
    from fewbytes.audits.audited import check_groups
    from fewbytes.errors import FewbytesError
    from fewbytes.report.console import console
    from fewbytes.report.progress import AuditProgress
    from fewbytes.verbs import auditing, measuring, storing

    screen = console(stderr=options.json)
    check_groups(options.only)
    store = storing.open(options.store)
    if options.out is not None:
        measuring.open_folder(options.out)
    with AuditProgress(screen, store.files.where) as progress:
        try:
            audited = auditing.audit(
                store, **sample(options), other=options.other,
                other_originals=options.other_originals, among=options.among,
                shadows=options.shadows, watcher=progress,
            )  # fmt: skip
        except (FewbytesError, KeyboardInterrupt):
            if progress.findings:  # what was found is not lost
                _show(_unfinished(store, progress, options), options, screen)
            raise
    _show(audited, options, screen)
    _check_tried(audited, options.only)
    return FAILED if audited.failed_controls else DONE


def _unfinished(store: Store, progress: AuditProgress, options: argparse.Namespace) -> Audited:
    from fewbytes.verbs.auditing import about

    return about(
        store, options.split, options.seed, progress.records, progress.findings, progress.left
    )


def _check_tried(audited: Audited, only: list[str]) -> None:
    """Raise InputError where nothing of a group that was asked for by name could be tried."""
    from fewbytes.audits.finding import Outcome
    from fewbytes.errors import InputError

    for group in only:
        found = [one for one in audited.findings if one.attack.split(".")[0] == group]
        if all(one.outcome is Outcome.UNAVAILABLE for one in found):
            raise InputError(f"nothing of {group} could be tried: {found[0].words}")


def _show(audited: Audited, options: argparse.Namespace, screen: Console) -> None:
    from fewbytes.report.audit.audited import sentences, summary, table
    from fewbytes.report.console import say
    from fewbytes.verbs import auditing

    if options.json:
        print(json.dumps(audited.rows(), indent=2))
    else:
        screen.print(table(audited))
        for line in (summary(audited), *sentences(audited)):
            say(screen, line)
    if options.out is not None and audited.unfinished and (options.out / "audit.json").exists():
        say(screen, f"the audit in {options.out} was left as it is: this one is not finished")
    elif options.out is not None:
        written = auditing.write_audit(audited, options.out)
        say(screen, f"written to {options.out}: {', '.join(written)}")
