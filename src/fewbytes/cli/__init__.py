"""The command line: parse, call, print. No logic of its own.

Nothing heavy is imported before a verb runs, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from fewbytes import __version__, keys
from fewbytes.cli import (
    advising,
    auditing,
    codecs,
    fingerprinting,
    identifying,
    measuring,
    reporting,
    storing,
    studying,
    training,
)
from fewbytes.cli.common import INTERRUPTED, USAGE, Parser, complain
from fewbytes.errors import FewbytesError, OtherRankError, first_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = parser().parse_args(arguments)
    try:
        for given in getattr(options, "keys", ()):
            keys.use_file(given)
        code: int = options.verb(options)
        sys.stdout.flush()
        return code
    except FewbytesError as error:
        if options.debug:
            raise
        if not isinstance(error, OtherRankError):
            complain(str(error))
        return USAGE
    except KeyboardInterrupt:
        complain("stopped" + ("; the same command goes on where it was" if options.resumes else ""))
        return INTERRUPTED
    except BrokenPipeError:
        _stop_writing()
        return INTERRUPTED
    except MemoryError as error:
        if options.debug:
            raise
        said = first_line(error) or "there is no more"
        complain(f"out of memory: {said}; --debug says where")
        return USAGE
    except OSError as error:
        if options.debug:
            raise
        _stop_writing()
        complain(str(error))
        return USAGE


def _stop_writing() -> None:
    """Let nothing more be written to an output that takes no more, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="fewbytes",
        description="The fewest bytes your training set needs, and proof of what you lose.",
    )
    top.add_argument("--version", action="version", version=f"fewbytes {__version__}")
    top.set_defaults(resumes=False)
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for module in (
        studying, advising, storing, training, measuring, auditing, identifying, fingerprinting,
        reporting, codecs,
    ):  # fmt: skip
        module.add(verbs)
    return top
