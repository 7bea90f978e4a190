"""One colour a codec, the same in every plot of a study; colour-blind-safe.

Hues are those of Okabe and Ito (2008, "Color Universal Design"), one a family of codecs, the raw
images black. Members of a family, such as the steps of a sweep, share the hue and grow lighter.
"""

from __future__ import annotations

from collections.abc import Iterable

from fewbytes.report.study.series import family
from fewbytes.studies.config import RAW

HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7A00")
BLACK, WHITE = "#000000", "#ffffff"
ON_DARK = 0.25
"""How far hues are moved towards white on a dark page."""

LIGHTEST = 0.6
"""How far the last member of a family is from its hue to white."""


def colours(codecs: Iterable[str]) -> dict[str, str]:
    """A colour `#rrggbb` for every codec, by order of appearance."""
    families: dict[str, list[str]] = {}
    for codec in dict.fromkeys(codecs):
        if codec != RAW:
            families.setdefault(family(codec), []).append(codec)
    chosen = {RAW: BLACK}
    for place, members in enumerate(families.values()):
        hue = HUES[place % len(HUES)]
        for rank, codec in enumerate(members):
            chosen[codec] = _lighter(hue, LIGHTEST * rank / max(1, len(members)))
    return chosen


def on_dark(colour: str) -> str:
    """The same colour for a dark page, where black is white."""
    return WHITE if colour == BLACK else _lighter(colour, ON_DARK)


def _lighter(colour: str, share: float) -> str:
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02x}" for c in channels)
