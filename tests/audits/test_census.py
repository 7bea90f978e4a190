"""Every record is hashed, in the order of the store, whoever chose that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.audits.census import census, hashed
from fewbytes.data import open_source
from fewbytes.errors import InputError
from fewbytes.types import Dataset


@pytest.mark.parametrize("codec", ["dct:8 | uniform:6", "downsample:8 | lloyd:4 | range"])
def test_hashes_belong_together(tiny: Dataset, tmp_path: Path, codec: str) -> None:
    store = fb.compress(tiny, tmp_path / "a.fb", codec=codec)
    found = census(store, open_source(tiny), "train")
    assert len(found) == 1500
    by_pixels = dict(zip(hashed(tiny.train.images).tolist(), tiny.train.images, strict=True))
    images = np.stack([by_pixels[one] for one in found.images["train"].tolist()])
    assert np.array_equal(hashed(store.codec.encode(images)), found.codes["train"])


def test_a_source_that_lacks_images(tiny: Dataset, tmp_path: Path) -> None:
    store = fb.compress(tiny, tmp_path / "a.fb", codec="dct:8 | uniform:6")
    fewer = Dataset("fewer", tiny.train.take(np.arange(1100)), tiny.test)
    with pytest.raises(InputError, match="lacks images of train"):
        census(store, open_source(fewer), "train")


def test_which_were_chosen_is_not_kept(tiny: Dataset, tmp_path: Path) -> None:
    store = fb.compress(tiny, tmp_path / "a.fb", codec="subset:0.5 | dct:8 | uniform:6")
    with pytest.raises(InputError, match="a selection chose"):
        census(store, open_source(tiny), "train")
