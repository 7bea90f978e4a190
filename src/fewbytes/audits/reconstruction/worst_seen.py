"""The interval of a mean that a few records set, from the worst of them.

Where nearly all images are exact, the few others set the spread, and a normal interval knows too
little. But of n records none was worse than the worst seen, so that at most a share p of others is
(Clopper & Pearson 1934, Biometrika 26: by 7.6 / n), and the mean is no worse than

    (1 - p) worst seen + p worst possible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fewbytes.audits.figures import LEAST, clopper_pearson
from fewbytes.measures.measurement import Measurement, Verdict


def by_worst_seen(
    found: Measurement, worst_seen: Callable[[], float], best: float, worst: float
) -> Measurement:
    """`found`, or where its interval is doubted though there are records enough, this one. `best`
    and `worst` are the figures that a record can have; `worst_seen` is called where it is needed.
    """
    if found.verdict is not Verdict.UNRELIABLE or found.n < LEAST:
        return found
    beyond = 1 - clopper_pearson(found.n, found.n)[0]
    low, high = sorted((best, (1 - beyond) * worst_seen() + beyond * worst))
    method = f"{found.method}; interval from the worst image seen (Clopper & Pearson 1934)"
    return replace(
        found, low=low, high=high, method=method, verdict=Verdict.RELIABLE, warnings=()
    )  # fmt: skip
