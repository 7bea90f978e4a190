"""Distinct codes, colliding pairs, duplicates, entropies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, as_identity
from fewbytes.audits.finding import Outcome
from fewbytes.audits.uniqueness.birthday import BIRTHDAY
from fewbytes.audits.uniqueness.collisions import COLLISIONS, _distinct, _largest
from fewbytes.audits.uniqueness.controls import DENSE, SPARSE, as_crowded, as_random, code_bits
from fewbytes.audits.uniqueness.duplicates import DUPLICATES
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown


def test_collisions_of_a_coarse_codec_against_a_slow_twin() -> None:
    images = blobs(300)
    images[7] = images[3]
    exposure = shown(images, "downsample:1 | uint8")
    found = found_by(COLLISIONS, exposure)
    codes = [code.tobytes() for code in exposure.codes]
    originals = [image.tobytes() for image in images]
    pairs = [
        (i, j)
        for j in range(300)
        for i in range(j)
        if codes[i] == codes[j] and originals[i] != originals[j]
    ]
    assert found["uniqueness.colliding_pairs"].trial.figure.value == len(pairs) > 50
    assert found["uniqueness.distinct"].trial.figure.value == len(set(codes)) / 300
    largest = max(codes.count(code) for code in codes)
    assert found["uniqueness.largest_class"].trial.figure.value == largest
    assert all(one.outcome is Outcome.DESCRIBED for one in found.values())
    listed = found["uniqueness.colliding_pairs"].trial.exhibit["pairs"]
    assert {tuple(pair) for pair in listed.tolist()} <= set(pairs)
    assert len(listed) > 20


def test_duplicates_are_no_collisions() -> None:
    images = blobs(200)
    images[100:103] = images[:3]
    found = found_by(COLLISIONS, shown(images, "identity"))
    assert found["uniqueness.colliding_pairs"].trial.figure.value == 0
    assert found["uniqueness.distinct"].trial.figure.value == 197 / 200
    assert found["uniqueness.largest_class"].trial.figure.value == 2
    assert all(one.controls_in_place for one in found.values())


def test_controls_of_collisions_can_fail() -> None:
    exposure = shown(blobs(400), "dct:4 | uniform:8")
    identity = as_identity(exposure)
    identity.codes[0] = identity.codes[1]
    assert [one.as_expected for one in COLLISIONS.run(identity, Settings())] == [False] * 3
    crowded = as_random(exposure)
    crowded.codes[..., :3, :] = 0  # eight times as many collisions
    assert not COLLISIONS.run(crowded, Settings())[1].as_expected


@pytest.mark.parametrize(("n", "bits"), [(100, 6), (1000, 12), (50, 1), (1000, 7)])
def test_arithmetic_of_random_codes(n: int, bits: int) -> None:
    rng = np.random.default_rng(bits)
    distinct, largest = _distinct(n, bits), _largest(n, bits)
    counts = [np.bincount(rng.integers(0, 2**bits, n)) for _ in range(400)]
    shares = [(one > 0).sum() / n for one in counts]
    assert distinct.value == pytest.approx(np.mean(shares), rel=0.01)
    assert sum(not distinct.covers(float(one)) for one in shares) <= 2
    assert sum(not largest.covers(int(one.max())) for one in counts) <= 2


def test_planted_duplicates_are_found_and_listed() -> None:
    images = blobs(300)
    pairs = [[4, 200], [5, 77], [9, 10], [50, 299], [60, 61]]
    for first, second in pairs:
        images[second] = images[first]
    finding = found_by(DUPLICATES, shown(images, "dct:4"))["uniqueness.duplicates"]
    assert finding.trial.figure.value == 5
    assert finding.trial.exhibit["pairs"].tolist() == pairs
    assert finding.controls_in_place
    assert finding.positive is not None
    assert finding.null is not None
    assert (finding.positive.figure.value, finding.null.figure.value) == (5, 0)
    assert "5 pairs" in finding.words


def test_a_clean_set_has_no_duplicates() -> None:
    images = blobs(300)
    images[:, 0, 0, 0] = 0
    images[1] = images[0]
    images[1, 0, 0, 0] = 1  # a near-duplicate
    finding = found_by(DUPLICATES, shown(images, "dct:4"))["uniqueness.duplicates"]
    assert finding.trial.figure.value == 0
    assert finding.controls_in_place


def test_one_image_throughout() -> None:
    exposure = shown(np.full((200, 6, 6, 1), 9, np.uint8), "dct:3 | uniform:8")
    finding = found_by(DUPLICATES, exposure)["uniqueness.duplicates"]
    assert finding.trial.figure.value == 200 * 199 / 2
    assert finding.controls_in_place
    assert found_by(COLLISIONS, exposure)["uniqueness.colliding_pairs"].trial.figure.value == 0
    found = found_by(BIRTHDAY, exposure)
    assert found["uniqueness.collision_entropy"].trial.figure.value == 0


def test_a_miscounting_control_fails() -> None:
    images = blobs(100)
    clean = replace(shown(images, "dct:4"), kind=IDENTITY)
    assert not DUPLICATES.run(clean, Settings())[0].as_expected
    images[1] = images[0]
    copied = replace(shown(images, "dct:4"), kind=NOISE)
    assert not DUPLICATES.run(copied, Settings())[0].as_expected


def test_random_controls_have_the_pairs_they_are_meant_to_have() -> None:
    exposure = shown(blobs(2000), "dct:2 | uniform:8")
    for control, pairs in ((as_random, SPARSE), (as_crowded, DENSE)):
        bits = code_bits(control(exposure).fitted)
        assert pairs <= 2000 * 1999 / 2 * 2**-bits < 2 * pairs


@pytest.mark.parametrize("n", [60, 300, 2000])
def test_entropies_of_random_codes_are_their_bits(n: int) -> None:
    exposure = shown(blobs(n), "dct:4 | uniform:8")
    for seed in range(8):
        found = found_by(BIRTHDAY, replace(exposure, seed=seed))
        assert all(one.controls_in_place for one in found.values())
    pairs = found_by(BIRTHDAY, exposure)["uniqueness.birthday_pairs"].trial.figure
    assert pairs.value == pytest.approx(n * (n - 1) / 2 * 2.0**-128)


def test_pairs_below_all_floating_point_are_no_more_than_so_few() -> None:
    found = found_by(BIRTHDAY, shown(blobs(300), "dct:12 | uniform:16"))
    pairs = found["uniqueness.birthday_pairs"]
    assert pairs.trial.figure.value == 0
    assert "no more than 1e-300 pairs" in pairs.words


def test_a_wrong_number_of_bits_fails_the_controls() -> None:
    crowded = as_crowded(shown(blobs(2000), "dct:4 | uniform:8"))
    crowded.codes[..., :2, :] = 0  # two bits less than they say
    pairs, collision, _ = BIRTHDAY.run(crowded, Settings())
    assert not pairs.as_expected
    assert not collision.as_expected


def test_entropy_of_a_known_distribution() -> None:
    exposure = shown(blobs(1000), "downsample:1 | uint8")
    rng = np.random.default_rng(0)
    codes = np.where(rng.random(1000) < 0.5, 0, rng.integers(1, 9, 1000)).astype(np.uint8)
    known = replace(exposure, codes=codes.reshape(1000, 1, 1, 1))
    _, collision, least = BIRTHDAY.run(known, Settings())
    assert collision.figure.covers(-np.log2(0.25 + 8 * 0.0625**2))
    assert least.figure.covers(1.0)


def test_too_few_records() -> None:
    with pytest.raises(InputError, match="1 records; a collision needs at least 2"):
        COLLISIONS.run(shown(blobs(1), "identity"), Settings())
    with pytest.raises(InputError, match="1 records; a pair needs at least 2"):
        DUPLICATES.run(shown(blobs(1), "identity"), Settings())
    with pytest.raises(InputError, match="needs 50 records"):
        BIRTHDAY.run(shown(blobs(49), "identity"), Settings())
