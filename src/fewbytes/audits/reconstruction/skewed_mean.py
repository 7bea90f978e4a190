"""The mean of figures whose tail is long on one side, as square errors are.

The normal interval, moved towards the long tail by the third-order term of Johnson 1978, "Modified
t tests and confidence intervals for asymmetrical populations", J. Am. Stat. Assoc. 73.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.figures import mean
from fewbytes.measures.measurement import DEVIATIONS, Measurement


def mean_error(each: NDArray[np.float64]) -> Measurement:
    """The mean of square errors (n,): "mse", "grey levels^2". Raises InputError below two."""
    found = mean("mse", "grey levels^2", each, "mean over all pixels", "Johnson 1978")
    assert found.low is not None
    assert found.high is not None
    centred = each - each.mean()
    spread = float(np.mean(centred**2))
    skewness = float(np.mean(centred**3)) / spread**1.5 if spread > 0 else 0.0
    shift = math.sqrt(spread) * skewness * (1 + 2 * DEVIATIONS**2) / (6 * len(each))
    low = max(0.0, found.low + min(0.0, shift))
    return replace(found, low=low, high=found.high + max(0.0, shift))
