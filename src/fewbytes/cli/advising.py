"""`fewbytes advise`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewbytes.cli.common import DONE, FAILED, SOURCES, add_common, add_keys, add_size

if TYPE_CHECKING:
    from rich.console import Console

    from fewbytes.advice.advised import Advised
    from fewbytes.advice.traffic import Usage


def add(verbs: Any) -> None:
    """Add the verb."""
    advise = verbs.add_parser(
        "advise",
        help="the smallest codec within an allowance of accuracy, with its evidence",
        description="Search the codecs for the smallest store whose accuracy is within an "
        "allowance of that of the raw images under the same recipe, and prove it: short trainings "
        "prune, full ones with paired seeds confirm, on validation images; the test split is read "
        "once, at the end. Exit code 1 where the budget ends before anything is confirmed. A "
        "search that was stopped goes on where it was.",
        epilog="example: fewbytes advise photos/ --max-loss 0.5 --size 32 --write photos.fb",
    )
    advise.add_argument("source", metavar="SOURCE", help=SOURCES)
    asked = advise.add_mutually_exclusive_group(required=True)
    asked.add_argument(
        "--max-loss", type=float, metavar="POINTS",
        help="accuracy that may be lost against raw images, in percentage points",
    )  # fmt: skip
    asked.add_argument(
        "--max-bytes", type=float, metavar="N",
        help="the other question: the best accuracy within N bytes an image",
    )  # fmt: skip
    advise.add_argument(
        "--budget", default="15m", metavar="TIME", help="90s, 15m (default), 1.5h or none"
    )
    advise.add_argument(
        "--seeds", type=int, metavar="N",
        help="paired seeds of each codec confirmed; default: 5, or fewer where time is short",
    )  # fmt: skip
    advise.add_argument(
        "--epochs", type=int, metavar="N",
        help="of each full training; default: the recipe's, or fewer where time is short",
    )  # fmt: skip
    add_size(advise)
    advise.add_argument("--out", type=Path, metavar="DIR", help="default runs/NAME-advice")
    advise.add_argument(
        "--write", metavar="STORE", help="write the store advised too: a folder to be, or a URL"
    )
    advise.add_argument(
        "--max-unreadable", type=float, default=5.0, metavar="PERCENT",
        help="images that may be left out as unreadable (5)",
    )  # fmt: skip
    usage = advise.add_argument_group("what the bandwidth is reckoned with")
    usage.add_argument("--train-epochs", type=int, default=100, metavar="N", help="100")
    usage.add_argument(
        "--workers", type=int, default=8, metavar="N",
        help="machines that each fetch the training images in every epoch (8)",
    )  # fmt: skip
    usage.add_argument(
        "--price", type=float, default=0.023, metavar="DOLLARS",
        help="of storage for a GB-month (0.023: an assumption)",
    )  # fmt: skip
    add_keys(advise)
    add_common(advise, _advise)
    advise.set_defaults(resumes=True)


def _advise(options: argparse.Namespace) -> int:
    from fewbytes.advice.traffic import Usage
    from fewbytes.report.advice.advised import written
    from fewbytes.report.advice.progress import AdviceProgress
    from fewbytes.report.console import console, say
    from fewbytes.store.opening import target_at
    from fewbytes.verbs import advising, storing

    screen = console(stderr=options.json)
    usage = Usage(options.train_epochs, options.workers, options.price)
    target = None if options.write is None else target_at(options.write)
    if target is not None:
        storing.check_place(options.source, target, overwrite=False)
    with AdviceProgress(screen) as progress:
        advised = advising.advise(
            options.source, max_loss=options.max_loss, max_bytes=options.max_bytes,
            budget=options.budget, seeds=options.seeds, epochs=options.epochs, size=options.size,
            max_unreadable=options.max_unreadable, out=options.out, watcher=progress,
        )  # fmt: skip
    _show(advised, options, usage, screen)
    if target is not None and advised.recommended is not None:
        store = storing.compress(
            options.source, target, codec=advised.recommended.codec, size=options.size
        )
        say(screen, written(advised, target.where, store.nbytes.total))
    return FAILED if advised.undecided else DONE


def _show(advised: Advised, options: argparse.Namespace, usage: Usage, screen: Console) -> None:
    from fewbytes.report.advice import advised as words
    from fewbytes.report.console import say

    if options.json:
        print(json.dumps({**advised.as_json(), **words.usage_json(advised, usage)}, indent=2))
        return
    for line in words.opening(advised, options.source, options.size):
        say(screen, line)
    screen.print(words.table(advised))
    for line in words.closing(advised, usage):
        say(screen, line)
