"""Preimage: an image with a given code, made from the code and the codec alone.

Where all transforms are linear, such an image is looked for in the cells of the code (`cells`),
from the decoded one. Elsewhere, and where that fails, the decoded image is corrected by how its own
code decodes: x + decode(code) - decode(encode(x)), a few times over. The codec says whether it has
the code. Whoever can do this can pass off an image as the original where only codes are compared.

Of a cryptographic hash nobody can. The images as their own codes are their preimages, all of them;
the codes of noise come out otherwise each time, so that none is met.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Codes, Exposure, require
from fewbytes.audits.figures import share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.cells import equal_rows, images_with
from fewbytes.audits.uniqueness.classes import classes_of
from fewbytes.audits.uniqueness.controls import require_alone
from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement
from fewbytes.types import Images

NAME = "uniqueness.preimage"

TARGETS, LARGE_TARGETS = 100, 40
"""Codes, at most, that an image is made for; and of images whose values times symbols are LARGE."""

LARGE = 1 << 20

LEAST_RECORDS = 100

CORRECTIONS = 20

MENEZES = (
    "Menezes, van Oorschot & Vanstone 1996, Handbook of Applied Cryptography, 9.2 (resistance)"
)


def preimage(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.preimage`, the share of targets for whose code an image was made that has it. By
    chance, an image whose code is the commonest of those known.

    Exhibits: `originals` and `images` (m, h, w, c), and `found` (m,), for which it was.

    Raises:
        InputError: fewer than LEAST_RECORDS records, or a coder that codes images together.
    """
    require(exposure, LEAST_RECORDS, "the search for images")
    require_alone(exposure)
    chosen = chosen_targets(exposure)
    codes = exposure.codes[chosen]
    decoded = exposure.fitted.decode(codes)
    try:
        images, found = images_with(exposure, codes, [decoded])
    except InputError:
        images, found = decoded, np.zeros(len(codes), bool)
    images = _corrected(
        exposure, codes, np.where(found[:, None, None, None], images, decoded), found
    )
    found = equal_rows(exposure.encode(images), codes)  # once for all: noise gets no second try
    figure = share(
        NAME, int(found.sum()), len(found), "an image made from the code, encoded again", MENEZES
    )
    exhibit = {"originals": exposure.images[chosen], "images": images, "found": found}
    return [Trial(figure, commonest(NAME, exposure), exhibit=exhibit)]


def chosen_targets(exposure: Exposure) -> slice:
    """The first targets, as many as images are made for."""
    work = exposure.images[0].size * exposure.fitted.values_per_image
    first = exposure.targets.start
    return slice(first, first + (LARGE_TARGETS if work > LARGE else TARGETS))


def commonest(name: str, exposure: Exposure, other: bool = False) -> Measurement:
    """The share of targets that have the commonest code of the records known; where `other`, only
    of those whose originals differ from its first one.
    """
    codes, originals = classes_of(exposure.codes), classes_of(exposure.images)
    known = codes[exposure.known]
    guess = int(np.bincount(known).argmax())
    met = codes[exposure.targets] == guess
    if other:
        met &= originals[exposure.targets] != originals[int(np.argmax(known == guess))]
    return share(name, int(met.sum()), len(met), "the commonest code of the records known")


def _corrected(
    exposure: Exposure, codes: Codes, images: Images, found: NDArray[np.bool_]
) -> Images:
    """The images (m, h, w, c), those not yet `found` (m,) corrected until they have `codes`."""
    images, found, left = images.copy(), found.copy(), np.flatnonzero(~found)
    aim = exposure.fitted.decode(codes[left]).astype(np.float64)
    x = images[left].astype(np.float64)
    for _ in range(CORRECTIONS if len(left) else 0):
        made = np.rint(x).astype(np.uint8)
        again = exposure.encode(made)
        good = equal_rows(again, codes[left]) & ~found[left]
        images[left[good]], found[left[good]] = made[good], True
        x = (x + aim - exposure.fitted.decode(again)).clip(0, 255)
    return images


PREIMAGE = Attack(
    claims={
        NAME: Claim(
            title="Codes for which an image with this very code is made",
            unit="share",
            disclosed="Whoever has the codec, with its secret key where it has one, can make an "
            "image that has exactly a given code, without the original, for {value} of the codes: "
            "a matching code does not prove that an image is the original. By chance, {chance}.",
            not_shown="From the code and the codec, an image with exactly that code was made for "
            "{value} of the codes; by chance, {chance}.",
            covers="An attacker who has the codec, with all it learned and with its secret key "
            "where it has one, and one code. Equality of whole codes, before entropy coding.",
        )
    },
    run=preimage,
)
"""Images made from codes that have these codes."""
