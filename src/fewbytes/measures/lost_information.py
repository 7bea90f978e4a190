"""Usable information about the label that a codec destroys, image by image.

The pointwise V-information of Ethayarajh, Choi and Swayamdipta (2022), "Understanding dataset
difficulty with V-usable information", equation 4, of one family of readers, in the original image
minus in its code: how many bits the reader lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, Measurement
from fewbytes.measures.usable import Usable


def pointwise_loss(codes: Usable, originals: Usable) -> NDArray[np.float64]:
    """Bits lost of each record that was evaluated, (m,).

    Raises:
        InputError: the two were evaluated on other records.
    """
    if not np.array_equal(codes.records, originals.records):
        raise InputError("codes and originals were not evaluated on the same records")
    return originals.pointwise - codes.pointwise


def lost_information(codes: Usable, originals: Usable) -> Measurement:
    """Mean bits that the reader lost: paired over records, so that what makes an image hard in both
    cancels. Both readers were trained, each once: the interval is that of the records evaluated.

    Raises:
        InputError: the two were evaluated on other records.
    """
    lost = pointwise_loss(codes, originals)
    mean, n = float(lost.mean()), len(lost)
    half = DEVIATIONS * float(lost.std(ddof=1)) / n**0.5
    return Measurement(
        "usable.lost", "bits", mean, mean - half, mean + half, n,
        method=f"pointwise information of the originals minus that of the codes, {n:,} held-out "
        "records, normal interval of the paired mean",
        reference="Ethayarajh, Choi, Swayamdipta (2022), equation 4",
    )  # fmt: skip
