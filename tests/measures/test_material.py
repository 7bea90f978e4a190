"""What is drawn of a store, and how it is paired with the images it was made of."""

from __future__ import annotations

from math import lgamma, log
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.data import open_source
from fewbytes.errors import InputError
from fewbytes.measures import material as module
from fewbytes.measures.information.code_entropy import FEWEST_BLOCKS
from fewbytes.measures.material import Material
from fewbytes.types import Dataset, Split

MASKS = "downsample:8:antialias=true | otsu | range"


def _material(
    tiny: Dataset, path: Path, codec: str, originals: object = None, **options: object
) -> Material:
    store = fb.compress(tiny, path / "tiny.fb", codec=codec)
    source = None if originals is None else open_source(originals)
    split = str(options.pop("split", "train"))
    return Material.of(store, split, records=500, seed=0, source=source)


def test_records_are_drawn_at_random_and_once(tiny: Dataset, tmp_path: Path) -> None:
    drawn = _material(tiny, tmp_path, "dct:4 | uniform:8 | zstd")
    whole = drawn.store["train"]
    assert len(drawn) == len(set(drawn.chosen)) == 500
    assert (np.diff(drawn.chosen) > 0).all()
    assert drawn.chosen.max() > 1000
    assert np.array_equal(drawn.codes, whole.codes()[drawn.chosen])
    assert np.array_equal(drawn.labels, whole.labels[drawn.chosen])
    assert np.array_equal(drawn.all_codes, whole.codes())
    assert drawn.values.shape == (500, 4, 4, 1)
    assert np.array_equal(drawn.pictures, whole.images()[drawn.chosen])
    other = Material.of(drawn.store, "train", records=500, seed=1)
    assert not np.array_equal(drawn.chosen, other.chosen)


def test_memory_bounds_what_is_drawn(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE_BYTES", 4 * 784 * 50)
    drawn = _material(tiny, tmp_path, "identity")
    assert len(drawn) == len(drawn.all_codes) == 50


@pytest.mark.parametrize("codec", ["dct:4 | uniform:8 | zstd", MASKS, "identity | uint8 | range"])
def test_originals_are_those_of_the_records(tiny: Dataset, tmp_path: Path, codec: str) -> None:
    drawn = _material(tiny, tmp_path, codec, tiny)
    assert np.array_equal(drawn.store.codec.encode(drawn.originals), drawn.codes)
    if codec.startswith("identity"):
        assert np.array_equal(drawn.originals, drawn.pictures)


def test_originals_of_a_lossy_coder(tiny: Dataset, tmp_path: Path) -> None:
    drawn = _material(tiny, tmp_path, "jpeg:90", tiny)
    error = np.abs(drawn.originals.astype(float) - drawn.pictures).mean((1, 2, 3))
    assert error.max() < 12
    order = np.argsort(tiny.train.labels, kind="stable")
    moved = tiny.train.images.copy()
    moved[order[:-1]] = tiny.train.images[order[1:]]  # the next of its class, nearly always
    other = Dataset("moved", Split(moved, tiny.train.labels), tiny.test)
    with pytest.raises(InputError, match="moved does not hold the images"):
        _ = Material.of(
            drawn.store, "train", records=500, seed=0, source=open_source(other)
        ).originals


def test_other_images_are_refused(tiny: Dataset, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    train = tiny.train
    mixed = Split(train.images[rng.permutation(len(train))], train.labels)
    for name, codec in (("a", "dct:4 | uniform:8 | zstd"), ("b", MASKS)):
        drawn = _material(tiny, tmp_path / name, codec, Dataset("mixed", mixed, tiny.test))
        with pytest.raises(InputError, match=r"mixed .*images that"):
            _ = drawn.originals
    few = Dataset("few", train.take(np.arange(900)), tiny.test)
    store = fb.open(tmp_path / "a" / "tiny.fb")
    with pytest.raises(InputError, match=r"few has 900 images in train, but .* of 1,200"):
        Material.of(store, "train", records=9, seed=0, source=open_source(few))
    small = Split(train.images[:, :20], train.labels)
    other = open_source(Dataset("small", small, Split(tiny.test.images[:, :20], tiny.test.labels)))
    with pytest.raises(InputError, match="small holds images of 20 x 28 x 1, but"):
        Material.of(store, "train", records=9, seed=0, source=other)


def test_where_there_are_no_originals(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the original images"):
        _ = _material(tiny, tmp_path / "a", "dct:4").originals
    chosen = _material(tiny, tmp_path / "b", "subset:0.5 | dct:4", tiny)
    with pytest.raises(InputError, match="a selection chose"):
        _ = chosen.originals
    tested = Material.of(chosen.store, "test", records=99, seed=0, source=open_source(tiny))
    assert np.array_equal(tested.store.codec.encode(tested.originals), tested.codes)
    with pytest.raises(InputError, match="has no val split; it has train, test"):
        Material.of(chosen.store, "val", records=99, seed=0)


def test_coded_bits_count_what_is_needed_to_read_codes(tiny: Dataset, tmp_path: Path) -> None:
    packed = _material(tiny, tmp_path / "a", "downsample:8:antialias=true | otsu | bitpack")
    payload = packed.split.nbytes.payload
    assert packed.coded_bits == 8 * payload / 1200 >= 64
    coded = _material(tiny, tmp_path / "b", MASKS)
    order = lgamma(1201) / log(2)
    needed = coded.split.nbytes.total + coded.store.codec.coder_state_bytes
    assert coded.coded_bits == pytest.approx((8 * needed + order) / 1200)


@pytest.mark.parametrize(
    ("codec", "alone"),
    [("jpeg:50:layout=image", True), ("jpeg:50", False), ("png", True), ("dct:4", True)],
)
def test_codes_that_depend_on_neighbours(
    tiny: Dataset, tmp_path: Path, codec: str, alone: bool
) -> None:
    assert _material(tiny, tmp_path, codec).alone == alone


def test_blocks_tell_how_sure_their_length_is(tiny: Dataset, tmp_path: Path) -> None:
    few = _material(tiny, tmp_path / "a", "dct:4 | uniform:8 | zstd")
    assert few.coded_error is None
    rng = np.random.default_rng(0)
    noise = Split(rng.integers(0, 256, (800, 200, 200, 1)).astype(np.uint8), np.arange(800) % 2)
    many = _material(
        Dataset("noise", noise, noise.take(np.arange(9))), tmp_path / "b", "identity | uint8 | zstd"
    )
    assert len(many.split.block_starts) - 1 >= FEWEST_BLOCKS
    assert many.coded_error is not None
    assert 0 <= many.coded_error < 0.001 * many.coded_bits
