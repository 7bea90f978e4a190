"""What packages bring, ours among them: entry points, each imported when it is first used."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from fewbytes.errors import FewbytesError


def declared(group: str, what: str, refusal: type[FewbytesError]) -> dict[str, EntryPoint]:
    """The entry points of a group by name; `what` is what they are called in messages.

    Raises:
        refusal: two packages declare one name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        twin = found.setdefault(point.name, point)
        if twin.value != point.value:
            raise refusal(
                f"two packages declare a {what} named {point.name!r}: {twin.value} and "
                f"{point.value}; uninstall one of them"
            )
    return found


def imported(point: EntryPoint, what: str, refusal: type[FewbytesError]) -> Any:
    """What an entry point stands for.

    Raises:
        refusal: it cannot be imported.
    """
    try:
        return point.load()
    except Exception as error:  # whatever a plug-in's import raises
        raise refusal(
            f"the {what} {point.name!r} ({point.value}) cannot be imported: {error}"
        ) from error
