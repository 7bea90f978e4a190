"""`fewbytes codecs`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from fewbytes.cli.common import DONE, add_common


def add(verbs: Any) -> None:
    """Add the verb."""
    codecs = verbs.add_parser(
        "codecs",
        help="the stages a codec is made of, their kinds and options",
        description="List the stages: a codec is a row of them, selection? transform* quantizer? "
        "coder?, written as 'dct:16 | uniform:8 | zstd'.",
    )
    add_common(codecs, _codecs)


def _codecs(options: argparse.Namespace) -> int:
    from fewbytes.report.stages import describe, table

    if options.json:
        print(json.dumps(describe(), indent=2))
    else:
        from fewbytes.report.console import console

        console().print(table())
    return DONE
