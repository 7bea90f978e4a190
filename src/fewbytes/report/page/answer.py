"""The question and the answer of the first screen, with their figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fewbytes.report.page.figures import signed
from fewbytes.report.tables import difference, size
from fewbytes.studies.summary import LEVEL, Line

MAX_LOSS = 0.5
"""Percentage points of accuracy that may be lost where nobody says how many."""


@dataclass(frozen=True)
class Answer:
    """What is asked, what is answered, and why that is so."""

    question: str
    answer: str
    codec: str | None = None
    """The codec that is the answer, or is the nearest to one."""
    line: Line | None = None
    because: tuple[str, ...] = ()
    """Sentences below the answer."""
    figures: tuple[tuple[str, str], ...] = ()
    """(figure, what it is) to be read at a glance."""
    others: tuple[tuple[str, str], ...] = ()
    """(codec, its figures) of others that would do."""
    dropped: tuple[tuple[str, str], ...] = ()
    """(what, why) of all that a search gave up."""


@dataclass(frozen=True)
class Asked:
    """What a study is asked: `images` are those of the set, all splits together."""

    dataset: str
    images: int
    max_loss: float = MAX_LOSS
    judged_on: str = "test"
    """Which images its accuracies are of."""

    @property
    def question(self) -> str:
        return how_few(self.dataset, self.max_loss)


def how_few(source: str, max_loss: float) -> str:
    """The question in words."""
    return (
        f"How few bytes an image does {source} need, if a network trained on them may lose "
        f"{max_loss:g} points of accuracy?"
    )


def from_study(lines: Sequence[Line], asked: Asked) -> Answer:
    """The smallest codec whose paired interval says that it loses no more than the allowance, or
    that there is none.
    """
    smaller = [line for line in lines if not line.is_raw and line.ratio > 1]
    compared = [line for line in smaller if line.difference is not None]
    if not compared:
        return Answer(asked.question, "Not known yet: no codec is compared with the raw images.")
    confirmed = [line for line in compared if _lowest(line) >= -asked.max_loss / 100]
    if confirmed:
        return _found(asked, min(confirmed, key=_size), compared)
    return _none(asked, compared)


def _found(asked: Asked, best: Line, compared: Sequence[Line]) -> Answer:
    assert best.difference is not None
    because = [
        f"Of {_count(len(compared), 'smaller form', 'smaller forms')} trained on, it is the "
        f"smallest whose {100 * LEVEL:.0f} % interval over {best.difference.n} paired seeds stays "
        "within the allowance."
    ]
    if asked.judged_on == "test":
        because.append(
            "The choice was read off test results, which flatters it a little; fewbytes advise "
            "chooses on validation images alone."
        )
    return Answer(
        asked.question,
        f"{best.total_bytes:.1f} bytes an image are enough: {best.ratio:.3g} times smaller than "
        f"raw, at {_mean_points(best)} of accuracy.",
        best.codec,
        best,
        tuple(because),
        _figures(best, asked),
    )


def _none(asked: Asked, compared: Sequence[Line]) -> Answer:
    within = [line for line in compared if _mean(line) >= -asked.max_loss / 100]
    said = f"No codec is shown to lose {asked.max_loss:g} points or less"
    if not within:
        best = max(compared, key=_mean)
        said, why = f"{said}.", f"The one below loses least: {_points(best)}."
    else:
        best = min(within, key=_size)
        said += f"; {best.total_bytes:.1f} bytes an image may do, at {_mean_points(best)}."
        why = "Its interval reaches beyond the allowance: more --seeds make it narrower."
        if math.isinf(_lowest(best)):
            why = "It was trained with one seed, which has no interval: use --seeds 3 or more."
    return Answer(asked.question, said, best.codec, best, (why,), _figures(best, asked))


def _figures(line: Line, asked: Asked) -> tuple[tuple[str, str], ...]:
    mean, _, interval = signed(difference(line)).partition(" ")
    whole = size(round(line.total_bytes * asked.images))
    return (
        (f"{line.total_bytes:.1f} B", f"an image; {whole} in all"),
        (f"{line.ratio:.3g}×", "smaller than the raw images and labels"),
        (
            f"{100 * line.test_accuracy.mean:.2f} %",
            f"{asked.judged_on} accuracy, {line.model} fed the {line.view}",
        ),
        (mean, f"points from raw {interval}".strip()),
    )  # fmt: skip


def _size(line: Line) -> float:
    return line.total_bytes


def _points(line: Line) -> str:
    """`-0.49 points (95 % interval -0.58 to -0.41)`."""
    assert line.difference is not None
    mean, half = 100 * line.difference.mean, 100 * line.difference.half_width
    if math.isnan(half):
        return signed(f"{mean:+.2f} points")
    ends = f"{mean - half:+.2f} to {mean + half:+.2f}"
    return signed(f"{mean:+.2f} points ({100 * LEVEL:.0f} % interval {ends})")


def _mean_points(line: Line) -> str:
    return signed(f"{100 * _mean(line):+.2f} points")


def _mean(line: Line) -> float:
    assert line.difference is not None
    return line.difference.mean


def _lowest(line: Line) -> float:
    """The lower end of the interval; -inf for one seed, which has none."""
    assert line.difference is not None
    half = line.difference.half_width
    return -math.inf if math.isnan(half) else line.difference.mean - half


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
