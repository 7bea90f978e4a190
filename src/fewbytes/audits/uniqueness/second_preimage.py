"""Second preimage: another image with exactly the code of a given one.

Where all transforms are linear it is looked for in the cells of the code (`cells`), from the
negative of the original, from another record and from the original itself, so that the first found
is the one that differs most. Elsewhere, and where that fails, pixels of the original are changed at
random, and changes that leave the code as it is are kept.

The images as their own codes have no second preimage, which makes them the null control. In the
positive one a code is a single value a channel, and nearly every change is free.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.bench import identity
from fewbytes.audits.exposure import Codes, Exposure, require
from fewbytes.audits.figures import share
from fewbytes.audits.finding import Claim, Trial
from fewbytes.audits.uniqueness.cells import equal_rows, images_with
from fewbytes.audits.uniqueness.controls import as_one_value, require_alone
from fewbytes.audits.uniqueness.preimage import (
    LEAST_RECORDS,
    MENEZES,
    chosen_targets,
    commonest,
)
from fewbytes.errors import InputError
from fewbytes.types import Images

NAMES = ("uniqueness.second_preimage", "uniqueness.second_preimage_visible")

VISIBLE = 32
"""Grey levels that one pixel, at least, must differ by."""

CHANGES = 120
"""Changes tried, one after another."""


def second_preimage(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`uniqueness.second_preimage`, the share of targets for which another image was made that has
    the same code, and `uniqueness.second_preimage_visible`, the share where besides one pixel of it
    differs by VISIBLE grey levels or more. By chance, an image whose code is the commonest known.

    Exhibits: `originals` and `images` (m, h, w, c), equal where none was found.

    Raises:
        InputError: fewer than LEAST_RECORDS records, or a coder that codes images together.
    """
    require(exposure, LEAST_RECORDS, "the search for images")
    require_alone(exposure)
    originals = exposure.images[chosen_targets(exposure)]
    codes = exposure.encode(originals)
    starts = (255 - originals, np.roll(originals, 1, axis=0), originals)
    try:
        made, found = images_with(exposure, codes, starts, unlike=originals)
    except InputError:
        made, found = originals, np.zeros(len(codes), bool)
    images = np.where(found[:, None, None, None], made, originals)
    left = np.flatnonzero(~found)
    if len(left):
        rng = np.random.default_rng(settings.seed)
        images[left] = _changed(exposure, images[left], codes[left], rng)
    apart = np.abs(images.astype(np.int16) - originals).reshape(len(images), -1).max(1)
    exhibit = {"originals": originals, "images": images}
    method = "another image made, encoded again"
    return [
        Trial(
            share(name, int((apart >= least).sum()), len(apart), method, MENEZES),
            commonest(name, exposure, other=True), exhibit=exhibit,
        )
        for name, least in zip(NAMES, (1, VISIBLE), strict=True)
    ]  # fmt: skip


def _changed(exposure: Exposure, images: Images, codes: Codes, rng: np.random.Generator) -> Images:
    """The images (m, h, w, c) after all those random changes that left their codes as they were."""
    for step in range(CHANGES):
        tried = _proposed(images, step, rng)
        kept = equal_rows(exposure.encode(tried), codes)
        images = np.where(kept[:, None, None, None], tried, images)
    return images


def _proposed(images: Images, step: int, rng: np.random.Generator) -> Images:
    """Changed images: one value or a sixteenth of them, in turn one level up or down or to any."""
    flat = images.reshape(len(images), -1)
    size = flat.shape[1]
    count = 1 if step % 2 == 0 else max(1, size // 16)
    places = rng.integers(0, size, (len(flat), count))
    old = np.take_along_axis(flat, places, axis=1).astype(np.int16)
    if step % 4 < 2:
        new = (old + rng.choice([-1, 1], old.shape)).clip(0, 255)
    else:
        new = rng.integers(0, 256, old.shape)
    changed = flat.copy()
    np.put_along_axis(changed, places, new.astype(np.uint8), axis=1)
    return changed.reshape(images.shape)


_COVERS = (
    "Someone who has the codec, with all it learned and with its secret key where it has one, and "
    "the image. Equality of whole codes, before entropy coding."
)

SECOND_PREIMAGE = Attack(
    claims={
        NAMES[0]: Claim(
            title="Another image with the same code",
            unit="share",
            disclosed="For {value} of the records, whoever has the codec, with its secret key "
            "where it has one, can make another image with exactly the same code: a code does not "
            "prove which image it was made of. By chance, {chance}.",
            not_shown="Another image with exactly the same code was made for {value} of the "
            "records; by chance, {chance}.",
            covers=_COVERS,
        ),
        NAMES[1]: Claim(
            title="Visibly different image with the same code",
            unit="share",
            disclosed=f"For {{value}} of the records, the other image with the same code differs "
            f"by {VISIBLE} grey levels or more somewhere. By chance, {{chance}}.",
            not_shown=f"An image with the same code that differs by {VISIBLE} grey levels or more "
            "somewhere was made for {value} of the records; by chance, {chance}.",
            covers=_COVERS,
        ),
    },
    run=second_preimage,
    positive=as_one_value,
    null=identity,
)
"""Other images with the codes of given ones."""
