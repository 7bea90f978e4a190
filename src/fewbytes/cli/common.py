"""What the verbs of the command line share. Imports nothing heavy."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

SOURCES = (
    "mnist (built in), fashion-mnist or cifar10 (downloaded once), a folder of class folders, of "
    "IDX, CIFAR or Parquet files, an .npz or .parquet file, a store, or a name under $FEWBYTES_DATA"
)
"""What may stand for SOURCE."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the usage code."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def complain(said: str) -> None:
    """One line on standard error; nothing where that takes no more: the exit code says the rest."""
    with contextlib.suppress(OSError):
        print(f"fewbytes: {said}", file=sys.stderr, flush=True)


def add_store(verb: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Give a verb the store that it works on, as `store`, or several as `stores`."""
    verb.add_argument(
        "stores" if several else "store", metavar="STORE", nargs="+" if several else None,
        help="a store: a folder, or a URL such as s3://bucket/name.fb or https://host/name.fb",
    )  # fmt: skip
    add_keys(verb)


def add_size(verb: argparse.ArgumentParser) -> None:
    """Let a verb that reads a source bring its images to a size, as `size`."""
    verb.add_argument(
        "--size", metavar="RxC", help="rows and columns that images are brought to, as 32 or 32x48"
    )


def add_sample(
    verb: argparse.ArgumentParser, *, required: bool, groups: Sequence[str], records: int
) -> None:
    """Let records be drawn of a store and compared with their originals: the options that `sample`
    reads, and `out` for what is found. `required` are the originals, or not; `groups` are what
    `only` chooses from; `records` are drawn where nobody says how many.
    """
    verb.add_argument(
        "--originals", metavar="SOURCE", required=required,
        help=f"what the store was made of: {SOURCES}",
    )  # fmt: skip
    verb.add_argument("--size", metavar="RxC", help="as compress took it")
    verb.add_argument("--split", default="train", help="train (default) or another")
    verb.add_argument(
        "--only", action="append", default=[], metavar="GROUP",
        help=f"{', '.join(groups[:-1])} or {groups[-1]}; may be repeated; default: all",
    )  # fmt: skip
    verb.add_argument(
        "--records", type=int, default=records, metavar="N",
        help=f"draw at most so many ({records})",
    )  # fmt: skip
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="default 0")
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="write the table, the figures and pictures there"
    )


def sample(options: argparse.Namespace) -> dict[str, Any]:
    """What `add_sample` was told, as the arguments of `fewbytes.measure` and `fewbytes.audit`."""
    names = ("originals", "size", "split", "only", "records", "seed")
    return {name: getattr(options, name) for name in names}


def add_engine(verb: argparse.ArgumentParser, default: str) -> None:
    """Let a verb's work be done elsewhere: the options that `engine` reads. `default` says how
    many workers there are on this machine where nobody does.
    """
    verb.add_argument(
        "--engine", default="local", metavar="NAME",
        help="where work runs: local (default: this machine), dask or ray; results are the same",
    )  # fmt: skip
    verb.add_argument(
        "--address", metavar="HOST:PORT",
        help="of a cluster, whose machines must see what is read and written; default: one that is "
        "started here",
    )  # fmt: skip
    verb.add_argument(
        "--workers", type=int, metavar="N", help=f"default: {default}; all that a cluster has"
    )


def engine(options: argparse.Namespace) -> dict[str, Any]:
    """What `add_engine` was told, as the arguments of a verb."""
    return {name: getattr(options, name) for name in ("engine", "address", "workers")}


def add_keys(verb: argparse.ArgumentParser) -> None:
    """Let secret keys be given to a verb, as `keys`."""
    verb.add_argument(
        "--key", dest="keys", action="append", default=[], metavar="[NAME=]FILE",
        help="a file, or a pipe such as <(command), that holds the secret key NAME ('default' "
        "without) as 64 hexadecimal digits; else $FEWBYTES_KEY_NAME (the digits), "
        "else $FEWBYTES_KEYFILE_NAME; may be repeated",
    )  # fmt: skip


def add_common(
    verb: argparse.ArgumentParser, function: Callable[[argparse.Namespace], int]
) -> None:
    """Give a verb the options that all have, and what it runs."""
    verb.add_argument("--json", action="store_true", help="print JSON instead of a table")
    verb.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verb.set_defaults(verb=function)
