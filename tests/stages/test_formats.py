"""Image formats as coders: round trips, sizes, layouts, limits, and bytes that nobody wrote."""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, features

from fewbytes.codecs import Codec, Coder, Symbols, text
from fewbytes.codecs.pictures import PictureCoder
from fewbytes.errors import CodecError, CorruptError, MissingExtraError
from fewbytes.testing import conformance, sample_images
from fewbytes.types import Dataset

GOLDEN = Path(__file__).parent.parent / "golden"

LOSSLESS = ("png", "webp:100", "jxl:100:effort=3")
LOSSY = ("jpeg:30", "jpeg:90:chroma=444", "webp:50", "avif:40:speed=9", "jxl:50:effort=4")
ALL = (*LOSSLESS, *LOSSY)
LAYOUTS = ("image", "mosaic")

RAMP = np.add.outer(np.arange(12) * 9, np.arange(20) * 7)[None, :, :, None]
SMOOTH: NDArray[np.uint8] = np.asarray(
    RAMP + np.arange(9)[:, None, None, None] * 2 + np.arange(3) * 10, np.uint8
)
"""Nine pictures, 12x20, in colour."""


def coder_of(spec: str) -> PictureCoder:
    """The coder that `spec` names, or the test is skipped where its library is missing."""
    (coder,) = text.parse(spec)
    assert isinstance(coder, PictureCoder)
    try:
        coder.check(Symbols((1,), 256))
    except (MissingExtraError, CodecError) as error:
        pytest.skip(str(error))
    return coder


def symbols_of(pictures: NDArray[np.uint8], alphabet: int = 256) -> Symbols:
    return Symbols(pictures.shape[1:], alphabet)


def round_trip(coder: Coder, pictures: NDArray[np.uint8], alphabet: int = 256) -> NDArray[np.uint8]:
    symbols = symbols_of(pictures, alphabet)
    blob = coder.pack(pictures, symbols, {})
    assert blob == coder.pack(pictures, symbols, {})
    found: NDArray[np.uint8] = coder.unpack(blob, len(pictures), symbols, {})
    assert (found.shape, found.dtype) == (pictures.shape, pictures.dtype)
    return found


@pytest.mark.parametrize("spec", ALL)
def test_mosaics_keep_the_contract(spec: str) -> None:
    """`auto` and files of their own are held to it with all other stages."""
    conformance(coder_of(f"{spec}:layout=mosaic"), shapes=[(9, 12, 3)], examples=2)()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("alphabet", [2, 3, 4, 5, 16, 17, 200, 256])
@pytest.mark.parametrize("spec", LOSSLESS)
def test_lossless_formats_are_exact(spec: str, alphabet: int, layout: str) -> None:
    coder = coder_of(f"{spec}:layout={layout}")
    assert not coder.lossy
    for shape in ((7, 13, 1), (16, 8, 3), (1, 1, 1)):
        pictures = (sample_images(11, shape, seed=3).astype(int) % alphabet).astype(np.uint8)
        assert np.array_equal(round_trip(coder, pictures, alphabet), pictures)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("spec", LOSSY)
