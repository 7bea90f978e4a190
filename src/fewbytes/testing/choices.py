"""What a selection must keep."""

from __future__ import annotations

import numpy as np

from fewbytes.codecs import Codec, Selection, text
from fewbytes.testing.samples import TRAINING_IMAGES, sample_images
from fewbytes.types import Images, Shape


def check_apart(selection: Selection, shape: Shape) -> None:
    """A selection has no part in how an image is coded."""
    alone, after = Codec.parse("dct:4"), Codec([selection, *text.parse("dct:4")])
    assert after.stages == alone.stages
    assert after.selection == selection
    assert Codec.parse(str(after)) == after
    images = sample_images(TRAINING_IMAGES, shape, seed=1)
    assert np.array_equal(after.fit(images).encode(images), alone.fit(images).encode(images))
    assert not selection.lossy, f"{selection.name} changes no image: declare it as not lossy"
    assert not selection.learned, f"{selection.name}: there is no state for a selection to learn"


def check_descriptions(selection: Selection, images: Images) -> None:
    """An image has the same description alone and in any batch, of values of one number."""
    whole = selection.describe(images)
    parts = [selection.describe(images[i : i + 1]) for i in range(len(images))]
    assert whole.ndim == 2
    assert np.array_equal(np.concatenate(parts), whole), "descriptions depend on the batch"
    assert selection.describe(images[:0]).shape == (0, whole.shape[1])


def check_choice(selection: Selection, images: Images, seed: int) -> None:
    """A choice is some of the records in order, repeatable, and as is declared: it depends on the
    seed only where it is seeded, and on labels only where it is supervised.
    """
    described, labels = selection.describe(images), np.arange(len(images)) % 3
    chosen = selection.choose(described, labels, seed)
    assert chosen.dtype == np.int64
    assert 1 <= len(chosen) <= len(images)
    assert (np.diff(chosen, prepend=-1) > 0).all(), f"{selection.name}: places must rise"
    assert chosen[-1] < len(images)
    again = selection.choose(described, labels, seed)
    assert np.array_equal(again, chosen), f"{selection.name} is not repeatable"
    if not selection.seeded:
        other = selection.choose(described, labels, seed + 1)
        assert np.array_equal(other, chosen), f"{selection.name}: seeded is declared wrongly"
    if not selection.supervised:
        other = selection.choose(described, labels[::-1], seed)
        assert np.array_equal(other, chosen), f"{selection.name}: supervised is declared wrongly"
