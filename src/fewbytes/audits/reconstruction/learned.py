"""A learned decoder: the attacker has pairs, and a network in place of a matrix.

The network corrects the least-squares estimate of `pairs`. It is trained on nine tenths of the
known pairs, and the last tenth says when to stop, at the linear estimate itself where that is best.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.pairs import as_numbers, early_fit
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, held, picture_error
from fewbytes.audits.reconstruction.residual_network import Pairs, trained


def learned(exposure: Exposure) -> Rebuilt:
    """What the network makes of the codes. Raises InputError as `pairs` does."""
    inputs, linear = as_numbers(exposure), early_fit(exposure)

    def prepared(rows: slice) -> Pairs:
        estimates = linear(inputs[rows]).reshape(-1, *exposure.images.shape[1:])
        return Pairs(inputs[rows].astype(np.float32), estimates, exposure.images[rows])

    compared = held(exposure)
    network = trained(prepared(slice(0, compared.start)), prepared(compared), exposure.seed)
    images = network.images(prepared(exposure.targets))
    error = picture_error(exposure, images)
    method = f"a network trained on {compared.start:,} known pairs, {network.rounds} rounds kept"
    return Rebuilt(network.images(prepared(compared)), images, error, method)
