"""All that decoding needs has been counted: codes come back from the parts alone."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.codecs import Codec
from fewbytes.errors import CorruptError
from fewbytes.measures import rate
from fewbytes.store.parts import CodedSplit, from_parts, to_parts
from fewbytes.types import Dataset

SPECS = [
    "identity",
    "dct:16 | uniform:8 | zstd",
    "projection:32 | uniform:8",
    "otsu | downsample:16:antialias=true | threshold:0.3 | zstd",
    "pca:20 | uniform:12",
]


@pytest.mark.parametrize("spec", SPECS)
def test_parts_are_enough(spec: str, tiny: Dataset) -> None:
    fitted = Codec.parse(spec).fit(tiny.train.images, seed=5)
    splits = {
        name: CodedSplit(fitted.encode(split.images), split.labels)
        for name, split in tiny.splits.items()
    }
    parts = to_parts(fitted, splits)
    loaded, back = from_parts(dict(parts))
    assert str(loaded) == str(fitted)
    for name, split in splits.items():
        assert np.array_equal(back[name].codes, split.codes)
        assert np.array_equal(back[name].labels, split.labels)
        images = loaded.decode(back[name].codes)
        assert np.array_equal(images, fitted.decode(split.codes))
        assert np.array_equal(loaded.encode(tiny.splits[name].images), split.codes)

    counted = rate(fitted, splits)
    assert counted.total_bytes == sum(map(len, parts.values()))
    assert counted.payload_bytes == len(parts["train.codes"]) + len(parts["test.codes"])
    assert counted.raw_bytes == 1500 * 785
    assert counted.ratio == counted.raw_bytes / counted.total_bytes


def test_raw_images_cost_what_they_cost(tiny: Dataset) -> None:
    fitted = Codec.parse("identity").fit(tiny.train.images)
    coded = {n: CodedSplit(fitted.encode(s.images), s.labels) for n, s in tiny.splits.items()}
    counted = rate(fitted, coded)
    assert counted.payload_bytes == 1500 * 784
    assert counted.side_bytes["train.labels"] == 600  # four bits each
    assert counted.side_bytes["state"] == 0


def test_a_seed_costs_eight_bytes_and_its_name(tiny: Dataset) -> None:
    """The matrix itself, 784 x 32 numbers, is not stored."""
    fitted = Codec.parse("projection:32").fit(tiny.train.images)
    tensors = fitted.states[0]
    assert tensors["seed"].numel() * tensors["seed"].element_size() == 8
    assert set(tensors) == {"seed", "mean", "decoder"}
    assert len(fitted.save_state()) < 8 + 784 * 4 + 784 * 32 * 2 + 400


def test_damaged_parts_are_refused(tiny: Dataset) -> None:
    fitted = Codec.parse("otsu | downsample:8").fit(tiny.train.images)
    split = CodedSplit(fitted.encode(tiny.test.images), tiny.test.labels)
    parts = to_parts(fitted, {"test": split})
    for name in parts:
        for damaged in (parts[name][:-1], b""):
            with pytest.raises(CorruptError):
                from_parts({**parts, name: damaged})
    with pytest.raises(CorruptError):
        from_parts({})
