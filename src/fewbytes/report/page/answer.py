"""The question and the answer of the first screen, with their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fewbytes.report.page.figures import signed
from fewbytes.report.tables import difference
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
    runners_up: tuple[Mapping[str, str], ...] = ()
    pruned: tuple[tuple[str, str], ...] = ()
    """(codec, why it was dropped)."""
    commands: tuple[str, ...] = field(default=())


def from_study(lines: Sequence[Line], dataset: str, max_loss: float = MAX_LOSS) -> Answer:
    """The smallest codec whose paired interval says that it loses no more than `max_loss`
    percentage points, or that there is none.
    """
    question = (
        f"How few bytes an image does {dataset} need, if a network trained on them may lose "
        f"{max_loss:g} points of accuracy?"
    )
    smaller = [line for line in lines if not line.is_raw and line.ratio > 1]
    compared = [line for line in smaller if line.difference is not None]
    if not compared:
        return Answer(question, "Not known yet: no codec is compared with the raw images.")
    confirmed = [line for line in compared if _lowest(line) >= -max_loss / 100]
    if confirmed:
        return _found(question, min(confirmed, key=lambda line: line.total_bytes), compared)
    return _none(question, compared, max_loss)


def _found(question: str, best: Line, compared: Sequence[Line]) -> Answer:
    return Answer(
        question,
        f"{best.total_bytes:.1f} bytes an image are enough: {_times(best.ratio)} less than raw, "
        f"at {_mean_points(best)} of accuracy.",
        best.codec,
        best,
        (
            f"Of {_count(len(compared), 'smaller form', 'smaller forms')} trained on, it is the "
            f"smallest whose {100 * LEVEL:.0f} % interval over {best.seeds} paired seeds stays "
            "within the allowance.",
            "The choice was read off test results, which flatters it a little; fewbytes advise "
            "chooses on validation images alone.",
        ),
        _figures(best),
    )


def _none(question: str, compared: Sequence[Line], max_loss: float) -> Answer:
    within = [line for line in compared if _mean(line) >= -max_loss / 100]
    said = f"No codec is shown to lose {max_loss:g} points or less."
    if not within:
        best = max(compared, key=_mean)
        return Answer(
            question, said, best.codec, best,
            (f"The one below loses least: {_points(best)}.",), _figures(best),
        )  # fmt: skip
    best = min(within, key=lambda line: line.total_bytes)
    if best.seeds < 2:
        why = "It was trained with one seed, and one seed has no interval: use --seeds 3 or more."
    else:
        why = f"Its interval over {best.seeds} seeds reaches beyond the allowance."
    return Answer(
        question,
        f"{said[:-1]}; {best.total_bytes:.1f} bytes an image may do, at {_mean_points(best)}.",
        best.codec,
        best,
        (why,),
        _figures(best),
    )


def _figures(line: Line) -> tuple[tuple[str, str], ...]:
    mean, _, interval = signed(difference(line)).partition(" ")
    return (
        (f"{line.total_bytes:.1f} B", "an image, everything counted"),
        (f"{_times(line.ratio)} smaller", "than the raw images and labels"),
        (
            f"{100 * line.test_accuracy.mean:.2f} %",
            f"test accuracy, {line.model} fed the {line.view}",
        ),
        (mean, f"points from raw {interval}".strip()),
    )  # fmt: skip


def _times(ratio: float) -> str:
    return f"{ratio:.3g}×"


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


def from_advice(advice: Mapping[str, Any], lines: Sequence[Line], dataset: str) -> Answer:
    """What `fewbytes advise` asked and found. Fields that are not there are left out."""
    question = advice.get("question")
    asked = question if isinstance(question, Mapping) else {}
    found = advice.get("recommended")
    commands = _texts(advice.get("command")) or _texts(advice.get("commands"))
    pruned = tuple(
        (str(one.get("codec", "")), str(one.get("reason", "")))
        for one in _records(advice.get("pruned"))
    )
    others = tuple(_shown(one) for one in _records(advice.get("runners_up")))
    if not isinstance(found, Mapping) or not found.get("codec"):
        said = "Nothing smaller qualifies."
        return Answer(
            _asked(asked, dataset), said, because=_texts(advice.get("reason")),
            runners_up=others, pruned=pruned, commands=commands,
        )  # fmt: skip
    codec = str(found["codec"])
    size, ratio = _number(found.get("bytes_per_image")), _number(found.get("ratio"))
    said = "Use the codec below." if size is None else f"{size:.1f} bytes an image"
    if size is not None:
        said += "." if ratio is None else f": {_times(ratio)} less than the raw images."
    return Answer(
        _asked(asked, dataset),
        said,
        codec,
        next((line for line in lines if line.codec == codec), None),
        _texts(found.get("words")),
        tuple((value, name) for name, value in _shown(found).items() if name != "codec"),
        others,
        pruned,
        commands,
    )


def _asked(question: Mapping[str, Any], dataset: str) -> str:
    source = str(question.get("source") or dataset)
    level = _number(question.get("level"))
    sure = "" if level is None else f", at a level of {100 * level:g} %"
    if (loss := _number(question.get("max_loss"))) is not None:
        return (
            f"How few bytes an image does {source} need, if a network trained on them may lose "
            f"{loss:g} points of accuracy{sure}?"
        )
    if (size := _number(question.get("max_bytes"))) is not None:
        return (
            f"How accurate can a network be that is trained on {source} in {size:g} bytes an "
            f"image{sure}?"
        )
    return f"How should {source} be compressed?"


def _shown(record: Mapping[str, Any]) -> dict[str, str]:
    """The plain fields of a record, as people read them."""
    return {
        str(name).replace("_", " "): f"{value:.4g}" if isinstance(value, float) else str(value)
        for name, value in record.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _records(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None
