"""Every measure on distributions whose answer is known in closed form.

    pip install 'fewbytes[measure]'
    python benchmarks/known_truth.py [--seeds 3] [--only entropy] [--json]

A case is drawn and measured with each seed in turn. A sample is *wrong* where the interval misses
the truth and the verdict is `reliable`, where the interval is wider than what the case allows and
the verdict does not say so, and where there is no figure at all. The command fails (exit 1) on any.
The figures shown are the first seed's; `covered`, `doubted` and `wrong` count seeds.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table
from truths import distortions, entropies, geometry, labels
from truths.case import Case

from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement, Verdict

CASES: Sequence[Case] = [
    *entropies.CASES,
    *labels.CASES,
    *distortions.CASES,
    *geometry.CASES,
]

PLAIN_WIDTH = 160


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
        """Seeds whose verdict is `unreliable`."""
        return sum(one.verdict is Verdict.UNRELIABLE for one in self.found)

    @property
    def wrong(self) -> int:
        """Seeds that miss without a warning, tell nothing without a warning, or give nothing."""
        return sum(self._is_wrong(one) for one in self.found)

    def _is_wrong(self, one: Measurement) -> bool:
        if one.low is None or one.high is None:
            return True
        most = math.inf if self.case.most_width is None else self.case.most_width
        wide = not math.isinf(one.low) and one.high - one.low > most
        return one.verdict is Verdict.RELIABLE and (wide or not one.covers(self.case.truth))


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
    if not cases or options.seeds < 1:
        parser.error(f"nothing to do: {len(cases)} cases, {options.seeds} seeds")
    screen = Console(stderr=options.json, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    shown = track(cases, "measuring", console=screen, disable=not screen.is_terminal)
    outcomes = [attempt(case, options.seeds) for case in shown]
    if options.json:
        print(json.dumps([row(one) for one in outcomes], indent=2))
    else:
        screen.print(table(outcomes))
        screen.print(closing(outcomes))
    return 1 if any(one.wrong for one in outcomes) else 0


def attempt(case: Case, seeds: int) -> Outcome:
    """Draw and measure with seeds 0, 1, ..."""
    start = time.perf_counter()
    found = [measured(case, seed) for seed in range(seeds)]
    return Outcome(case, found, time.perf_counter() - start)


def measured(case: Case, seed: int) -> Measurement:
    """What one seed gives; where it is refused, why."""
    try:
        return case.run(seed)
    except InputError as error:
        return Measurement.unavailable(case.measure, "", str(error))


def table(outcomes: Sequence[Outcome]) -> Table:
    """A row a case."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("measure", "distribution"):
        grid.add_column(name, overflow="fold")
    for name in ("truth", "estimate", "interval", "verdict", "covered", "doubted", "wrong", "s"):
        grid.add_column(name, justify="right", no_wrap=True)
    for one in outcomes:
        first, case = one.found[0], one.case
        grid.add_row(
            case.measure, case.distribution, number(case.truth), number(first.value),
            f"{number(first.low)} to {number(first.high)}", str(first.verdict),
            f"{one.covered}/{len(one.found)}", str(one.doubted), str(one.wrong),
            f"{one.seconds:.1f}", style="red" if one.wrong else None,
        )  # fmt: skip
    return grid


def closing(outcomes: Sequence[Outcome]) -> str:
    """The table in two lines."""
    samples = [(one.case, found) for one in outcomes for found in one.found]
    sure = [(case, found) for case, found in samples if found.verdict is Verdict.RELIABLE]
    held = sum(found.covers(case.truth) for case, found in sure)
    distributions = len({one.case.distribution for one in outcomes})
    wrong = sum(one.wrong for one in outcomes)
    return (
        f"{len(outcomes)} cases on {distributions} distributions, {len(samples)} samples: "
        f"{len(sure)} are called reliable, and the interval holds the truth in {held} of these.\n"
        f"Wrong (missed or empty without a warning, or no figure): {wrong}."
    )


def row(one: Outcome) -> dict[str, object]:
    """A case as JSON."""
    return {
        "distribution": one.case.distribution,
        "truth": str(one.case.truth) if math.isinf(one.case.truth) else float(one.case.truth),
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