def test_lossy_formats_come_near(spec: str, layout: str) -> None:
    coder = coder_of(f"{spec}:layout={layout}")
    assert coder.lossy
    for pictures in (SMOOTH, SMOOTH[..., :1]):
        found = round_trip(coder, pictures)
        assert np.abs(found.astype(int) - pictures).mean() < 8
    few = (SMOOTH[..., :1] // 64).astype(np.uint8)
    found = round_trip(coder, few, alphabet=4)
    assert found.max() < 4
    assert np.abs(found.astype(int) - few).mean() < 0.3


@pytest.mark.parametrize("layout", ["auto", *LAYOUTS])
@pytest.mark.parametrize("spec", ALL)
def test_no_picture_and_one(spec: str, layout: str) -> None:
    coder = coder_of(f"{spec}:layout={layout}")
    symbols = symbols_of(SMOOTH)
    assert round_trip(coder, SMOOTH[:0]).shape == (0, 12, 20, 3)
    blob = coder.pack(SMOOTH[:1], symbols, {})
    for n in (0, 2):
        with pytest.raises(CorruptError):
            coder.unpack(blob, n, symbols, {})
    assert round_trip(coder, SMOOTH[:1]).shape == (1, 12, 20, 3)


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "jxl"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_higher_quality_takes_more_bytes(name: str, layout: str, mnist: Dataset) -> None:
    digits = mnist.test.images[:60]
    sizes, errors = [], []
    for quality in (10, 40, 70, 95):
        coder = coder_of(f"{name}:{quality}:layout={layout}")
        blob = coder.pack(digits, symbols_of(digits), {})
        found = coder.unpack(blob, 60, symbols_of(digits), {})
        sizes.append(len(blob))
        errors.append(np.square(found.astype(float) - digits).mean())
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("spec", ALL)
def test_auto_is_the_smaller_layout(spec: str, mnist: Dataset) -> None:
    for pictures in (mnist.test.images[:40], sample_images(3, (70, 70, 3), seed=0)):
        sizes = {
            layout: len(
                coder_of(f"{spec}:layout={layout}").pack(pictures, symbols_of(pictures), {})
            )
            for layout in ("auto", *LAYOUTS)
        }
        assert sizes["auto"] == min(sizes.values())
    digits = mnist.test.images[:400]  # more than are tried both ways
    auto, image, in_mosaic = (
        len(coder_of(f"{spec}:layout={layout}").pack(digits, symbols_of(digits), {}))
        for layout in ("auto", *LAYOUTS)
    )
    assert auto == in_mosaic < image


def test_headers_are_stored_once(mnist: Dataset) -> None:
    digits = mnist.test.images[:500]
    alone = []
    for digit in digits:
        file = io.BytesIO()
        Image.fromarray(digit[..., 0]).save(file, "JPEG", quality=30)
        alone.append(len(file.getvalue()))
    packed = coder_of("jpeg:30:layout=image").pack(digits, symbols_of(digits), {})
    assert len(packed) < 0.35 * sum(alone)


@pytest.mark.parametrize("spec", ["jpeg:30", "jpeg:95:chroma=444"])
def test_cells_of_a_jpeg_mosaic_do_not_touch(spec: str) -> None:
    """Where no colour is smoothed, the pixels are those of single files."""
    channels = 3 if "444" in spec else 1
    pictures = sample_images(30, (20, 13, channels), seed=5)
    found = [round_trip(coder_of(f"{spec}:layout={layout}"), pictures) for layout in LAYOUTS]
    assert np.array_equal(found[0], found[1])


def test_masks_take_a_bit_a_pixel() -> None:
    masks = (sample_images(50, (28, 28, 1), seed=2) > 127).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 2, (50, 28, 28, 1)).astype(np.uint8)
    coder = coder_of("png:layout=mosaic")
    assert len(coder.pack(noise, symbols_of(noise, 2), {})) < 1.1 * 50 * 28 * 28 / 8
    assert np.array_equal(round_trip(coder, masks, 2), masks)


def test_noise_of_high_quality_is_no_trouble() -> None:
    """Pillow's buffer is too small for it where tables are made to measure."""
    noise = np.random.default_rng(0).integers(0, 2, (2, 300, 310, 3)).astype(np.uint8) * 255
    for spec in ("jpeg:100:chroma=444", "jpeg:94", "jpeg:30"):
        round_trip(coder_of(spec), noise)


def test_threads_change_nothing() -> None:
    pictures = sample_images(70, (16, 16, 3), seed=5)
    coder = coder_of("webp:40:layout=image")
    threads, blobs = torch.get_num_threads(), []
    try:
        for count in (1, 4):
            torch.set_num_threads(count)
            blobs.append(coder.pack(pictures, symbols_of(pictures), {}))
            assert coder.unpack(blobs[-1], 70, symbols_of(pictures), {}).shape == pictures.shape
    finally:
        torch.set_num_threads(threads)
    assert blobs[0] == blobs[1]


# ----------------------------------------------------------------------------- what is refused


def test_codes_that_are_no_pictures_are_refused() -> None:
    for row in ("uniform:12 | png", "dct:8 | float32 | webp:50"):
        with pytest.raises(CodecError, match=r"put a quantizer of at most 256 symbols.*uniform:8"):
            Codec.parse(row)
    assert str(Codec.parse("dct:16 | uniform:8 | jpeg:30"))  # the advice works
    images = sample_images(20, (28, 28, 1), seed=0)
    for row in ("projection:64 | uniform:8 | png", "blockdct:8 | uniform:8 | jpeg:30"):
        with pytest.raises(CodecError, match=r"codes pictures.*general coder"):
            Codec.parse(row).fit(images)
    with pytest.raises(CodecError, match="a side has at most 16383 pixels"):
        coder_of("webp:50").pack(images, Symbols((1, 20_000, 1), 256), {})


