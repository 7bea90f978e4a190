"""Every measure on distributions whose answer is known in closed form.

    pip install 'fewbytes[measure]'
    python benchmarks/known_truth.py [--seeds 3] [--only entropy] [--json]

Each row is a sample drawn by each of the seeds in turn. A row is right where, for every seed, the
interval holds the truth or the verdict calls the figure unreliable; the command fails (exit 1) on
any that is neither. The figures shown are the first seed's; `covered` and `doubted` count seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table
from truths import distortions, entropies, geometry, labels
from truths.case import Case

from fewbytes.measures.measurement import Measurement, Verdict

CASES: Sequence[Case] = [
    *entropies.CASES,
    *labels.CASES,
    *distortions.CASES,
    *geometry.CASES,
]


@dataclass(frozen=True)
class Outcome:
    """A case, and what each seed gave."""

    case: Case
    found: list[Measurement]
    seconds: float

    @property
    def covered(self) -> int:
        """Seeds whose interval holds the truth."""
        return sum(one.covers(self.case.truth) for one in self.found)

    @property
    def doubted(self) -> int:
        """Seeds whose verdict is not `reliable`."""
        return sum(one.verdict is not Verdict.RELIABLE for one in self.found)

    @property
    def wrong(self) -> int:
        """Seeds that gave neither."""
        return sum(
            not one.covers(self.case.truth) and one.verdict is Verdict.RELIABLE
            for one in self.found
        )


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="measures whose name begins so")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cases = [case for case in CASES if case.measure.startswith(options.only)]
    screen = Console(stderr=options.json, width=None if sys.stdout.isatty() else 150)
    shown = track(cases, "measuring", console=screen, disable=not screen.is_terminal)
    outcomes = [attempt(case, options.seeds) for case in shown]
    if options.json:
        print(json.dumps([row(one) for one in outcomes], indent=2))
    else:
        screen.print(table(outcomes))
        screen.print(closing(outcomes, options.seeds))
    return 1 if any(one.wrong for one in outcomes) else 0


def attempt(case: Case, seeds: int) -> Outcome:
    """Draw and measure with seeds 0, 1, ..."""
    start = time.perf_counter()
    found = [case.run(seed) for seed in range(seeds)]
    return Outcome(case, found, time.perf_counter() - start)


def table(outcomes: Sequence[Outcome]) -> Table:
    """A row a case."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("measure", "distribution"):
        grid.add_column(name, overflow="fold")
    for name in ("truth", "estimate", "interval", "verdict", "covered", "doubted", "s"):
        grid.add_column(name, justify="right", no_wrap=True)
    for one in outcomes:
        first, case = one.found[0], one.case
        grid.add_row(
            case.measure, case.distribution, number(case.truth), number(first.value),
            f"{number(first.low)} to {number(first.high)}", str(first.verdict),
            f"{one.covered}/{len(one.found)}", str(one.doubted), f"{one.seconds:.1f}",
            style="red" if one.wrong else None,
        )  # fmt: skip
    return grid


def closing(outcomes: Sequence[Outcome], seeds: int) -> str:
    """The table in two lines."""
    samples = seeds * len(outcomes)
    covered = sum(one.covered for one in outcomes)
    sure = sum(seeds - one.doubted for one in outcomes)
    wrong = sum(one.wrong for one in outcomes)
    distributions = len({one.case.distribution for one in outcomes})
    return (
        f"{len(outcomes)} cases on {distributions} distributions, {seeds} seeds each: the interval "
        f"holds the truth in {covered} of {samples} samples, {sure} of them called reliable.\n"
        f"Neither covered nor called unreliable: {wrong}."
    )


def row(one: Outcome) -> dict[str, object]:
    """A case as JSON."""
    return {
        "distribution": one.case.distribution,
        "truth": number(one.case.truth),
        "covered": one.covered,
        "doubted": one.doubted,
        "wrong": one.wrong,
        "seeds": [found.row() for found in one.found],
    }


def number(figure: float | None) -> str:
    """Four digits; a dash where there is none."""
    return "-" if figure is None else f"{figure + 0.0:.4g}"


if __name__ == "__main__":
    sys.exit(main())
