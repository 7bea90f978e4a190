"""What is computed once for an exposure."""

from __future__ import annotations

import gc
import weakref

from fewbytes.audits.bench import identity, noise, once_for_codes, once_for_images, renamed
from fewbytes.audits.exposure import IDENTITY, NOISE, STORE, Exposure
from tests.audits.reconstruction.pictures import exposure_of


def test_a_thing_is_made_once_for_each_exposure() -> None:
    made: list[str] = []

    def make(exposure: Exposure) -> int:
        made.append(exposure.kind)
        return len(made)

    one, other = exposure_of("dct:4", 20), exposure_of("dct:4", 20)
    assert [once_for_codes(one, "a", make) for _ in range(2)] == [1, 1]
    assert once_for_codes(one, "b", make) == 2
    assert once_for_codes(other, "a", make) == 3


def test_controls_share_what_is_of_the_images() -> None:
    exposure = exposure_of("dct:4", 20)
    assert identity(exposure) is identity(exposure)
    assert (identity(exposure).kind, noise(exposure).kind) == (IDENTITY, NOISE)
    made = [object(), object(), object()]
    assert once_for_images(noise(exposure), "a", lambda _: made[0]) is made[0]
    assert once_for_images(exposure, "a", lambda _: made[1]) is made[0]
    assert once_for_codes(exposure, "c", lambda _: made[1]) is made[1]
    assert once_for_codes(identity(exposure), "c", lambda _: made[2]) is made[2]


def test_by_another_name_all_is_shared() -> None:
    exposure = exposure_of("dct:4", 20)
    other = renamed(exposure, "other")
    assert (other.kind, exposure.kind) == ("other", STORE)
    made = [object(), object()]
    assert once_for_codes(other, "a", lambda _: made[0]) is made[0]
    assert once_for_codes(exposure, "a", lambda _: made[1]) is made[0]
    assert identity(other) is identity(exposure)


def test_nothing_outlives_its_exposure() -> None:
    exposure = exposure_of("dct:4", 20)
    control = weakref.ref(identity(exposure))
    alive = weakref.ref(exposure)
    once_for_codes(exposure, "a", lambda e: e)
    del exposure
    gc.collect()
    assert alive() is None
    assert control() is None
