"""Every sort of picture becomes the pixels it shows, or a reason."""

from __future__ import annotations

import errno
import io
import os
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fewbytes.data import pictures
from fewbytes.data.pictures import Header, UnreadableImageError
from fewbytes.errors import SourceError
from tests.data.pictures_made import encoded, pixels

RGB = pixels(1)
GREY = pixels(2, channels=1)


def saved(image: Any, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_lossless_formats_keep_every_pixel(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    content = encoded(RGB, format, **options)
    assert pictures.header(content) == Header(6, 8, False)
    assert np.array_equal(pictures.decode(content, (6, 8, 3)), RGB)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_grey_stays_one_channel(format: str) -> None:
    content = encoded(GREY, format)
    assert pictures.header(content).grey
    assert np.array_equal(pictures.decode(content, (6, 8, 1)), GREY)
    assert np.array_equal(pictures.decode(content, (6, 8, 3)), GREY.repeat(3, 2))


def test_palettes_are_grey_only_if_their_colours_are() -> None:
    colours = Image.fromarray(RGB // 64 * 64).convert("P", palette=Image.Palette.ADAPTIVE)
    assert not pictures.header(saved(colours, "PNG")).grey
    shown = np.asarray(colours.convert("RGB"))
    assert np.array_equal(pictures.decode(saved(colours, "PNG"), (6, 8, 3)), shown)
    greys = Image.new("P", (8, 6))
    greys.putpalette([v for k in range(256) for v in (k, k, k)])
    assert pictures.header(saved(greys, "PNG")).grey


def test_sixteen_bits_keep_the_upper_eight() -> None:
    deep = GREY[..., 0].astype(np.uint16) * 256 + 77
    for kind in ("PNG", "TIFF", "PPM"):
        content = saved(Image.fromarray(deep), kind)
        assert pictures.header(content).grey
        assert np.array_equal(pictures.decode(content, (6, 8, 1)), GREY)


def test_cmyk_becomes_rgb() -> None:
    content = saved(Image.new("CMYK", (8, 6), (0, 255, 255, 0)), "TIFF")
    assert pictures.decode(content, (6, 8, 3))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_white(mode: str) -> None:
    image = Image.new(mode, (8, 6))
    assert (pictures.decode(saved(image, "PNG"), (6, 8, 1)) == 255).all()


def test_a_transparent_colour_of_a_palette_shows_white() -> None:
    image = Image.new("P", (8, 6), 3)
    image.putpalette([10, 20, 30] * 256)
    content = saved(image, "PNG", transparency=3)
    assert (pictures.decode(content, (6, 8, 3)) == 255).all()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_are_turned_upright(format: str) -> None:
    """Orientation 6: the camera was turned, so that the right side of the rows is the bottom."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = np.zeros((16, 32, 3), np.uint8)
    lying[:, 16:] = 255
    content = saved(Image.fromarray(lying), format, exif=exif)
    assert pictures.header(content) == Header(32, 16, False)
    upright = pictures.decode(content, (32, 16, 3))
    assert upright[:12].max() < 30
    assert upright[20:].min() > 225


def test_damaged_exif_does_not_matter() -> None:
    content = encoded(RGB, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\xff nonsense")
    with pictures.quiet():
        assert pictures.header(content).height == 6
        assert pictures.decode(content, (6, 8, 3)).shape == (6, 8, 3)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("L", (8, 6), level) for level in (10, 200)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (pictures.decode(content, (6, 8, 1)) == 10).all()


def test_other_sizes_are_covered_and_cut_centrally() -> None:
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 200  # the central square
    assert (pictures.decode(encoded(wide), (10, 10, 3)) == 200).all()
    assert (pictures.decode(encoded(wide), (5, 5, 3))[:, 1:4] == 200).all()
    tall = wide.transpose(1, 0, 2)
    assert (pictures.resize(tall, 10, 10) == 200).all()


def test_scaling_down_averages() -> None:
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert abs(pictures.decode(encoded(board), (8, 8, 1)).astype(int) - 127).max() <= 3


def test_a_large_jpeg_is_drafted_without_a_visible_change() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8).repeat(4), (512, 1))
    content = encoded(ramp, "JPEG", quality=95)
    with Image.open(io.BytesIO(content)) as whole:
        whole.load()
        wanted = np.asarray(whole.crop((256, 0, 768, 512)).resize((32, 32), 2))
    given = pictures.decode(content, (32, 32, 1))[..., 0]
    assert abs(given.astype(int) - wanted).max() <= 3


def bomb() -> bytes:
    """A PNG of a few bytes whose header promises 20,000 x 10,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty: 0 bytes"),
        (b"this is a text", "not an image, or of an unknown format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
        (encoded(pixels(3, 64, 64), "JPEG")[:-900], "truncated"),
        (encoded(RGB)[:60], "truncated|broken"),
        (encoded(RGB)[:20] + b"\xff" * 40, "broken|not an image"),
        (bomb(), r"promises more than 100,000,000 pixels"),
        (saved(Image.new("F", (8, 6)), "TIFF"), "floating-point pixels"),
    ],
    ids=["empty", "text", "eps", "cut jpeg", "cut png", "damaged", "bomb", "float"],
)
def test_what_cannot_be_read_has_a_reason(content: bytes, reason: str) -> None:
    with pictures.quiet(), pytest.raises(UnreadableImageError, match=reason) as raised:
        pictures.decode(content, (6, 8, 3))
    assert "\n" not in str(raised.value)


def test_the_bomb_threshold_is_below_pillows_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 47)
    with pytest.raises(UnreadableImageError, match="more than 47 pixels"):
        pictures.header(encoded(RGB))


def test_a_file_that_may_not_be_read_has_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableImageError, match=r"^Permission denied$"):
        pictures.header(tmp_path / "x")


