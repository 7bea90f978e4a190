"""`fewbytes study`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewbytes.cli.common import (
    DONE,
    FAILED,
    SOURCES,
    add_common,
    add_engine,
    add_keys,
    engine,
)

if TYPE_CHECKING:
    from fewbytes.studies.config import StudyConfig
    from fewbytes.verbs.studying import Run


def add(verbs: Any) -> None:
    """Add the verb."""
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
        help=f"{SOURCES}; mnist if left out; or a study written as a .toml file",
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
    add_engine(study, "one cell after another")
    add_keys(study)
    add_common(study, _study)
    study.set_defaults(resumes=True)


def _study(options: argparse.Namespace) -> int:
    from fewbytes.report.console import StudyProgress, console, say, table
    from fewbytes.report.drawing import plots_available
    from fewbytes.verbs import studying

    config = _study_config(options)
    screen = console(stderr=options.json)
    if not plots_available():
        say(screen, "without plots: pip install 'fewbytes[plot]' adds them")
    with StudyProgress(screen) as progress:
        run = studying.run_study(
            config, options.out, progress, retry_failed=options.retry_failed, **engine(options)
        )
    if options.json:
        print(json.dumps(run.rows, indent=2))
    else:
        screen.print(table(run.lines))
    _print_closing(run, screen)
    return FAILED if run.failed else DONE


def _print_closing(run: Run, screen: Any) -> None:
    from fewbytes.report.console import say
    from fewbytes.report.study.tables import failure

    for row in run.failed:
        say(screen, f"failed: {failure(row)}")
    if run.failed:
        say(screen, "failed cells are kept; the same command with --retry-failed tries them again")
    files = sorted(p.name for p in run.path.iterdir() if p.suffix in {".md", ".csv", ".png"})
    say(screen, f"written to {run.path}: {', '.join(files)}")


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
