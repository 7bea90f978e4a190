"""Which stages exist. All of them, ours included, are entry points of the group `fewbytes.stages`:
the name is what users type, the value the class. A stage is imported when it is first used.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from typing import TypeGuard, TypeVar

from fewbytes.codecs.stage import Coder, Quantizer, Stage, Transform
from fewbytes.errors import CodecError, UnknownStageError

GROUP = "fewbytes.stages"

_registered: dict[str, type[Stage]] = {}

StageType = TypeVar("StageType", bound=type[Stage])


def register(cls: StageType) -> StageType:
    """Make a stage known in this process alone, for a script or a notebook. A decorator.

    Raises:
        CodecError: another stage has that name.
    """
    if cls.name in _declared() or _registered.get(cls.name, cls) is not cls:
        raise CodecError(f"a stage named {cls.name!r} exists already; choose another name")
    _registered[cls.name] = cls
    return cls


def stage_names() -> list[str]:
    """Every name that a codec may use, sorted."""
    return sorted({*_declared(), *_registered})


def stage_class(name: str) -> type[Stage]:
    """The stage of that name.

    Raises:
        UnknownStageError: no stage has it; the message suggests the nearest.
    """
    if name in _registered:
        return _registered[name]
    if name not in _declared():
        raise UnknownStageError(
            f"no stage is named {name!r}{suggestion(name, stage_names())}; "
            f"the stages are: {', '.join(stage_names())}"
        )
    return _load(_declared()[name])


def suggestion(word: str, known: Iterable[str]) -> str:
    """The words `, did you mean 'x'?` where a known word is near, else none."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


@cache
def _declared() -> dict[str, EntryPoint]:
    declared: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        twin = declared.setdefault(point.name, point)
        if twin.value != point.value:
            raise CodecError(
                f"two packages declare a stage named {point.name!r}: {twin.value} and "
                f"{point.value}; uninstall one of them"
            )
    return declared


def _is_whole(cls: type, name: str) -> TypeGuard[type[Stage]]:
    kinds = Transform | Quantizer | Coder
    return issubclass(cls, kinds) and not isabstract(cls) and getattr(cls, "name", None) == name


@cache
def _load(point: EntryPoint) -> type[Stage]:
    try:
        cls = point.load()
    except Exception as error:  # whatever a plug-in's import raises
        raise CodecError(
            f"the stage {point.name!r} ({point.value}) cannot be imported: {error}"
        ) from error
    if not (isinstance(cls, type) and _is_whole(cls, point.name)):
        raise CodecError(
            f"the entry point {point.name} = {point.value} is not a whole Transform, "
            f"Quantizer or Coder named {point.name!r}"
        )
    return cls
