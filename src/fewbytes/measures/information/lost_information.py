"""Usable information about the label that a codec destroys, image by image.

The pointwise V-information of Ethayarajh, Choi and Swayamdipta (2022), "Understanding dataset
difficulty with V-usable information", equation 4, of one family of readers, in the original image
minus in its code: how many bits the reader lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.measures.information.probes.concentration import TAIL, mean_low
from fewbytes.measures.information.usable import Usable
from fewbytes.measures.measurement import Measurement


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

    What one record lost has ends, those that both readers' probabilities can reach, so that
    `mean_low` holds for the mean and for its negative, also where few records lose much and none of
    these were drawn. Where both are one `Usable`, which is one reader of the same values, nothing
    is lost, and the interval is 0 alone.

    Raises:
        InputError: the two were evaluated on other records.
    """
    lost = pointwise_loss(codes, originals)
    mean, n = float(lost.mean()), len(lost)
    least = originals.reach[0] - codes.reach[1]
    most = originals.reach[1] - codes.reach[0]
    low, high = mean_low(lost, least, most, TAIL), -mean_low(-lost, -most, -least, TAIL)
    how = "ends by betting"
    if codes is originals:
        low, high, how = 0.0, 0.0, "both from the same reader of the same values: nothing is lost"
    return Measurement(
        "usable.lost", "bits", mean, min(low, mean), max(high, mean), n,
        method=f"pointwise information of the originals minus that of the codes, {n:,} held-out "
        f"records; {how}",
        reference="Ethayarajh, Choi, Swayamdipta (2022), equation 4; "
        "Waudby-Smith & Ramdas 2024, section 4",
    )  # fmt: skip
