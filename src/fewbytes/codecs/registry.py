"""Which stages exist. All of them, ours included, are entry points of the group `fewbytes.stages`:
the name is what users type, the value the class. A stage is imported when it is first used.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint
from inspect import isabstract
from typing import TypeGuard, TypeVar

from fewbytes.codecs.stage import Coder, Quantizer, Selection, Stage, Transform
from fewbytes.errors import CodecError, UnknownStageError
from fewbytes.plugins import declared, imported

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
    return declared(GROUP, "stage", CodecError)


def _is_whole(cls: type, name: str) -> TypeGuard[type[Stage]]:
    kinds = Selection | Transform | Quantizer | Coder
    return issubclass(cls, kinds) and not isabstract(cls) and getattr(cls, "name", None) == name


@cache
def _load(point: EntryPoint) -> type[Stage]:
    cls = imported(point, "stage", CodecError)
    if not (isinstance(cls, type) and _is_whole(cls, point.name)):
        raise CodecError(
            f"the entry point {point.name} = {point.value} is not a whole Transform, "
            f"Quantizer, Coder or Selection named {point.name!r}"
        )
    return cls
