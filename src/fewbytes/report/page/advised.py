"""The answer that `fewbytes advise` left beside a study, read back from its advice.json.

Fields that are not there are left out; what was decided is never decided anew here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fewbytes.advice.advised import Role, Verdict
from fewbytes.report.numbers import size
from fewbytes.report.page.answer import Answer, how_few
from fewbytes.report.page.figures import points
from fewbytes.studies.summary import Line

Record = Mapping[str, Any]


def from_advice(advice: Record, lines: Sequence[Line], dataset: str) -> Answer:
    """What was asked and found. `lines` are those of the study beside it."""
    found = advice.get("recommended")
    codec = str(found.get("codec") or "") if isinstance(found, Mapping) else ""
    best = found if codec and isinstance(found, Mapping) else None
    line = next((line for line in lines if line.codec == codec), None)
    return Answer(
        _question(advice, dataset),
        _nothing(advice) if best is None else _said(best),
        codec or None,
        line,
        tuple(_because(advice, best, line)),
        () if best is None else tuple(_figures(advice, best)),
        tuple(_others(advice)),
        tuple(_dropped(advice)),
    )


def _question(advice: Record, dataset: str) -> str:
    nested = advice.get("question")
    asked: Record = nested if isinstance(nested, Mapping) else advice
    source = str(asked.get("source") or dataset)
    if (loss := number(asked, "max_loss")) is not None:
        return how_few(source, loss)
    if (most := number(asked, "max_bytes")) is not None:
        return (
            f"How accurate does a network become on {source}, if an image may take {most:g} bytes?"
        )
    return f"How should {source} be compressed?"


def _said(best: Record) -> str:
    bytes_per_image, ratio = number(best, "bytes_per_image"), number(best, "ratio")
    difference = number(best, "difference")
    if bytes_per_image is None:
        return "The codec below."
    said = f"{bytes_per_image:.2f} bytes an image"
    if ratio is not None:
        said += f": {ratio:.3g} times smaller than raw"
    if difference is not None:
        said += f", at {points(difference)} points of accuracy"
    elif best.get("role") == Role.LOSSLESS:
        said += ", and nothing is lost"
    return f"{said}."


def _nothing(advice: Record) -> str:
    verdict = str(advice.get("verdict") or "")
    if verdict == Verdict.UNDECIDED:
        return "Undecided: the time was over before anything was confirmed."
    return "Nothing smaller qualifies."


def _because(advice: Record, best: Record | None, line: Line | None) -> list[str]:
    said = []
    if best is not None and (lower := number(best, "lower")) is not None:
        seeds = number(best, "seeds")
        over = "" if seeds is None else f" over {seeds:g} paired seeds and their images"
        said.append(
            f"Shown{_sure(advice)} on validation images: at least {points(lower)} points{over}."
        )
    if best is not None and line is None:
        why = (
            "decoded images are the same as the raw ones, so no network was trained on them"
            if best.get("role") == Role.LOSSLESS
            else "its trainings are not in this folder"
        )
        said.append(f"It has no mark in the plot and no row in the table: {why}.")
    if advice.get("complete") is False:
        said.append(
            "The search ended for want of time: with more of it, the answer may be smaller."
        )
    for name in ("remarks", "notes"):
        found = advice.get(name)
        said += [str(one) for one in found] if isinstance(found, list) else []
    return said


def _figures(advice: Record, best: Record) -> list[tuple[str, str]]:
    figures = []
    each, images = number(best, "bytes_per_image"), number(advice, "images")
    if each is not None:
        whole = "" if images is None else f"; {size(round(each * images))} in all"
        figures.append((f"{each:.2f} B", f"an image{whole}"))
    if (ratio := number(best, "ratio")) is not None:
        figures.append((f"{ratio:.3g}×", "smaller than the raw images and labels"))
    if (difference := number(best, "difference")) is not None:
        lower = number(best, "lower")
        least = "" if lower is None else f"; at least {points(lower)}{_sure(advice)}, one-sided"
        figures.append((points(difference), f"points from raw, validation images{least}"))
    test = advice.get("test")
    if isinstance(test, Mapping) and (reached := number(test, "recommended")) is not None:
        raw = number(test, "raw")
        beside = "" if raw is None else f"; raw {100 * raw:.2f} %"
        figures.append((f"{100 * reached:.2f} %", f"test accuracy, read once{beside}"))
    return figures


def _sure(advice: Record) -> str:
    level = number(advice, "level")
    return "" if level is None else f" at {100 * level:g} %"


def _others(advice: Record) -> list[tuple[str, str]]:
    """Others that hold, the smallest first, as they were written."""
    found = []
    for one in _records(advice, "runners_up"):
        each, difference = number(one, "bytes_per_image"), number(one, "difference")
        figures = [] if each is None else [f"{each:.2f} bytes an image"]
        figures += [] if difference is None else [f"{points(difference)} points"]
        found.append((str(one.get("codec", "")), ", ".join(figures)))
    return found


def _dropped(advice: Record) -> list[tuple[str, str]]:
    """What was given up, and why; what several rounds say, once."""
    dropped = [
        (str(one.get("what") or one.get("codec", "")), str(one.get("why") or one.get("reason", "")))
        for one in _records(advice, "pruned")
    ]
    return list(dict.fromkeys(dropped))


def _records(advice: Record, name: str) -> list[Record]:
    found = advice.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def number(record: Record, name: str) -> float | None:
    """A finite figure; None where there is none."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e18 < value < 1e18 else None