FAILURES = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO]


@pytest.mark.parametrize("number", FAILURES, ids=[errno.errorcode[n] for n in FAILURES])
def test_a_machine_that_fails_is_not_taken_for_a_bad_picture(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(SourceError, match=r"x\.png: cannot be read: ") as raised:
        pictures.decode(tmp_path / "x.png", (6, 8, 3))
    assert not isinstance(raised.value, UnreadableImageError)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("where", ["load", "getexif"])
def test_a_lack_of_memory_is_let_through(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    content = encoded(RGB, "BMP")
    monkeypatch.setattr(Image.Image, where, fail)
    with pytest.raises(MemoryError):
        pictures._upright(Image.fromarray(RGB))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(MemoryError):
        pictures.decode(content, (6, 8, 3))


def test_values_are_counted_too_but_not_of_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_VALUES", 3 * 48 - 1)
    for image in (Image.fromarray(RGB), Image.new("P", (8, 6))):
        with pytest.raises(UnreadableImageError, match=r"more than 143 values \(pixels x bands\)"):
            pictures.header(saved(image, "PNG"))
    assert pictures.header(encoded(GREY)).grey
    assert pictures.header(encoded(RGB, "JPEG")).height == 6


def test_big_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "BIG", 47)
    real, busy, most = pictures._upright, [0], [0]

    def slow(image: Any) -> Any:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        time.sleep(0.01)
        busy[0] -= 1
        return real(image)

    monkeypatch.setattr(pictures, "_upright", slow)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: pictures.decode(encoded(RGB), (6, 8, 3)), range(8)):
            pass
    assert most == [1]


@pytest.mark.parametrize(("progressive", "alone"), [(False, False), (True, True)])
def test_a_drafted_jpeg_is_small_unless_progressive(
    progressive: bool, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "BIG", 10_000)
    content = encoded(pixels(1, 128, 128), "JPEG", progressive=progressive)
    with Image.open(io.BytesIO(content)) as image, pictures._turn_taken(image, 16, 16):
        assert image.size == (32, 32)
        assert pictures._one_at_a_time.locked() == alone
    assert not pictures._one_at_a_time.locked()


def test_what_is_transparent_is_laid_on_white_in_strips() -> None:
    layer = Image.fromarray(pixels(5, 2 * pictures._STRIP + 7, 3, 4))
    white = Image.new("RGBA", layer.size, "white")
    whole = np.asarray(Image.alpha_composite(white, layer).convert("RGB"))
    given = pictures.decode(saved(layer, "PNG"), whole.shape)
    assert np.array_equal(given, whole)
