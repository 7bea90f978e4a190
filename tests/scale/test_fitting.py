"""What a codec learns on workers is what it learns here, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.codecs import Codec
from fewbytes.codecs.spans import Cut
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import SourceError
from fewbytes.scale.here import Here
from fewbytes.scale.processes import Processes
from fewbytes.store.fitting import TrainImages, fitted
from fewbytes.types import Dataset
from tests.store.helpers import Gappy, made

SPECS = ["pca:6 | lloyd:5 | range", "dct:6 | uniform:4:step=20 | context:steps=5"]


@pytest.fixture(autouse=True)
def many_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cut, "of", classmethod(lambda cls, shape: Cut(64, 2)))


@pytest.mark.parametrize("spec", SPECS)
def test_the_state_is_the_same(spec: str, tiny: Dataset, tmp_path: Path) -> None:
    source, codec = ArraySource(tiny), Codec.parse(spec)
    assert len(Cut.of(source.image_shape).spans(len(tiny.train))) == 10
    here = fitted(source, codec, 3, Here(), tmp_path).save_state()
    assert fitted(source, codec, 3, Processes(2), tmp_path).save_state() == here


def test_images_that_cannot_be_read_move_no_cut(tmp_path: Path) -> None:
    source, codec = Gappy(made(400, 10), {"train": set(range(100, 300))}), Codec.parse("pca:3")
    here = fitted(source, codec, 0, Here(), tmp_path).save_state()
    assert fitted(source, codec, 0, Processes(2), tmp_path).save_state() == here
    sizes = [len(images) for images, _ in TrainImages(source).chunks(64, 64, 320)]
    assert sizes == [36, 0, 0, 20]


def test_where_nothing_can_be_read_it_is_said(tmp_path: Path) -> None:
    source = Gappy(made(200, 10), {"train": set(range(200))})
    with pytest.raises(SourceError, match="no image of train can be read"):
        fitted(source, Codec.parse("pca:3"), 0, Here(), tmp_path)
