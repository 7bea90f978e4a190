"""The rungs of the ladder by name, the weakest attacker first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fewbytes.audits.bench import once_for_codes
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.decoder import decoder
from fewbytes.audits.reconstruction.learned import learned
from fewbytes.audits.reconstruction.linear_estimate import linear_estimate
from fewbytes.audits.reconstruction.pairs import pairs
from fewbytes.audits.reconstruction.pseudo_inverse import pseudo_inverse
from fewbytes.audits.reconstruction.rebuilt import Rebuilt

RUNGS: Mapping[str, Callable[[Exposure], Rebuilt]] = {
    "decoder": decoder,
    "pseudo_inverse": pseudo_inverse,
    "linear_estimate": linear_estimate,
    "pairs": pairs,
    "learned": learned,
}


def made_by(rung: str, exposure: Exposure) -> Rebuilt:
    """What a rung makes of an exposure's codes, made once. Raises InputError as the rung does."""
    return once_for_codes(exposure, f"rung.{rung}", RUNGS[rung])
