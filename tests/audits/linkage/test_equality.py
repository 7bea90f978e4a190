"""Two releases linked by equal codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import Exposure, as_noise
from fewbytes.audits.finding import Outcome
from fewbytes.audits.linkage.equality import EQUALITY, _linked
from fewbytes.errors import InputError
from fewbytes.types import Images
from tests.audits.uniqueness.helpers import blobs, found_by, shown

LINKED, FALSE = "linkage.equality", "linkage.equality_false"


def release(exposure: Exposure, images: Images) -> Exposure:
    """Another release of the same codec."""
    return replace(
        exposure, images=images, labels=np.zeros(len(images), np.int64),
        codes=exposure.encode(images),
    )  # fmt: skip


@pytest.mark.parametrize("codec", ["identity", "dct:6 | uniform:8", "projection:40 | float32"])
def test_a_deterministic_codec_links_all(codec: str) -> None:
    found = found_by(EQUALITY, shown(blobs(400), codec))
    assert found[LINKED].outcome is Outcome.DISCLOSED
    assert found[LINKED].trial.figure.value == 1
    assert found[LINKED].trial.figure.n == 100
    linked, false = found[LINKED].trial, found[FALSE].trial
    assert linked.chance is not None
    assert linked.chance.value == 1 / 200
    assert found[FALSE].outcome is Outcome.DISCLOSED
    assert false.figure.value == 0
    assert false.chance is not None
    assert false.chance.value == pytest.approx(1 - 1 / 400)
    assert found[FALSE].controls_in_place


def test_fresh_noise_links_nothing() -> None:
    for seed in range(5):
        noise = as_noise(shown(blobs(300, seed), "dct:6 | uniform:8", seed))
        linked, false = EQUALITY.run(noise, Settings(seed=seed))
        assert linked.figure.value == 0
        assert not linked.beyond_chance
        assert not false.beyond_chance
        assert (false.figure.low, false.figure.high) == (0, 1)


def test_coarse_codes_link_few_and_wrongly() -> None:
    found = found_by(EQUALITY, shown(blobs(2000), "downsample:1 | uint8"))
    value = found[LINKED].trial.figure.value
    assert value is not None
    assert value < 0.2
    wrong = found[FALSE].trial.figure.value
    assert wrong is None or wrong > 0.2


def test_links_are_those_of_a_slow_twin() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.integers(0, 40, (2, 30, 1)).astype(np.uint8)
    slow = [
        (i, j)
        for j in range(30)
        for i in range(30)
        if ours[i] == theirs[j] and (ours == ours[i]).sum() == (theirs == ours[i]).sum() == 1
    ]
    assert _linked(ours, theirs).tolist() == [list(pair) for pair in slow]
    assert slow


def test_a_second_release_of_some_of_the_records() -> None:
    images = blobs(700)
    exposure = shown(images[:400], "dct:6 | uniform:8")
    other = release(exposure, images[300:700])
    found = found_by(EQUALITY, exposure, Settings(other=other))
    assert found[LINKED].trial.figure.n == 100
    assert found[LINKED].trial.figure.value == 1
    assert found[LINKED].controls_in_place
    assert found[FALSE].controls_in_place
    links = found[LINKED].trial.exhibit["links"]
    assert np.array_equal(links[:, 0], links[:, 1] + 300)


def test_the_same_release_again_does_not_link_its_noise() -> None:
    """Codes dealt out by the same numbers would be equal; they are dealt out anew."""
    exposure = shown(blobs(400), "dct:6 | uniform:8")
    linked = found_by(EQUALITY, exposure, Settings(other=exposure))[LINKED]
    assert linked.controls_in_place
    assert linked.null is not None
    assert linked.null.figure.value == 0


def test_records_that_only_look_the_same_are_wrong_links() -> None:
    exposure = shown(blobs(400), "dct:4 | uniform:2")
    moved = exposure.images.copy()
    moved[:200, 0, 0] ^= 1  # other images; most keep their codes
    found = found_by(EQUALITY, exposure, Settings(other=release(exposure, moved)))
    assert found[LINKED].trial.figure.n == 200
    wrong = found[FALSE].trial.figure.value
    assert wrong is not None
    assert 0.3 < wrong < 0.6


def test_releases_that_cannot_be_linked() -> None:
    images = blobs(300)
    exposure = shown(images[:200], "dct:6 | uniform:8")
    with pytest.raises(InputError, match="none of 100 records is in both releases"):
        EQUALITY.run(exposure, Settings(other=release(exposure, images[200:])))
    with pytest.raises(InputError, match=r"codes of uint8 \(6, 6, 1\) and of uint8 \(3, 3, 1\)"):
        EQUALITY.run(exposure, Settings(other=shown(images, "dct:3 | uniform:8")))
    with pytest.raises(InputError, match=r"codes of uint8 .* and of float32"):
        EQUALITY.run(exposure, Settings(other=shown(images, "dct:6 | float32")))
    larger = shown(blobs(200, side=16), "dct:6 | uniform:8")
    with pytest.raises(InputError, match=r"originals of .* cannot be equal"):
        EQUALITY.run(exposure, Settings(other=larger))
    with pytest.raises(InputError, match="99 records"):
        EQUALITY.run(shown(images[:99], "identity"), Settings())
