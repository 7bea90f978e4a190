"""What the plots share: the page's colours and type, and marks at round figures.

Colours are CSS variables, and the plots are SVG: so one drawing serves a light page, a dark one
and paper, and no text of the data is ever part of an expression.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fewbytes.errors import MissingExtraError

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


SOLID = "cnn"
"""The network whose marks are filled and whose curves are not dashed."""


def altair() -> Any:
    """The altair package. Raises MissingExtraError."""
    try:
        import altair as alt
    except ImportError as error:
        raise MissingExtraError("the report", "altair", "report") from error
    return alt


def ticks(low: float, high: float, digits: Sequence[int] = (1, 2, 5)) -> list[float]:
    """1, 2, 5, 10, ... between two sizes; every digit where these would be few."""
    digits = range(1, 10) if high < 3 * low else digits
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (digit * 10.0**power for power in powers for digit in digits)
    return [step for step in steps if low <= step <= high]


def finished(chart: alt.LayerChart, height: int) -> Spec:
    """The chart at the width of its place on the page, in the page's colours and type."""
    placed = chart.properties(width="container", height=height)
    styled = placed.configure(
        background="transparent",
        font=FONT,
        padding=4,
        axis={
            "labelColor": "var(--soft)", "titleColor": "var(--soft)", "gridColor": "var(--rule)",
            "domainColor": "var(--rule)", "tickColor": "var(--rule)", "labelFontSize": 12,
            "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 10,
        },
        view={"stroke": None},
    )  # fmt: skip
    spec: Spec = styled.to_dict()
    return spec
