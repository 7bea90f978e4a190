"""Advice as a table, and in sentences for who has to decide."""

from __future__ import annotations

import math
import shlex
from typing import Any

from rich.table import Table
from rich.text import Text

from fewbytes.advice.advised import Advised, Confirmed, Role, Verdict
from fewbytes.advice.question import LEAST_SEEDS, LEVEL
from fewbytes.advice.traffic import Traffic, Usage, traffic
from fewbytes.report.numbers import size

HEADER = (
    "codec", "B/image", "ratio", "val %", "val - raw", "at least", "train s", "times smaller",
    "verdict",
)  # fmt: skip

MOST_PRUNED = 12

ANEW = "A larger --budget with another --out may find more."


def opening(advised: Advised, source: str, wanted_size: str | None) -> list[str]:
    """The answer, and the command that makes it."""
    lines = [f"note: {remark}" for remark in advised.remarks]
    if advised.unreadable:
        lines.append(f"note: {advised.unreadable:,} images could not be read and are left out")
    best = advised.recommended
    lines += ["", _answer(advised)]
    if best is not None:
        resized = "" if wanted_size is None else f" --size {wanted_size}"
        name = shlex.quote(source)
        lines.append(
            f"make it: fewbytes compress {name} STORE --codec {shlex.quote(best.codec)}{resized}"
        )
    return [*lines, ""]


def _answer(advised: Advised) -> str:
    best, question = advised.recommended, advised.question
    if best is None:
        if advised.verdict is Verdict.NOTHING:
            return f"Nothing smaller qualifies{_asked(advised)}."
        if advised.exhausted:
            return (
                f"Undecided: nothing was confirmed{_asked(advised)}, of what the budget had time "
                f"to look for. What is known stands below. {ANEW}"
            )
        assert advised.budget is not None
        return (
            f"Undecided: the budget of {advised.budget:.0f} s ended before anything was confirmed"
            f"{_asked(advised)}. What is known stands below; a larger --budget goes on from here."
        )
    text = (
        f"Recommended: {best.codec}\n{best.bytes_per_image:.2f} bytes an image, everything counted"
    )
    text += f": {best.ratio:.1f} times smaller than raw."
    if best.role is Role.LOSSLESS:
        return (
            f"{text} It loses nothing: the images are the same, and so is what is trained on them."
        )
    if question.max_loss is not None:
        text += (
            f" No worse than raw by more than {question.max_loss:g} points, shown at "
            f"{100 * advised.level:g} %: {_points(best.difference)} on validation images, at least "
            f"{_points(best.lower)}, over {best.seeds} paired seeds of {advised.epochs} epochs."
        )
    else:
        text += (
            f" The most accurate that was found: {_points(best.difference)} against raw on "
            f"validation images, at least {_points(best.lower)} ({100 * advised.level:.4g} %)."
        )
    if advised.test is not None:
        text += (
            f" Test split, read once, now: {100 * advised.test.recommended:.2f} %, raw "
            f"{100 * advised.test.raw:.2f} % ({_points(advised.test.difference)})."
        )
    return text


def _asked(advised: Advised) -> str:
    if advised.question.max_loss is not None:
        return f" within {advised.question.max_loss:g} points of the raw images"
    return f" within {advised.question.max_bytes:g} bytes an image"


