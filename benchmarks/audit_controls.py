"""Every attack on the study's codecs and on two keyed ones, with both its controls; facts that are
planted; arithmetic that is known. Exit code 1 where one does not come out as it must, and where an
attack could be tried on none of the stores.

    pip install 'fewbytes[audit,encrypt,plot]'
    python benchmarks/audit_controls.py [SOURCE] [--stores DIR] [--out DIR] [--only GROUP ...]

The stores are made first where they are not there yet.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from disclosure.arithmetic import arithmetic
from disclosure.planted import planted, use_key
from measures import made

import fewbytes as fb
from fewbytes.audits.audited import Audited
from fewbytes.audits.finding import Finding, Outcome
from fewbytes.durable import write_whole
from fewbytes.report.audit.audited import LEGEND, SCOPE, side_by_side
from fewbytes.report.console import console, say
from fewbytes.report.markdown import markdown_table
from fewbytes.report.progress import AuditProgress
from fewbytes.studies.config import StudyConfig
from fewbytes.verbs.auditing import RECORDS, SHADOWS, write_audit

KEY, OTHER_KEY = "key=audit", "key=other"
KEYED = (
    f"keyed_projection:256:{KEY} | uniform:8 | zstd",
    f"keyed_permutation:{KEY} | uint8 | zstd",
)


def main() -> int:
    """Print checks as they come, then a table with all stores side by side; 1 if any is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", default="mnist")
    parser.add_argument("--stores", type=Path, default=Path("runs/stores"))
    parser.add_argument("--out", type=Path, default=Path("runs/audit"))
    parser.add_argument("--only", nargs="+", default=[], metavar="GROUP")
    parser.add_argument("--among", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--shadows", type=int, default=SHADOWS)
    options = parser.parse_args()
    screen = console()
    codecs = all_codecs()
    for number in range(1, len(codecs) + 1):
        (options.out / str(number)).mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in (*arithmetic(), *planted(Path(folder))):
            say(screen, str(check))
            wrong += not check.right
    audits = []
    for number, codec in enumerate(codecs, 1):
        start = time.perf_counter()
        audited = audited_codec(codec, number, options)
        wrong += shown(audited, time.perf_counter() - start, number)
        audits.append(audited)
    for one in never_tried(audits):
        say(screen, f"WRONG {one.attack}: never tried: {one.words}")
        wrong += 1
    table = markdown_table(*side_by_side(audits))
    lines = [f"{i}: {one.codec}" for i, one in enumerate(audits, 1)]
    text = f"{table}\n" + "\n\n".join([*lines, LEGEND, SCOPE]) + "\n"
    write_whole(options.out / "audit_controls.md", text)
    rows = [row for audited in audits for row in audited.rows()]
    write_whole(options.out / "audit_controls.json", json.dumps(rows, indent=2) + "\n")
    say(screen, text)
    say(screen, f"{wrong} wrong" if wrong else "all in place")
    return int(wrong > 0)


def audited_codec(codec: str, number: int, options: argparse.Namespace) -> Audited:
    """Audit the store of a codec, made where it is not there yet; write what was found."""
    path = options.stores / f"{Path(options.source).stem}-{number - 1}.fb"
    store, other = made(options.source, path, codec), None
    if KEY in codec:  # the same images released under another key
        path = path.with_suffix(".other.fb")
        other = made(options.source, path, codec.replace(KEY, OTHER_KEY))
    with AuditProgress(console(), str(store)) as progress:
        audited = fb.audit(
            store, originals=options.source, only=options.only, among=options.among,
            other=other, records=options.records, shadows=options.shadows, watcher=progress,
        )  # fmt: skip
    write_audit(audited, options.out / str(number))
    return audited


def all_codecs() -> list[str]:
    """The raw images, the study's four codecs, a keyed projection, a keyed permutation."""
    use_key("audit")
    use_key("other")
    return [*map(str, StudyConfig().all_codecs()), *KEYED]


def never_tried(audits: list[Audited]) -> list[Finding]:
    """Attacks that were available in no store, as the first has them."""
    tried = {
        one.attack
        for audited in audits
        for one in audited.findings
        if one.outcome is not Outcome.UNAVAILABLE
    }
    return [one for one in audits[0].findings if one.attack not in tried]


def shown(audited: Audited, seconds: float, number: int) -> int:
    """Print how many controls are in place, and which are not; how many that are."""
    had = [one for one in audited.findings if one.outcome is not Outcome.UNAVAILABLE]
    failed = audited.failed_controls
    print(
        f"{number}: {audited.codec}: {len(had) - len(failed)} of {len(had)} attacks have both "
        f"controls in place; {seconds:.0f} s",
        flush=True,
    )
    for one in failed:
        print(f"   WRONG {one.attack}: {one.words}", flush=True)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
