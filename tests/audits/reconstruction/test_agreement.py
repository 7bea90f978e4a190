"""What a classifier says of rebuilt images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.bench import identity, noise
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.agreement import agreement, best_rung
from fewbytes.audits.reconstruction.rungs import RUNGS
from fewbytes.errors import InputError
from tests.audits.reconstruction.pictures import exposure_of


@pytest.fixture(scope="module")
def coarse() -> Exposure:
    return exposure_of("projection:12 | uniform:8", 600)


def test_rebuilt_images_are_read_as_their_originals_and_noise_is_not(coarse: Exposure) -> None:
    (found,) = agreement(coarse, Settings())
    assert found.figure.value is not None
    assert found.figure.value > 0.9
    assert found.beyond_chance
    said = found.exhibit
    assert np.mean(said["said_of_originals"] == said["said_of_rebuilt"]) == found.figure.value
    assert str(said["rung"]) in RUNGS
    assert agreement(identity(coarse), Settings())[0].figure.value == 1
    assert not agreement(noise(coarse), Settings())[0].beyond_chance


def test_chance_is_one_answer_for_all(coarse: Exposure) -> None:
    (found,) = agreement(coarse, Settings())
    assert found.chance is not None
    counts = np.bincount(found.exhibit["said_of_originals"]) / 300
    assert any(found.chance.value == share for share in counts)


def test_the_best_rung_is_that_of_least_error_on_known_pairs(coarse: Exposure) -> None:
    name, made = best_rung(identity(coarse))
    assert name == "decoder"
    assert np.array_equal(made.held, coarse.images[270:300])
    spoiled = replace(coarse, images=coarse.images.copy())
    spoiled.images[300:] = 0
    assert best_rung(spoiled)[0] == best_rung(coarse)[0]


def test_a_classifier_that_says_one_thing_of_all() -> None:
    exposure = exposure_of("dct:4", 400)
    alike = replace(exposure, labels=np.zeros(400, np.int64))
    with pytest.raises(InputError, match="the classifier says class 0 of every image"):
        agreement(alike, Settings())


def test_too_few_records() -> None:
    with pytest.raises(InputError, match="200 records; the agreement of rebuilt images needs"):
        agreement(exposure_of("dct:4", 200), Settings())


def test_where_no_rung_can_be_had(coarse: Exposure, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Exposure) -> None:
        raise InputError("nothing decodes")

    bare = replace(coarse)
    for rung in RUNGS:
        monkeypatch.setitem(RUNGS, rung, fails)
    with pytest.raises(InputError, match="nothing decodes"):
        agreement(bare, Settings())
