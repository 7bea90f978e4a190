"""Every attack, in groups."""

from __future__ import annotations

from collections.abc import Mapping

from fewbytes.audits.attack import Attack

GROUPS: Mapping[str, tuple[Attack, ...]] = {}
