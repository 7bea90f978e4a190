"""What a rung of the ladder makes of codes.

Linear attackers are judged, as all are, by the picture that they make: whole grey levels, cut to
0..255, which costs them nothing and is better by a decibel or so on dark images. The linear floor
bounds what they estimate before that: it is kept as `uncut`, and `method` says it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import IDENTITY, Exposure
from fewbytes.audits.reconstruction.skewed_mean import mean_error
from fewbytes.audits.reconstruction.worst_seen import by_worst_seen
from fewbytes.measures.distortion.fidelity import PEAK, psnr, squared_error
from fewbytes.measures.measurement import Measurement
from fewbytes.types import Images

_FARTHEST = 1e6
"""Grey levels, either way; estimates from codes that say nothing may be anywhere."""

_ROWS = 512

Levels = NDArray[np.int32]
"""Grey levels (m, p), which may lie outside 0 to 255."""

Estimator = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Code values (m, d) to pixels (m, p)."""


@dataclass(frozen=True)
class Rebuilt:
    """Images that one rung made of codes."""

    held: Images
    """Of the last tenth of the known records, by what was learned on the others."""
    targets: Images
    error: Measurement
    """Mean square error of the pictures over the targets, "grey levels^2"."""
    method: str
    exhibit: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    uncut: Measurement | None = None
    """The same of what a linear attacker estimates, before it is cut to 0..255."""


def held(exposure: Exposure) -> slice:
    """The last tenth of the known records, on which rungs are compared."""
    known = exposure.known.stop
    return slice(known - max(2, known // 10), known)


def estimated(
    exposure: Exposure, inputs: NDArray[Any], learn: Callable[[slice], Estimator], method: str
) -> Rebuilt:
    """What a linear attacker makes of `inputs` (n, d). `learn` is given known records."""
    targets, compared = exposure.targets, held(exposure)
    early = levels(learn(slice(0, compared.start)), inputs[compared])
    final = levels(learn(exposure.known), inputs[targets])
    images = picture(final, exposure)
    uncut = level_error(exposure, final)
    said = f"{method}; cut to 0..255 (before that, as the floor has it: {psnr(uncut).value:.4g} dB)"
    error = picture_error(exposure, images)
    return Rebuilt(picture(early, exposure), images, error, said, uncut=uncut)


def levels(estimate: Estimator, inputs: NDArray[Any]) -> Levels:
    """Estimates of inputs (m, d), some rows at a time."""
    parts = np.array_split(inputs, range(_ROWS, len(inputs), _ROWS))
    return np.concatenate(
        [np.rint(estimate(part)).clip(-_FARTHEST, _FARTHEST).astype(np.int32) for part in parts]
    )


def picture(found: Levels, exposure: Exposure) -> Images:
    """Levels (m, p) cut to 0..255, as images (m, h, w, c)."""
    return found.clip(0, PEAK).astype(np.uint8).reshape(-1, *exposure.images.shape[1:])


def level_error(exposure: Exposure, found: Levels) -> Measurement:
    """The mean square error of levels (m, p) of the targets, which may lie outside 0..255."""
    if found.min() >= 0 and found.max() <= PEAK:
        return picture_error(exposure, picture(found, exposure))
    return mean_error(_errors(exposure, found))


def picture_error(exposure: Exposure, images: Images) -> Measurement:
    """The mean square error of images (m, h, w, c) of the targets."""
    flat = images.reshape(len(images), -1)
    if exposure.kind == IDENTITY:
        # a control asks whether the attack works, not how rarely it may fail
        return mean_error(_errors(exposure, flat))
    found = squared_error(exposure.images[exposure.targets], images)
    return by_worst_seen(found, lambda: float(_errors(exposure, flat).max()), 0, PEAK**2)


def _errors(exposure: Exposure, found: NDArray[Any]) -> NDArray[np.float64]:
    """The mean square error of each target (m,)."""
    true = exposure.images[exposure.targets].reshape(len(found), -1)
    pairs = zip(found, true, strict=True)
    return np.array([np.square(np.subtract(a, b, dtype=np.float64)).mean() for a, b in pairs])
