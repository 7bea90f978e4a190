"""The families by name."""

from __future__ import annotations

from fewbytes.errors import InputError
from fewbytes.measures.information.probes.contract import Family
from fewbytes.measures.information.probes.linear import Linear
from fewbytes.measures.information.probes.neighbours import Neighbours
from fewbytes.measures.information.probes.networks import CNN, MLP
from fewbytes.types import Shape

FAMILIES: dict[str, Family] = {one.name: one for one in (Linear(), Neighbours(), MLP(), CNN())}


def family_named(name: str, shape: Shape, picture: bool) -> Family:
    """The family `name`, for values of this shape.

    Raises:
        InputError: no such family, or it cannot take such values.
    """
    if name not in FAMILIES:
        raise InputError(f"no family of probes is named {name!r}; give {', '.join(FAMILIES)}")
    FAMILIES[name].check(shape, picture)
    return FAMILIES[name]