def table(advised: Advised) -> Table:
    """All that was trained in full, for a terminal."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in HEADER:
        left = name in ("codec", "verdict")
        grid.add_column(
            name, justify="left" if left else "right", overflow="fold", no_wrap=not left,
            min_width=24 if name == "codec" else None,
        )  # fmt: skip
    for one in advised.confirmed:
        grid.add_row(*map(Text, row(advised, one)))
    return grid


def row(advised: Advised, one: Confirmed) -> list[str]:
    """The cells of a codec, under HEADER."""
    times = advised.times_smaller(one)
    return [
        f"{one.name}: {one.codec}" if one.name else one.codec,
        f"{one.bytes_per_image:.2f}",
        f"{one.ratio:.2f}",
        "—" if one.accuracy is None else f"{100 * one.accuracy:.2f}",
        "reference" if one.role is Role.RAW else _points(one.difference),
        _points(one.lower),
        "—" if one.train_seconds is None else f"{one.train_seconds:.1f}",
        "—" if times is None else f"{times:.2f}",
        _verdict(advised, one),
    ]


def _verdict(advised: Advised, one: Confirmed) -> str:
    if one.role is Role.RAW:
        return ""
    if one == advised.recommended:
        return "recommended"
    if one.why:
        return one.why
    few = one.role is Role.DEFAULT and one.seeds < LEAST_SEEDS
    if few or (one.role is Role.CANDIDATE and one.seeds < advised.seeds):
        return f"{one.seeds} of {advised.seeds} seeds"
    if one.role is Role.LOSSLESS:
        return "loses nothing"
    return "holds" if one.holds else "not shown"


def closing(advised: Advised, usage: Usage) -> list[str]:
    """What else there is to know: defaults, what was pruned, bandwidth."""
    lines = ["", _legend(advised)]
    lines += [_against(advised, one, times) for one, times in _habits(advised)]
    if len(advised.candidates) > 0:
        lines.append(
            f"Short trainings tried {len(advised.candidates)} codecs; figures are estimates:"
        )
        lines += [f"  {one.what}: {one.why}" for one in advised.pruned[:MOST_PRUNED]]
    lines += _bandwidth(advised, usage)
    return [*lines, f"{advised.spent:.0f} s spent{_more(advised)}"]


def _habits(advised: Advised) -> list[tuple[Confirmed, float]]:
    found = [(one, advised.times_smaller(one)) for one in advised.defaults]
    return [(one, t) for one, t in found if t is not None and one.difference is not None]


def _against(advised: Advised, habit: Confirmed, times: float) -> str:
    """What the answer saves against a habit, or costs, and whether the habit would do."""
    saved = f"{times:.1f} times fewer bytes" if times >= 1 else f"{1 / times:.1f} times the bytes"
    if advised.question.max_loss is not None:
        holds = "shown to be" if habit.holds else "not shown to be"
        said = f"which itself is {holds} within the allowance"
    else:
        said = f"which itself takes {'no more' if habit.holds else 'more'} bytes than allowed"
    return f"Against a habit ({habit.name}, {_points(habit.difference)}, {said}): {saved}."


def written(advised: Advised, where: str, total: int) -> str:
    """Where the store advised was written, and that its bytes are those that were advised."""
    assert advised.recommended is not None
    line = f"written to {where}: {total:,} bytes"
    more, limit = total - advised.recommended.total_bytes, advised.question.max_bytes
    if more:
        line += (
            f", {abs(more):,} {'more' if more > 0 else 'fewer'} than were counted above, where "
            "the list of what was left out and of duplicates is not"
        )
    if limit is not None and total > limit * advised.images:
        line += f"; with them it takes more than {limit:g} bytes an image"
    return line


def _more(advised: Advised) -> str:
    """What more time would do."""
    if advised.complete:
        return ""
    if advised.exhausted:
        return f"; the order fixed for that time is gone through. {ANEW}"
    return "; with a larger --budget the search goes on, and the answer may be smaller"


def _legend(advised: Advised) -> str:
    order = (
        "Candidates are tested in this order until one fails, which keeps the level for all."
        if advised.question.max_loss is not None
        else f"The bounds of all candidates hold together ({100 * LEVEL:g} % in all)."
    )
    return (
        "'val - raw' is the mean difference over seeds on validation images, in percentage points; "
        f"'at least', its one-sided {100 * advised.level:.4g} % bound over seeds and images; "
        f"'times smaller', the bytes of a line over those of the codec recommended. {order}"
    )


def _bandwidth(advised: Advised, usage: Usage) -> list[str]:
    if advised.recommended is None or advised.raw is None:
        return []
    small, raw = (_traffic(advised, one, usage) for one in (advised.recommended, advised.raw))
    moves = [
        f"{duration(small.move_seconds[link])} at {link} (raw {duration(raw.move_seconds[link])})"
        for link in small.move_seconds
    ]
    return [
        f"Bandwidth: an epoch with {usage.workers} workers moves {size(round(small.epoch_bytes))} "
        f"(raw {size(round(raw.epoch_bytes))}), {usage.epochs} epochs "
        f"{size(round(small.training_bytes))} (raw {size(round(raw.training_bytes))}).",
        f"Moving the whole set takes {' and '.join(moves)}.",
        f"A copy costs {dollars(small.month_dollars)} a month (raw {dollars(raw.month_dollars)}), "
        f"at ${usage.price:g} for a GB-month, which is assumed unless given.",
    ]


def _traffic(advised: Advised, one: Confirmed, usage: Usage) -> Traffic:
    share = advised.train_images / max(1, advised.images)
    return traffic(one.total_bytes, usage, share)


def usage_json(advised: Advised, usage: Usage) -> dict[str, Any]:
    """Bandwidth as plain values."""
    found = {"raw": advised.raw, "recommended": advised.recommended}
    return {
        "usage": vars(usage),
        "traffic": {
            name: None if one is None else _traffic(advised, one, usage).as_json()
            for name, one in found.items()
        },
    }


def duration(seconds: float) -> str:
    """`0.30 s`, `12 s`, `3 m 20 s`, `2.1 h`."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} m {seconds % 60:.0f} s"
    return f"{seconds / 3600:.1f} h"


def dollars(amount: float) -> str:
    """With two digits that count."""
    if amount == 0:
        return "$0"
    digits = max(2, 1 - math.floor(math.log10(amount)))
    return f"${amount:.{digits}f}"


def _points(fraction: float | None) -> str:
    if fraction is None or math.isnan(fraction):
        return "—"
    return f"{100 * fraction:+.2f}"
