"""What the verbs of the command line share. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

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


def add_store(verb: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Give a verb the store that it works on, as `store`, or several as `stores`."""
    verb.add_argument(
        "stores" if several else "store", metavar="STORE", nargs="+" if several else None,
        help="a store: a folder, or a URL such as s3://bucket/name.fb or https://host/name.fb",
    )  # fmt: skip
    add_keys(verb)


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
