"""How sure a network is of a record's label, on a scale where it is about normal.

    phi = log p_y - log sum over y' != y of p_y'

the logit of the probability of the true label: Carlini et al. 2022, "Membership inference attacks
from first principles". Of logits l it is l_y - logsumexp over y' != y of l_y', which loses nothing
where p_y rounds to 1. Every attack here needs no more of a network than this:
p_y = 1 / (1 + exp(-phi)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from fewbytes.errors import InputError
from fewbytes.types import Labels


def stable_logit(logits: NDArray[Any], labels: Labels) -> NDArray[np.float64]:
    """phi of each record, (n,), in float64, from logits (n, classes) and labels (n,).

    Raises:
        InputError: fewer than two classes, or logits that are no numbers.
    """
    if logits.shape[1] < 2:
        raise InputError("1 class: a network that knows one answer tells nothing")
    exact = logits.astype(np.float64)
    if not np.isfinite(exact).all():
        raise InputError("a network's outputs are not finite")
    rows = np.arange(len(labels))
    own = exact[rows, labels]
    exact[rows, labels] = -np.inf
    found: NDArray[np.float64] = own - logsumexp(exact, axis=1)
    return found
