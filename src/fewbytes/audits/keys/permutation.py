"""The order of the pixels from known pairs, where codes are the pixels in a secret order.

A position of the code is a pixel that had the same value in every known pair. One pair whose pixels
are all different tells the whole order, so does one image of the attacker's own choice; of images
as they are, pixels that were equal in all pairs are not yet told apart.

Exhibit of `keys.permutation`, for k numbers of pairs:

    pairs     (k,)  how many were known
    recovered (k,)  share of the positions that vary in the targets
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Claim, Trial
from fewbytes.errors import InputError

ORDER = "keys.permutation"

RECORDS = 4
"""Fewest that halves are made of."""

MOST = 1024
"""Known pairs used, at most."""


def matched(images: NDArray[np.float32], codes: NDArray[np.float32]) -> NDArray[np.int64]:
    """The pixel that each position of the code holds, (p,), of pairs (n, p): the same number in all
    of them; -1 where there is none. Of pixels that are equal in all pairs, in their order.

    Raises:
        InputError: pairs of different shapes.
    """
    if images.ndim != 2 or images.shape != codes.shape:
        raise InputError(f"codes {codes.shape} are not images {images.shape} in another order")
    free: dict[bytes, list[int]] = {}
    for pixel in reversed(range(images.shape[1])):
        free.setdefault(_history(images, pixel), []).append(pixel)
    same = (free.get(_history(codes, position), []) for position in range(codes.shape[1]))
    return np.array([found.pop() if found else -1 for found in same], np.int64)


def reordered(images: NDArray[np.float32], codes: NDArray[np.float32]) -> bool:
    """Whether each code (n, p) holds the numbers of its image (n, p), in whatever order."""
    if images.shape != codes.shape:
        return False
    return bool(np.array_equal(np.sort(images, axis=1), np.sort(codes, axis=1)))


def _history(vectors: NDArray[np.float32], position: int) -> bytes:
    """What a position held in all vectors; adding 0 makes -0 equal to 0."""
    column: NDArray[np.float32] = np.ascontiguousarray(vectors[:, position], np.float32) + 0
    return column.tobytes()


def _run(exposure: Exposure, settings: Settings) -> Sequence[Trial]:
    require(exposure, RECORDS, "an attack by known pairs")
    images, codes = exposure.pixels[exposure.known][:MOST], exposure.values[exposure.known][:MOST]
    if not reordered(images, codes):
        raise InputError("the codes are not the pixels in another order")
    x, y = exposure.pixels[exposure.targets], exposure.values[exposure.targets]
    varying = np.flatnonzero(np.ptp(y, axis=0) > 0)
    if not len(varying):
        raise InputError(f"no position of the code varies over {len(y):,} targets")
    pairs = np.array(sorted({*(1 << i for i in range(len(images).bit_length())), len(images)}))
    shares = np.array([_share(matched(images[:n], codes[:n]), x, y, varying) for n in pairs])
    figure = exactly(
        ORDER, "share", float(shares[-1]),
        f"of {len(varying):,} positions that vary in the targets, with {pairs[-1]:,} pairs",
    )  # fmt: skip
    chance = exactly(ORDER, "share", 1 / len(varying), "an order drawn at random")
    return [Trial(figure, chance, exhibit={"pairs": pairs, "recovered": shares})]


def _share(
    order: NDArray[np.int64],
    images: NDArray[np.float32],
    codes: NDArray[np.float32],
    varying: NDArray[np.int64],
) -> float:
    """Share of the varying positions whose pixel is right in every image."""
    right = [order[j] >= 0 and np.array_equal(images[:, order[j]], codes[:, j]) for j in varying]
    return float(np.mean(right))


PERMUTATION = Attack(
    claims={
        ORDER: Claim(
            "Order of the pixels, found from known pairs",
            "share",
            "The codes are the pixels in some order. Somebody who has images beside their codes, "
            "and no key, finds {value} of that order by looking which pixel always equals which "
            "position.",
            "Known pairs told no more of the order of the pixels ({value}) than guessing "
            "({chance}).",
            "An attacker with up to 1,024 images beside their codes, where codes are pixel values "
            "in another order and nothing else was done to them. One image of the attacker's own "
            "choice may be enough.",
        )
    },
    run=_run,
)