@pytest.mark.parametrize(
    ("spec", "reason"),
    {
        "jpeg": "QUALITY",
        "jpeg:0": "between 1 and 100",
        "webp:101": "between 1 and 100",
        "avif:30:chroma=422": "chroma is 420 or 444",
        "png:layout=grid": "layout is auto or image or mosaic",
        "jxl:50:effort=11": "effort",
        "avif:50:speed=-1": "speed",
    }.items(),
)
def test_impossible_options_are_refused(spec: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        Codec.parse(spec)


def test_defaults_are_completed_in_sight() -> None:
    assert str(Codec.parse("jpeg:30")) == "uint8 | jpeg:30"
    assert str(Codec.parse("otsu | png")) == "otsu | threshold | png"
    assert Codec.parse("jpeg:100").lossy
    assert Codec.parse("webp:99").lossy
    assert not Codec.parse("webp:100").lossy
    assert not Codec.parse("png").lossy


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(MissingExtraError, match=r"fewbytes\[jxl\]"):
        Codec.parse("jxl:50")
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    with pytest.raises(CodecError, match=r"avif: Pillow .* without it.*pip install"):
        Codec.parse("avif:50")
    Codec.parse("png")


# ----------------------------------------------------------------------------- hostile bytes


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("spec", ALL)
def test_damaged_blocks_are_refused_or_bounded(spec: str, layout: str) -> None:
    """CorruptError, or pixels of the right shape where the format cannot tell; never a warning."""
    coder, n = coder_of(f"{spec}:layout={layout}"), 5
    blob = coder.pack(SMOOTH[:n], symbols_of(SMOOTH), {})

    @settings(max_examples=80, deadline=None)
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        wrong = bytearray(blob)
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(wrong) - 1))
            cut = data.draw(st.integers(0, 4))
            wrong[place : place + cut] = data.draw(st.binary(max_size=4))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = coder.unpack(bytes(wrong), n, symbols_of(SMOOTH), {})
            except CorruptError:
                return
        assert found.shape == (n, 12, 20, 3)
        assert found.dtype == np.uint8

    fuzz()


@pytest.mark.parametrize("spec", ALL)
def test_other_lengths_and_shapes_are_refused(spec: str) -> None:
    coder = coder_of(spec)
    blob = coder.pack(SMOOTH, symbols_of(SMOOTH), {})
    for wrong in (b"", blob[:3], blob[:-1], blob[1:], blob + b"x", b"x" * len(blob)):
        with pytest.raises(CorruptError):
            coder.unpack(wrong, 9, symbols_of(SMOOTH), {})
    for shape in ((17, 20, 3), (12, 33, 3), (12, 10, 3), (500, 500, 3)):
        with pytest.raises(CorruptError):
            coder.unpack(blob, 9, Symbols(shape, 256), {})


@pytest.mark.parametrize("spec", ALL)
@pytest.mark.parametrize("other", ALL)
def test_other_formats_are_refused(spec: str, other: str) -> None:
    if spec.split(":")[0] == other.split(":")[0]:
        pytest.skip("the same format")
    blob = coder_of(other).pack(SMOOTH, symbols_of(SMOOTH), {})
    with pytest.raises(CorruptError):
        coder_of(spec).unpack(blob, 9, symbols_of(SMOOTH), {})


@pytest.mark.parametrize("spec", ALL)
def test_a_header_of_a_huge_picture_is_not_believed(spec: str) -> None:
    """Its size is read, and refused, before anything is decoded."""
    coder = coder_of(spec)
    side = 9600 if coder.name == "png" else 2000  # the former is one that Pillow warns of
    file = coder.encode(np.zeros((side, side, 1), np.uint8), 256)
    with pytest.raises(CorruptError, match="not"):
        coder.decode(file, (28, 28, 1), 256)


# ----------------------------------------------------------------------------- golden files


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("spec", ALL)
def test_golden_blocks(
    spec: str, channels: int, layout: str, request: pytest.FixtureRequest
) -> None:
    """What was packed once must decode for ever: exactly, or within 2 levels where pixels are lost.
    Encoders may change, so a block is not compared with what is packed today.
    """
    coder, pictures = coder_of(f"{spec}:layout={layout}"), SMOOTH[:5, ..., :channels]
    stem = f"{spec.replace(':', '-').replace('=', '')}-{channels}-{layout}"
    block, pixels = (GOLDEN / coder.name / f"{stem}.{end}" for end in ("bin", "pixels"))
    symbols = symbols_of(pictures)
    if not block.exists() and request.config.getoption("--write-golden"):
        block.parent.mkdir(parents=True, exist_ok=True)
        block.write_bytes(coder.pack(pictures, symbols, {}))
        if coder.lossy:
            pixels.write_bytes(coder.unpack(block.read_bytes(), 5, symbols, {}).tobytes())
    found = coder.unpack(block.read_bytes(), 5, symbols, {})
    if coder.lossy:
        wanted = np.frombuffer(pixels.read_bytes(), np.uint8).reshape(pictures.shape)
        assert np.abs(found.astype(int) - wanted).max() <= 2
    else:
        assert np.array_equal(found, pictures)
