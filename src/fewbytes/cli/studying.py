"""The command line: parse, call, print. No logic of its own.

Nothing heavy is imported before a verb runs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fewbytes import __version__
from fewbytes.errors import FewbytesError

if TYPE_CHECKING:
    from fewbytes.studies.config import StudyConfig
    from fewbytes.verbs import Run

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the usage code."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.verb(options)
        sys.stdout.flush()
        return code
    except FewbytesError as error:
        if options.debug:
            raise
        print(f"fewbytes: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("fewbytes: stopped; the same command goes on where it was", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="fewbytes",
        description="The fewest bytes your training set needs, and proof of what you lose.",
    )
    top.add_argument("--version", action="version", version=f"fewbytes {__version__}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_study(verbs)
    _add_codecs(verbs)
    return top


def _add_study(verbs: Any) -> None:
    study = verbs.add_parser(
        "study",
        help="train under several codecs and show what each costs and keeps",
        description="Train networks on a data set under several codecs, the raw images among "
        "them, and write tables and plots of what each costs and keeps. A study that was "
        "stopped goes on where it was.",
        epilog="example: fewbytes study mnist --codec 'dct:{4,8,12,16} | uniform:8 | zstd'",
    )
    study.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="mnist (the default, built in), a folder of IDX files, an .npz file, a name under "
        "$FEWBYTES_DATA, or a study written as a .toml file",
    )
    study.add_argument(
        "--codec", action="append", metavar="SPEC",
        help="a codec, or a sweep such as dct:{4,8}; may be repeated",
    )  # fmt: skip
    study.add_argument("--view", action="append", help="code or image; default: what suits each")
    study.add_argument(
        "--model", action="append",
        help="linear, mlp, cnn, or package.module:Class; default: by the shape of the input",
    )  # fmt: skip
    study.add_argument("--seeds", type=int, metavar="N", help="paired seeds (default 3)")
    study.add_argument("--epochs", type=int, metavar="N", help="epochs of each training")
    study.add_argument("--out", type=Path, metavar="DIR", help="run folder (default runs/NAME)")
    study.add_argument(
        "--quick", action="store_true",
        help="one seed, fewer images, a short training: a look in under a minute",
    )  # fmt: skip
    study.add_argument("--retry-failed", action="store_true", help="try failed cells again")
    _add_common(study, _study)


def _add_codecs(verbs: Any) -> None:
    codecs = verbs.add_parser(
        "codecs",
        help="the stages a codec is made of, their kinds and options",
        description="List the stages: a codec is a row of them, transform* quantizer? coder?, "
        "written as 'dct:16 | uniform:8 | zstd'.",
    )
    _add_common(codecs, _codecs)


def _add_common(verb: argparse.ArgumentParser, function: Any) -> None:
    verb.add_argument("--json", action="store_true", help="print JSON instead of a table")
    verb.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verb.set_defaults(verb=function)


def _study(options: argparse.Namespace) -> int:
    from fewbytes import verbs
    from fewbytes.report.console import StudyProgress, console, table

    config = _study_config(options)
    screen = console(stderr=options.json)
    if not verbs.plots_available():
        screen.print("without plots: pip install 'fewbytes[plot]' adds them", markup=False)
    with StudyProgress(screen) as progress:
        run = verbs.run_study(config, options.out, progress, retry_failed=options.retry_failed)
    if options.json:
        print(json.dumps(run.rows, indent=2))
    else:
        screen.print(table(run.lines))
    _print_closing(run, screen)
    return FAILED if run.failed else DONE


def _print_closing(run: Run, screen: Any) -> None:
    from fewbytes.report.tables import failure

    for row in run.failed:
        screen.print(f"failed: {failure(row)}", markup=False, soft_wrap=True)
    if run.failed:
        screen.print("failed cells are kept; the same command with --retry-failed tries them again")
    files = sorted(p.name for p in run.path.iterdir() if p.suffix in {".md", ".csv", ".png"})
    screen.print(f"written to {run.path}: {', '.join(files)}", markup=False, soft_wrap=True)


def _study_config(options: argparse.Namespace) -> StudyConfig:
    from dataclasses import replace

    from fewbytes.studies.config import StudyConfig

    source = options.source or "mnist"
    if source.endswith(".toml"):
        config = StudyConfig.from_toml(Path(source))
    else:
        config = StudyConfig(source=source)
    if options.quick:
        config = config.quick()
    given = {
        "codecs": options.codec,
        "views": options.view,
        "models": options.model,
        "seeds": options.seeds,
    }
    config = replace(config, **{name: value for name, value in given.items() if value is not None})
    if options.epochs is not None:
        config = replace(config, recipe=replace(config.recipe, epochs=options.epochs))
    return config


def _codecs(options: argparse.Namespace) -> int:
    from fewbytes.report.stages import describe, table

    if options.json:
        print(json.dumps(describe(), indent=2))
    else:
        from fewbytes.report.console import console

        console().print(table())
    return DONE


if __name__ == "__main__":
    sys.exit(main())
