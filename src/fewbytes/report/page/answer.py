"""The question and the answer of the first screen, with their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fewbytes.report.numbers import size
from fewbytes.report.page.compared import Gap
from fewbytes.report.page.figures import interval, points
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
    confirmed: bool = True
    """Whether the codec is shown to be what was asked for."""


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


@dataclass(frozen=True)
class Compared:
    """A codec that is smaller than raw, with its difference."""

    line: Line
    gap: Gap

    @property
    def is_exact(self) -> bool:
        """Whether decoded images are the raw ones."""
        return self.line.psnr == math.inf


def how_few(source: str, max_loss: float) -> str:
    """The question in words."""
    return (
        f"How few bytes an image does {source} need, if a network trained on them may lose "
        f"{max_loss:g} points of accuracy?"
    )


def from_study(lines: Sequence[Line], gaps: Mapping[str, Gap], asked: Asked) -> Answer:
    """The smallest codec whose paired interval says that it loses no more than the allowance, or
    that there is none. Under a poor network little can be lost, so codecs count under the one that
    does best on the raw images.
    """
    references = [line for line in lines if line.is_raw]
    raw = max(references, key=lambda line: line.test_accuracy.mean, default=None)
    compared = [
        Compared(line, gaps[line.label])
        for line in lines
        if raw is not None and line.model == raw.model and line.ratio > 1 and line.label in gaps
    ]
    if raw is None or not compared:
        return Answer(asked.question, "Not known yet: no codec is compared with the raw images.")
    allowed = -asked.max_loss / 100
    confirmed = [one for one in compared if one.gap.has_interval and one.gap.low >= allowed]
    within = [one for one in compared if one.gap.mean >= allowed]
    if confirmed:
        best = min(confirmed, key=_size)
        said, because = _enough(best), _why_enough(asked, best, len(compared))
    elif within:
        best = min(within, key=_size)
        said, because = _perhaps(asked, best), [_why_perhaps(best.gap)]
    else:
        best = max(compared, key=lambda one: one.gap.mean)
        said = f"No codec is shown to lose {asked.max_loss:g} points or less."
        because = [f"The one below loses least: {_points(best.gap)}."]
    if len({line.model for line in lines}) > 1:
        because.append(
            f"Judged by the {raw.model}, which of the networks does best on the raw images."
        )
    return Answer(
        asked.question, said, best.line.codec, best.line, tuple(because),
        _figures(best, raw, asked), confirmed=bool(confirmed),
    )  # fmt: skip


def _enough(best: Compared) -> str:
    line = best.line
    lost = (
        ", and nothing is lost"
        if best.is_exact
        else f", at {points(best.gap.mean)} points of accuracy"
    )
    return (
        f"{line.total_bytes:.1f} bytes an image are enough: {line.ratio:.3g} times smaller than "
        f"raw{lost}."
    )


def _why_enough(asked: Asked, best: Compared, count: int) -> list[str]:
    if best.is_exact:
        return [
            "Decoded images are the raw ones, so it needs no test. Nothing smaller is shown to "
            "stay within the allowance."
        ]
    forms = "one smaller form" if count == 1 else f"{count} smaller forms"
    said = [
        f"Of {forms} trained on, it is the smallest whose {100 * LEVEL:.0f} % interval over "
        f"{best.gap.seeds} paired seeds and their images stays within the allowance."
    ]
    if count > 1:
        on = "on the test images" if asked.judged_on == "test" else "on the same images"
        said.append(
            f"Each was judged by itself {on}: the more there are, the likelier is one that stays "
            "within by luck. fewbytes advise holds its level over all that it tests, and chooses "
            "on validation images alone."
        )
    return said


def _perhaps(asked: Asked, best: Compared) -> str:
    return (
        f"No codec is shown to lose {asked.max_loss:g} points or less; "
        f"{best.line.total_bytes:.1f} bytes an image may do, at {points(best.gap.mean)} points."
    )


def _why_perhaps(gap: Gap) -> str:
    if gap.has_interval:
        return "Its interval reaches beyond the allowance: more --seeds make it narrower."
    if gap.seeds == 1:
        return "It was trained with one seed, which has no interval: use --seeds 3 or more."
    return "What its networks predicted is gone, so it has no interval."


def _figures(best: Compared, raw: Line, asked: Asked) -> tuple[tuple[str, str], ...]:
    line, ends = best.line, interval(best.gap)
    whole = size(round(line.total_bytes * asked.images))
    return (
        (f"{line.total_bytes:.1f} B", f"an image; {whole} in all"),
        (f"{line.ratio:.3g}×", "smaller than the raw images and labels"),
        (
            f"{100 * line.test_accuracy.mean:.2f} %",
            f"{asked.judged_on} accuracy, {line.model} fed the {line.view}; raw "
            f"{100 * raw.test_accuracy.mean:.2f} %",
        ),
        (
            points(best.gap.mean),
            f"points from raw, {100 * LEVEL:.0f} % interval {ends}"
            if ends
            else "points from raw, without an interval",
        ),
    )


def _size(one: Compared) -> float:
    return one.line.total_bytes


def _points(gap: Gap) -> str:
    """`−0.49 points (95 % interval [−0.58, −0.41])`."""
    ends = interval(gap)
    return f"{points(gap.mean)} points" + (
        f" ({100 * LEVEL:.0f} % interval {ends})" if ends else ""
    )
