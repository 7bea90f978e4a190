"""Rows of stages: what may follow what, and what is known before fitting."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import CodecError, CorruptError, InputError, NotFittedError
from fewbytes.testing import sample_images

IMAGES = sample_images(30, (28, 28, 1), seed=0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("zstd | dct:16", "dct cannot follow zstd: dct is a transform, zstd a coder"),
        ("uniform:8 | dct:16", "dct cannot follow uniform"),
        ("uniform:8 | uniform:4", "uniform cannot follow uniform"),
        ("raw | zstd", "zstd cannot follow raw"),
        ("dct:4 | subset:0.5", "subset cannot follow dct: subset is a selection, dct a transform"),
        ("zstd | subset:0.5", "a codec is written selection? transform* quantizer? coder?"),
        ("subset:0.5 | subset:0.5", "subset cannot follow subset: subset is a selection"),
        ("dct:16 | otsu", "otsu needs rows and columns, but after dct there are none"),
        ("dct:16 | downsample:8", "put downsample before dct"),
        ("dct:16 | uint8", "uint8 takes pixel values (0 to 255), but dct gives real"),
        ("pca:4 | threshold", "but pca gives real coefficients"),
        ("otsu | uint8", "otsu gives mask values (0 to 1)"),
        ("otsu | otsu", "otsu takes pixel values"),
        ("pca:4 | bitpack", "put a quantizer such as uniform:8 before it"),
    ],
)
def test_an_impossible_row_fails_when_it_is_built(row: str, reason: str) -> None:
    with pytest.raises(CodecError) as raised:
        Codec.parse(row)
    assert reason in str(raised.value)


def test_what_is_declared() -> None:
    assert not Codec.parse("identity").lossy
    assert Codec.parse("downsample:16").lossy
    assert Codec.parse("otsu | downsample:16").spatial
    assert not Codec.parse("dct:16").spatial
    assert Codec.parse("dct:16 | uniform:8").learned
    assert not Codec.parse("dct:16").learned


def test_a_selection_stands_beside_the_stages() -> None:
    codec, alone = Codec.parse("subset:0.1 | pca:4"), Codec.parse("pca:4")
    assert codec.selection is not None
    assert alone.selection is None
    assert codec != alone
    assert codec.stages == alone.stages
    assert codec.row == (codec.selection, *alone.stages)
    assert (codec.lossy, codec.learned, codec.spatial) == (True, True, False)
    assert not Codec.parse("subset:0.1").lossy
    fitted = codec.fit(IMAGES)
    assert fitted.save_state() == alone.fit(IMAGES).save_state()
    loaded = FittedCodec.load(codec, (28, 28, 1), fitted.save_state())
    assert np.array_equal(loaded.encode(IMAGES), fitted.encode(IMAGES))


@pytest.mark.parametrize(
    ("spec", "seeded", "supervised"),
    [
        ("dct:4", False, False),
        ("projection:4", True, False),
        ("subset:0.1 | dct:4", True, False),
        ("subset:0.1:method=kcentre | dct:4", False, True),
        ("subset:0.1:method=herding | dct:4", False, True),
        ("subset:0.1:method=herding | projection:4", True, True),
    ],
)
def test_what_seeds_and_labels_have_a_part_in(spec: str, seeded: bool, supervised: bool) -> None:
    codec = Codec.parse(spec)
    assert (codec.seeded, codec.supervised) == (seeded, supervised)
    assert Codec.from_config(codec.config()) == codec


def test_a_learned_codec_must_be_fitted_first() -> None:
    codec = Codec.parse("pca:4")
    with pytest.raises(NotFittedError, match=r"call codec\.fit"):
        codec.encode(IMAGES)
    with pytest.raises(NotFittedError, match="decode needs"):
        codec.decode(np.zeros((1, 4), np.float32))  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'decoed'"):
        _ = codec.decoed  # type: ignore[attr-defined]


def test_a_codec_that_learns_nothing_needs_no_fit() -> None:
    codec = Codec.parse("dct:8")
    assert np.array_equal(codec.encode(IMAGES), codec.fit(IMAGES).encode(IMAGES))


@pytest.mark.parametrize("spec", ["dct:29", "downsample:16x40", "pca:785", "projection:800"])
def test_images_that_do_not_fit_are_refused(spec: str) -> None:
    with pytest.raises(CodecError, match=spec.split(":")[0]):
        Codec.parse(spec).fit(IMAGES)


def test_bad_images_are_refused() -> None:
    fitted = Codec.parse("dct:8 | uniform:4").fit(IMAGES)
    with pytest.raises(InputError, match=r"must be uint8.*not float64; they hold NaN"):
        fitted.encode(np.full((1, 28, 28, 1), np.nan))
    with pytest.raises(InputError, match="multiply by 255"):
        fitted.encode(np.full((1, 28, 28, 1), 0.5))
    with pytest.raises(InputError, match="images are 32 x 32 x 3, but this codec was fitted to"):
        fitted.encode(np.zeros((1, 32, 32, 3), np.uint8))
    with pytest.raises(InputError, match="shape"):
        fitted.encode(np.zeros(784, np.uint8))
    with pytest.raises(InputError, match="empty"):
        Codec.parse("dct:8").fit(IMAGES[:0])
    with pytest.raises(InputError, match="seed"):
        Codec.parse("dct:8").fit(IMAGES, seed=-1)


def test_bad_codes_are_refused() -> None:
    fitted = Codec.parse("dct:8 | uniform:4").fit(IMAGES)
    codes = fitted.encode(IMAGES)
    with pytest.raises(InputError, match="codes of"):
        fitted.decode(codes[:, :4])
    with pytest.raises(InputError, match="codes of"):
        fitted.decode(codes.astype(np.float32))
    with pytest.raises(InputError, match="outside 0 to 15"):
        fitted.pack(codes + 16)
    exact = Codec.parse("dct:8").fit(IMAGES)
    with pytest.raises(InputError, match="NaN"):
        exact.decode(np.full((1, 8, 8, 1), np.nan, np.float32))


def test_grey_images_may_lack_their_channel_axis() -> None:
    fitted = Codec.parse("dct:8").fit(IMAGES[..., 0])
    assert np.array_equal(fitted.encode(IMAGES[..., 0]), fitted.encode(IMAGES))
    assert np.array_equal(Codec.parse("dct:8").encode(IMAGES[..., 0]), fitted.encode(IMAGES))


def test_no_images_have_no_codes() -> None:
    fitted = Codec.parse("otsu | downsample:8").fit(IMAGES)
    codes = fitted.encode(IMAGES[:0])
    assert codes.shape == (0, 8, 8, 1)
    assert fitted.decode(codes).shape == (0, 28, 28, 1)


def test_a_state_of_another_codec_is_refused() -> None:
    state = Codec.parse("dct:8 | uniform:4").fit(IMAGES).save_state()
    with pytest.raises(CorruptError, match="lacks what pca learned"):
        FittedCodec.load(Codec.parse("pca:4"), (28, 28, 1), state)
    with pytest.raises(CorruptError, match="lacks what uniform learned"):
        FittedCodec.load(Codec.parse("dct:8 | uniform:4"), (28, 28, 1), b"")


def test_wide_alphabets_are_two_bytes_in_numpy() -> None:
    fitted = Codec.parse("dct:8 | uniform:12").fit(IMAGES)
    codes = fitted.encode(IMAGES)
    assert codes.dtype == np.uint16
    assert codes.max() > 255
    assert np.array_equal(fitted.unpack(fitted.pack(codes), len(codes)), codes)


def test_inference_mode_reaches_the_threads() -> None:
    images = np.zeros((3000, 28, 28, 1), np.uint8)
    fitted = Codec.parse("dct:4 | uniform:8").fit(images)
    with torch.inference_mode():
        codes = fitted.encode(torch.from_numpy(images))
        assert fitted.decode(codes).shape == images.shape


@pytest.mark.parametrize("spec", ["dct:8 | uniform:4", "identity | uint8 | range", "jpeg:40"])
def test_reconstructed_images_are_what_a_store_gives(spec: str) -> None:
    """Exactly the decoded codes, unless the coder changes codes itself."""
    fitted = Codec.parse(spec).fit(IMAGES)
    again = fitted.reconstruct(IMAGES)
    codes = fitted.encode(IMAGES)
    through = fitted.unpack(fitted.pack(codes), len(codes))
    assert np.array_equal(again, fitted.decode(through))
    assert np.array_equal(again, fitted.decode(codes)) == (spec != "jpeg:40")
    assert torch.equal(fitted.reconstruct(torch.from_numpy(IMAGES)), torch.from_numpy(again))


def test_what_a_coder_learned_has_a_size() -> None:
    tables = Codec.parse("downsample:8 | otsu | range").fit(IMAGES)
    assert 0 < tables.coder_state_bytes <= len(tables.save_state())
    assert Codec.parse("pca:4 | uniform:8 | zstd").fit(IMAGES).coder_state_bytes == 0
