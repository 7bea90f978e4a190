"""`fewbytes compress`, `inspect`, `verify` and `export`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from fewbytes.cli.common import (
    DONE,
    FAILED,
    SOURCES,
    add_common,
    add_engine,
    add_keys,
    add_size,
    add_store,
    engine,
)
from fewbytes.keys import DEFAULT


def add(verbs: Any) -> None:
    """Add the verbs."""
    _add_compress(verbs)
    _add_inspect(verbs)
    _add_verify(verbs)
    _add_export(verbs)


def _add_compress(verbs: Any) -> None:
    compress = verbs.add_parser(
        "compress",
        help="write an image set as a compressed store",
        description="Fit a codec on the training images and write the whole set as a store. The "
        "set streams through, so that it may be larger than memory; a run that was stopped goes on "
        "from what is finished.",
        epilog="example: fewbytes compress photos/ photos.fb --codec 'dct:16 | uniform:8 | zstd'",
    )
    compress.add_argument("source", metavar="SOURCE", help=SOURCES)
    compress.add_argument(
        "store", metavar="STORE", help="the folder to be, or a URL such as s3://bucket/name.fb"
    )
    compress.add_argument("--codec", metavar="SPEC", required=True, help="see fewbytes codecs")
    compress.add_argument("--seed", type=int, default=0, metavar="N", help="default 0")
    add_size(compress)
    add_engine(compress, "one a core where images must be decoded")
    compress.add_argument("--overwrite", action="store_true", help="replace a store that is there")
    compress.add_argument(
        "--staging", type=Path, metavar="DIR",
        help="make a store that goes behind a URL in DIR first; default: where downloads are kept",
    )  # fmt: skip
    compress.add_argument(
        "--encrypt", nargs="?", const=DEFAULT, metavar="NAME",
        help="encrypt all but the manifest with the secret key NAME ('default' without)",
    )  # fmt: skip
    add_keys(compress)
    add_common(compress, _compress)
    compress.set_defaults(resumes=True)


def _add_inspect(verbs: Any) -> None:
    inspect = verbs.add_parser(
        "inspect",
        help="what a store is: codec, shapes, bytes of each part",
        description="Show what a store holds and what each part of it weighs.",
    )
    add_store(inspect)
    add_common(inspect, _inspect)


def _add_verify(verbs: Any) -> None:
    verify = verbs.add_parser(
        "verify",
        help="check every hash and decode every block of a store",
        description="Check the length and hash of every file of a store and decode every block. "
        "Exit code 1, with the list of faults, where anything is wrong.",
    )
    add_store(verify)
    add_common(verify, _verify)


def _add_export(verbs: Any) -> None:
    export = verbs.add_parser(
        "export",
        help="write a store's images in a common format",
        description="Write the decoded images of a store for other tools.",
    )
    add_store(export)
    export.add_argument("target", metavar="DEST", type=Path, help="the file or folder to be")
    export.add_argument(
        "--to", required=True, metavar="FORMAT", help="png, npz, parquet, webdataset, huggingface"
    )
    add_common(export, _export)


def _compress(options: argparse.Namespace) -> int:
    from fewbytes.data import open_source
    from fewbytes.report.console import console, say
    from fewbytes.report.progress import CompressProgress
    from fewbytes.report.stores import described, summary
    from fewbytes.store.opening import target_at
    from fewbytes.verbs import storing

    screen = console(stderr=options.json)
    target = target_at(options.store, staging=options.staging)
    storing.check_place(options.source, target, options.overwrite)
    source = open_source(options.source, size=options.size)
    with CompressProgress(screen) as progress:
        store = storing.compress(
            source, target, codec=options.codec, seed=options.seed, **engine(options),
            overwrite=options.overwrite, encrypt=options.encrypt, watcher=progress,
        )  # fmt: skip
    if options.json:
        print(json.dumps(described(store), indent=2))
    else:
        for line in summary(store):
            say(screen, line)
    return DONE


def _inspect(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.report.stores import described, tables
    from fewbytes.verbs import storing

    store = storing.open(options.store)
    if options.json:
        print(json.dumps(described(store), indent=2))
    else:
        screen = console()
        for part in tables(store):
            say(screen, part)
    return DONE


def _verify(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.verbs import storing

    screen = console(stderr=options.json)
    faults, unseen, looked = [], [], 0
    for checked in storing.verify(options.store):
        if checked.unseen is not None:
            unseen.append({"what": checked.what, "unseen": checked.unseen})
            continue
        looked += 1
        if checked.fault is not None:
            faults.append({"what": checked.what, "fault": checked.fault})
            say(screen, f"bad: {checked.what}: {checked.fault}")
    if options.json:
        print(json.dumps({"checked": looked, "faults": faults, "unseen": unseen}, indent=2))
    else:
        sound = "all are sound as far as can be seen" if unseen else "all are sound"
        verdict = f"{len(faults)} are bad" if faults else sound
        say(screen, f"{looked} files and blocks looked at: {verdict}")
    for one in unseen:
        say(screen, f"{one['what']}: {one['unseen']}")
    return FAILED if faults else DONE


def _export(options: argparse.Namespace) -> int:
    from fewbytes.report.console import console, say
    from fewbytes.report.progress import ExportProgress
    from fewbytes.verbs import storing

    screen = console(stderr=options.json)
    store = storing.open(options.store)
    with ExportProgress(screen) as progress:
        storing.export(store, options.target, to=options.to, watcher=progress)
    images = sum(map(len, store.splits.values()))
    if options.json:
        print(json.dumps({"images": images, "format": options.to, "path": str(options.target)}))
    else:
        say(screen, f"{images:,} decoded images written to {options.target}")
    return DONE
