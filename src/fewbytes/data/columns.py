"""Which column of a table holds the images, and which the labels."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.data.wording import some
from fewbytes.errors import SourceError

IMAGES = ("image", "img", "picture", "images", "photo", "jpg", "png")
LABELS = ("label", "labels", "fine_label", "class", "category", "target", "cls", "y")


def choose(fitting: Sequence[str], usual: Sequence[str], what: str, where: str) -> str:
    """The column among those of a fitting type: one of a usual name, or else the only one.

    Raises:
        SourceError: there is none, or no way to tell which.
    """
    lowered = {name.lower(): name for name in reversed(fitting)}
    for name in usual:
        if name in lowered:
            return lowered[name]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise SourceError(f"{where}: no column of {what}")
    raise SourceError(
        f"{where}: {some(fitting)} could all be the column of {what}; "
        f"call the one that is {usual[0]!r}"
    )
