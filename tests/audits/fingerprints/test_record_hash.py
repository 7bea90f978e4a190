"""One record as 32 bytes."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest

from fewbytes.audits.fingerprints.record_hash import content_hashes, record_hashes
from fewbytes.errors import InputError


def test_a_hash_is_what_the_docstring_says() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(1, 2, 3, 2)
    content = hashlib.sha256(b"fewbytes image 1||u1 2x3x2\0" + bytes(range(12))).digest()
    record = hashlib.sha256(b"fewbytes record 1\0" + struct.pack("<q", 7) + content).digest()
    found = content_hashes(image, "image")
    assert found.tobytes() == content
    assert record_hashes(found, np.array([7])).tobytes() == record


def test_codes_are_hashed_by_their_type_and_values() -> None:
    codes = np.array([[1.5, -2.0]], np.float32)
    wanted = hashlib.sha256(b"fewbytes code 1|<f4 2\0" + struct.pack("<2f", 1.5, -2.0)).digest()
    assert content_hashes(codes, "code").tobytes() == wanted
    assert content_hashes(codes.astype(">f4"), "code").tobytes() == wanted


def test_shape_type_kind_and_every_pixel_count() -> None:
    flat = np.zeros((1, 16), np.uint8)
    forms = [
        (flat.reshape(1, 4, 4, 1), "image"),
        (flat.reshape(1, 2, 8, 1), "image"),
        (flat.reshape(1, 4, 2, 2), "image"),
        (flat.reshape(1, 4, 4, 1), "code"),
        (flat.view(np.uint16).reshape(1, 8), "code"),
        (flat, "code"),
    ]
    for place in range(16):
        lit = flat.copy()
        lit[0, place] = 1
        forms.append((lit.reshape(1, 4, 4, 1), "image"))
    found = {content_hashes(values, kind).tobytes() for values, kind in forms}  # type: ignore[arg-type]
    assert len(found) == len(forms)


def test_memory_order_and_views_do_not_count() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), np.uint8)
    wanted = content_hashes(images, "image")
    np.testing.assert_array_equal(content_hashes(np.asfortranarray(images), "image"), wanted)
    np.testing.assert_array_equal(content_hashes(images[::2], "image"), wanted[::2])


def test_labels_count_and_there_must_be_as_many() -> None:
    contents = content_hashes(np.zeros((3, 2, 2, 1), np.uint8), "image")
    found = record_hashes(contents, np.array([0, 1, 256]))
    assert len({row.tobytes() for row in found}) == 3
    with pytest.raises(InputError, match="3 records but 2 labels"):
        record_hashes(contents, np.array([0, 1]))


def test_no_record_is_no_hash() -> None:
    contents = content_hashes(np.zeros((0, 2, 2, 1), np.uint8), "image")
    assert contents.shape == (0, 32)
    assert record_hashes(contents, np.zeros(0, np.int64)).shape == (0, 32)
