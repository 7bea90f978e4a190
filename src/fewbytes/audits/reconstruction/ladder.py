"""The attacks that rebuild images from codes, as an audit runs them."""

from __future__ import annotations

from collections.abc import Sequence

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Trial
from fewbytes.audits.reconstruction import wording
from fewbytes.audits.reconstruction.agreement import agreement
from fewbytes.audits.reconstruction.guess import guess_of
from fewbytes.audits.reconstruction.judged import judged
from fewbytes.audits.reconstruction.linear_floor import linear_floor
from fewbytes.audits.reconstruction.mean_image import mean_image
from fewbytes.audits.reconstruction.rungs import made_by


def _rung(name: str) -> Attack:
    def run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
        guess_of(exposure)  # refuses too few records before anything is learned
        settings.tell(f"rebuilding images: {name.replace('_', ' ')}, {exposure.kind} codes")
        return judged(name, exposure, made_by(name, exposure))

    return Attack(wording.claims(name), run)


MEAN_IMAGE = Attack(wording.MEAN_IMAGE, mean_image)
DECODER = _rung("decoder")
PSEUDO_INVERSE = _rung("pseudo_inverse")
LINEAR_ESTIMATE = _rung("linear_estimate")
PAIRS = _rung("pairs")
LEARNED = _rung("learned")
FLOOR = Attack(wording.FLOOR, linear_floor)
AGREEMENT = Attack(wording.AGREEMENT, agreement)

LADDER = (
    MEAN_IMAGE, DECODER, PSEUDO_INVERSE, LINEAR_ESTIMATE, PAIRS, LEARNED, FLOOR, AGREEMENT,
)  # fmt: skip
"""In the order of a report: what needs no code, the weakest attacker, and so on up."""
