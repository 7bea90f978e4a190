"""What several attacks need of one exposure: computed once, kept with it, gone with it.

It lies in the exposure's own dictionary, where its cached properties lie. The three exposures of
the same records share what depends on the images alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from fewbytes.audits.exposure import Exposure, as_identity, as_noise

T = TypeVar("T")

_PLACE = "bench"


@dataclass(frozen=True)
class _Bench:
    of_images: dict[str, Any] = field(default_factory=dict)
    of_codes: dict[str, Any] = field(default_factory=dict)


def once_for_codes(exposure: Exposure, name: str, make: Callable[[Exposure], T]) -> T:
    """`make(exposure)`, made at the first call by that name."""
    return _once(_bench(exposure).of_codes, name, exposure, make)


def once_for_images(exposure: Exposure, name: str, make: Callable[[Exposure], T]) -> T:
    """The same of what looks at images and labels only: the controls of an exposure share it."""
    return _once(_bench(exposure).of_images, name, exposure, make)


def identity(exposure: Exposure) -> Exposure:
    """The positive control, one for all attacks."""
    return _control(exposure, "identity", as_identity)


def noise(exposure: Exposure) -> Exposure:
    """The null control, one for all attacks."""
    return _control(exposure, "noise", as_noise)


def renamed(exposure: Exposure, kind: str) -> Exposure:
    """The same records and codes, of which something else is asked: all that was made is shared."""
    made = replace(exposure, kind=kind)
    vars(made)[_PLACE] = _bench(exposure)
    return made


def _control(exposure: Exposure, name: str, make: Callable[[Exposure], Exposure]) -> Exposure:
    def sharing(source: Exposure) -> Exposure:
        made = make(source)
        vars(made)[_PLACE] = _Bench(_bench(source).of_images)
        return made

    return once_for_codes(exposure, name, sharing)


def _bench(exposure: Exposure) -> _Bench:
    return cast(_Bench, vars(exposure).setdefault(_PLACE, _Bench()))


def _once(kept: dict[str, Any], name: str, exposure: Exposure, make: Callable[[Exposure], T]) -> T:
    if name not in kept:
        kept[name] = make(exposure)
    return cast(T, kept[name])
