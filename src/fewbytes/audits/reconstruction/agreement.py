"""Agreement: does a classifier say the same of a rebuilt image as of its original?

It tells what pixels do not: whether a rebuilt image is still of use for what the data are used for,
and whether its content can be read. The classifier is trained on known originals. The images are
those of the rung that is best on the last tenth of the known pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Settings
from fewbytes.audits.bench import once_for_images
from fewbytes.audits.exposure import Exposure, require
from fewbytes.audits.figures import share
from fewbytes.audits.finding import Trial
from fewbytes.audits.reconstruction.guess import RECORDS
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, held
from fewbytes.audits.reconstruction.rungs import RUNGS, made_by
from fewbytes.errors import CodecError, InputError, MissingExtraError
from fewbytes.learn import ArrayFeed, Recipe, Trained, train
from fewbytes.types import Images

NAME = "reconstruction.agreement"

RECIPE = Recipe(epochs=5)


def agreement(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`reconstruction.agreement`, a share of the targets. Chance is the best constant answer: the
    class that the classifier says most often of known originals.

    Exhibit: `said_of_originals` and `said_of_rebuilt` (m,), classes; `rung`, whose images they are.

    Raises:
        InputError: too few records, or a classifier that says one class of all.
    """
    require(exposure, RECORDS, "the agreement of rebuilt images")
    rung, made = best_rung(exposure)
    classifier = once_for_images(exposure, "classifier", _classifier)
    known = _said(classifier, exposure.images[exposure.known])
    true = _said(classifier, exposure.images[exposure.targets])
    if len(np.unique(known)) < 2:
        raise InputError(f"the classifier says class {known[0]} of every image")
    most = int(np.bincount(known).argmax())
    told = _said(classifier, made.targets)
    n = len(true)
    method = f"images rebuilt by {rung}, the best on {len(made.held)} known pairs"
    found = share(NAME, int(np.sum(told == true)), n, method)
    chance = share(NAME, int(np.sum(true == most)), n, f"class {most}, whatever the image")
    exhibit = {"said_of_originals": true, "said_of_rebuilt": told, "rung": np.array(rung)}
    return [Trial(found, chance, exhibit=exhibit)]


def best_rung(exposure: Exposure) -> tuple[str, Rebuilt]:
    """The rung of least square error on the held part of the known pairs, and what it made.

    Raises:
        InputError: none can be had; what the last one said.
    """
    originals = exposure.images[held(exposure)].astype(np.float32)
    found: list[tuple[float, str]] = []
    reason: Exception = InputError("no rung of the ladder can be had")
    for rung in RUNGS:
        try:
            images = made_by(rung, exposure).held
        except (InputError, CodecError, MissingExtraError) as error:
            reason = error
        else:
            found.append((float(np.square(originals - images).mean(dtype=np.float64)), rung))
    if not found:
        raise reason
    best = min(found, key=lambda one: one[0])[1]
    return best, made_by(best, exposure)


def _classifier(exposure: Exposure) -> Trained:
    compared = held(exposure)
    feeds = [
        ArrayFeed(exposure.images[rows], exposure.labels[rows], picture=True)
        for rows in (slice(0, compared.start), compared)
    ]
    return train(*feeds, classes=exposure.classes, recipe=RECIPE, seed=exposure.seed)


def _said(classifier: Trained, images: Images) -> NDArray[np.int64]:
    feed = ArrayFeed(images, np.zeros(len(images), np.int64), picture=True)
    return classifier.predict(feed)
