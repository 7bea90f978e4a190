"""Known pairs: the attacker has some images with their codes, and knows nothing of the codec.

Least squares from codes to images, ridge regression of a strength that is chosen on the pairs. The
codes are read as they stand, as numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.bench import once_for_codes
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.reconstruction.least_squares import ridge
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, estimated, held, level_error, levels
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import psnr

FEWEST = 8
"""Pairs where the curve begins."""

LARGEST = 4096
"""Equations, or values of a code, that are solved for. Of more pairs with larger codes, this many
are used."""


def pairs(exposure: Exposure) -> Rebuilt:
    """Estimates from all known pairs, and the curve.

    Exhibit, but not of the controls: `pairs` (k,), how many; `psnr`, `psnr_low` and `psnr_high`
    (k,), what they reach.

    Raises:
        InputError: codes whose symbols are names of vectors, or that hold NaN or infinite values.
    """
    inputs = as_numbers(exposure)

    def learn(known: slice) -> AffineMap:
        if known.stop == held(exposure).start:
            return early_fit(exposure)
        return fit(exposure, known.stop)

    method = f"ridge regression on {used(exposure, exposure.known.stop):,} known pairs"
    made = estimated(exposure, inputs, learn, method)
    return replace(made, exhibit=_curve(exposure, made)) if exposure.kind == STORE else made


def as_numbers(exposure: Exposure) -> NDArray[Any]:
    """The codes as vectors (n, d). Raises InputError where they are none."""
    fitted = exposure.fitted
    if fitted.code_shape != fitted.coefficient_shape:
        raise InputError(
            f"a symbol of {fitted.codec.quantizer.name} is the name of a vector, not a number"
        )
    found = exposure.codes.reshape(len(exposure), -1)
    if not np.isfinite(found).all():
        raise InputError("the codes hold NaN or infinite values")
    return found


def early_fit(exposure: Exposure) -> AffineMap:
    """The fit to all known pairs but those held back for comparing rungs."""
    return once_for_codes(exposure, "early_fit", lambda e: fit(e, held(e).start))


def fit(exposure: Exposure, count: int) -> AffineMap:
    """Codes (m, d) to pixels (m, p), from the first `count` known pairs."""
    count = used(exposure, count)
    return ridge(as_numbers(exposure)[:count], exposure.pixels[:count])


def used(exposure: Exposure, count: int) -> int:
    """How many of so many pairs are used."""
    size = exposure.codes[0].size
    return count if min(count, size) <= LARGEST else LARGEST


def _curve(exposure: Exposure, made: Rebuilt) -> dict[str, NDArray[Any]]:
    """PSNR over the targets by the number of pairs: powers of two, then all."""
    most = used(exposure, exposure.known.stop)
    counts = [2**k for k in range(20) if FEWEST <= 2**k < most]
    inputs = as_numbers(exposure)[exposure.targets]
    errors = [level_error(exposure, levels(fit(exposure, n), inputs)) for n in counts]
    found = [psnr(error) for error in (*errors, made.error)]
    return {
        "pairs": np.array([*counts, most]),
        "psnr": np.array([one.value for one in found], np.float64),
        "psnr_low": np.array([one.low for one in found], np.float64),
        "psnr_high": np.array([one.high for one in found], np.float64),
    }
