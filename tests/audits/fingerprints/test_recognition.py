"""The attacks: planted, clean, and their controls."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Outcome
from fewbytes.audits.fingerprints.recognition import (
    LEAST_RECORDS,
    OVERLAP,
    RECOGNITION,
    SURVIVAL,
    pair_radius,
    recognised,
)
from fewbytes.codecs import Codec
from fewbytes.errors import InputError
from fewbytes.types import Dataset, Images

pytest.importorskip("imagehash")


def exposed(images: Images, spec: str, fit: Images) -> Exposure:
    fitted = Codec.parse(spec).fit(fit, seed=0)
    return Exposure(
        STORE, images, np.zeros(len(images), np.int64), fitted.encode(images), fitted, 1, 0,
        lambda given, _: fitted.encode(given),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "least"),
    [("dct:16 | uniform:8", 0.98), ("projection:256 | uniform:8", 0.98), ("identity", 1.0),
     ("downsample:16:antialias=true | otsu", 0.6)],
)  # fmt: skip
def test_what_keeps_its_look_is_recognised(tiny: Dataset, spec: str, least: float) -> None:
    survival, overlap = RECOGNITION.findings(
        exposed(tiny.train.images[:600], spec, tiny.train.images), Settings()
    )
    assert survival.outcome is Outcome.DISCLOSED
    assert survival.trial.figure.value is not None
    assert survival.trial.figure.value >= least
    assert overlap.controls_in_place
    assert "recognises" in survival.words


def test_coarse_codes_are_not(tiny: Dataset) -> None:
    found = RECOGNITION.findings(
        exposed(tiny.train.images[:600], "dct:3 | uniform:4", tiny.train.images), Settings()
    )
    assert [one.outcome for one in found] == [Outcome.NOT_SHOWN, Outcome.NOT_SHOWN]
    assert all(one.controls_in_place for one in found)
    assert all("no proof" in one.words for one in found)


def test_a_clean_twin_is_at_chance(tiny: Dataset) -> None:
    """Codes of other images in place of the records' own."""
    exposure = exposed(tiny.train.images[:400], "dct:16 | uniform:8", tiny.train.images)
    others = exposure.encode(tiny.train.images[600:1000])
    twin = Exposure(
        STORE, exposure.images, exposure.labels, others, exposure.fitted, 1, 0, exposure.draw
    )
    assert not any(one.beyond_chance for one in recognised(twin, Settings()))


def test_images_that_are_all_the_same_prove_nothing() -> None:
    images = np.repeat(np.arange(64, dtype=np.uint8).reshape(1, 8, 8, 1), 100, axis=0)
    found = RECOGNITION.findings(exposed(images, "identity", images), Settings())
    assert [one.outcome for one in found] == [Outcome.CONTROL_FAILED] * 2


def test_exhibits(tiny: Dataset) -> None:
    survival, overlap = recognised(
        exposed(tiny.train.images[:200], "identity", tiny.train.images), Settings()
    )
    assert (survival.figure.name, overlap.figure.name) == (SURVIVAL, OVERLAP)
    assert survival.exhibit["own"].tolist() == [0] * 100
    assert survival.exhibit["other"].shape == (50,)
    assert overlap.exhibit["listed"].tolist() == [0] * 100
    assert overlap.exhibit["unlisted"].shape == (100,)
    assert survival.exhibit["radius"].shape == overlap.exhibit["radius"].shape == (1,)


def test_the_radius_of_pairs() -> None:
    assert pair_radius(np.repeat([10, 20, 30], [999, 1, 999_000]).reshape(1000, 1000)) == 29
    assert pair_radius(np.repeat([10, 20, 30], [1000, 1, 998_999]).reshape(1000, 1000)) == 19
    assert pair_radius(np.repeat([10, 20, 30], [1001, 1, 998_998]).reshape(1000, 1000)) == 9
    assert pair_radius(np.zeros((5, 5), np.int64)) == 0


def test_too_few_records(tiny: Dataset) -> None:
    few = exposed(tiny.train.images[: LEAST_RECORDS - 1], "identity", tiny.train.images)
    with pytest.raises(InputError, match="59 records; recognising images by their hashes needs"):
        recognised(few, Settings())
    least = exposed(tiny.train.images[:LEAST_RECORDS], "identity", tiny.train.images)
    assert all(one.controls_in_place for one in RECOGNITION.findings(least, Settings()))
