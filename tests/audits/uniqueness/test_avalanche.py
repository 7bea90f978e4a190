"""Bits that a step of one pixel changes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.finding import Outcome
from fewbytes.audits.uniqueness.avalanche import (
    AVALANCHE,
    changed_bits,
    mean_of_rare,
    stepped,
)
from fewbytes.audits.uniqueness.controls import as_hash, digest_bits
from fewbytes.codecs import bits
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown

NAME, BESIDE = "uniqueness.avalanche", "uniqueness.avalanche_sha256"


def test_one_pixel_changes_by_one_level() -> None:
    images = np.array([[0, 0], [255, 255], [7, 7]] * 500, np.uint8).reshape(1500, 1, 2, 1)
    after = stepped(images, np.random.default_rng(0)).astype(int)
    apart = (after - images).reshape(-1, 2)
    assert (np.abs(apart).sum(1) == 1).all()
    assert (apart[::3].sum(1) == 1).all()
    assert (apart[1::3].sum(1) == -1).all()
    assert apart[2::3].sum(1).mean() == pytest.approx(0, abs=0.15)
    assert (apart != 0)[:, 0].mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("codec", ["dct:4 | uniform:6", "dct:4 | uniform:10", "dct:4 | float32"])
def test_bits_are_those_of_packed_symbols(codec: str) -> None:
    exposure = shown(blobs(40), codec)
    a, b = exposure.codes[:20], exposure.codes[20:]
    symbols = exposure.fitted.symbols
    if symbols.alphabet is None:
        packed = [np.ascontiguousarray(one, "<f4").view(np.uint8).reshape(20, -1) for one in (a, b)]
    else:
        packed = [bits.pack(one, symbols) for one in (a, b)]
    slow = [int(np.unpackbits(x ^ y).sum()) for x, y in zip(*packed, strict=True)]
    assert changed_bits(a, b, exposure.fitted).tolist() == slow


def test_digests_are_those_of_hashlib() -> None:
    image = blobs(1)
    expected = hashlib.sha256(image.tobytes()).digest()
    assert np.packbits(digest_bits(image)).tobytes() == expected


def test_codes_change_far_less_than_hashes() -> None:
    found = found_by(AVALANCHE, shown(blobs(600), "dct:6 | uniform:8"))
    assert all(one.outcome is Outcome.DESCRIBED for one in found.values())
    assert all(one.controls_in_place for one in found.values())
    assert found[BESIDE].trial.figure.covers(0.5)
    value = found[NAME].trial.figure.value
    assert value is not None
    assert 0 < value < 0.02
    assert found[NAME].trial.exhibit["changed"].shape == (600,)


@pytest.mark.parametrize("level", [0, 255, 127])
def test_identity_by_hand(level: int) -> None:
    """From 127 a step up changes all eight bits, down one; from 0 and 255 one."""
    exposure = shown(np.full((2000, 3, 3, 1), level, np.uint8), "identity")
    found = found_by(AVALANCHE, exposure)[NAME]
    steps = 4.5 if level == 127 else 1
    assert found.positive is not None
    assert found.positive.expected is not None
    assert found.positive.expected.value == pytest.approx(steps / 72)
    assert found.positive.as_expected
    assert found.trial.figure.covers(steps / 72)


def test_a_weak_hash_fails_the_control() -> None:
    weak = as_hash(shown(blobs(600), "identity"))
    draw = weak.draw
    object.__setattr__(weak, "draw", lambda images, rng: draw(images >> 1, rng))
    assert not AVALANCHE.run(weak, Settings())[0].as_expected


def test_intervals_of_rare_changes_cover() -> None:
    rng = np.random.default_rng(0)
    for odds, least in ((0.003, 1 / 256), (0.3, 1 / 64), (1.0, 0.01)):
        missed = 0
        for _ in range(300):
            sizes = least * (1 + rng.poisson(2, 800))
            found = mean_of_rare("x", np.where(rng.random(800) < odds, sizes, 0), least, "", "")
            missed += not found.covers(odds * least * 3)
        assert missed <= 2
    none = mean_of_rare("x", np.zeros(1000), 0.01, "", "")
    assert (none.value, none.low) == (0, 0)
    assert none.covers(0.001)


def test_impossible_exposures() -> None:
    with pytest.raises(InputError, match="29 records; a mean needs at least 30"):
        AVALANCHE.run(shown(blobs(29), "identity"), Settings())
    with pytest.raises(InputError, match="jpeg codes images together"):
        AVALANCHE.run(shown(blobs(40), "jpeg:30"), Settings())
    alone = AVALANCHE.run(shown(blobs(40), "jpeg:30:layout=image"), Settings())
    assert alone[0].figure.available
