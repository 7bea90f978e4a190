"""Which records are trained on, and what is asked about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewbytes.audits.exposure import Exposure, as_identity
from fewbytes.audits.membership import pool as pools
from fewbytes.audits.membership.pool import LEAST, feeds, part, queries
from fewbytes.errors import InputError
from fewbytes.learn import ArrayFeed
from fewbytes.types import Dataset
from tests.audits.making import exposure_of


@pytest.fixture(scope="module")
def exposure(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Exposure:
    return exposure_of(tiny, "projection:20 | uniform:8 | raw", tmp_path_factory.mktemp("pool"))


def test_the_pool_is_of_targets_and_the_population_of_known_records(exposure: Exposure) -> None:
    pool, population = feeds(exposure)
    assert (pool.inputs == exposure.values[exposure.targets]).all()
    assert (population.inputs == exposure.values[exposure.known]).all()
    assert (pool.labels == exposure.labels[exposure.targets]).all()
    assert not pool.picture
    assert pool.shape == (20,)


def test_no_more_than_so_many(exposure: Exposure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "POOL", 130)
    monkeypatch.setattr(pools, "POPULATION", 40)
    pool, population = feeds(exposure)
    assert (len(pool), len(population)) == (130, 40)


def test_codes_that_are_pictures_stay_pictures(exposure: Exposure) -> None:
    pool, _ = feeds(as_identity(exposure))
    assert pool.picture
    assert pool.shape == (28, 28, 1)
    assert (pool.inputs == exposure.images[exposure.targets]).all()


def shortened(exposure: Exposure, n: int) -> Exposure:
    return replace(
        exposure, images=exposure.images[:n], labels=exposure.labels[:n], codes=exposure.codes[:n]
    )


def test_what_cannot_be_trained_on(exposure: Exposure) -> None:
    with pytest.raises(InputError, match=f"{2 * LEAST - 1} records; .* at least {2 * LEAST}"):
        feeds(shortened(exposure, 2 * LEAST - 1))
    assert len(feeds(shortened(exposure, 2 * LEAST))[0]) == LEAST
    with pytest.raises(InputError, match="1 class"):
        feeds(replace(exposure, labels=np.zeros_like(exposure.labels)))


def test_values_that_are_not_finite(tiny: Dataset, tmp_path: Path) -> None:
    exposure = exposure_of(tiny, "projection:20 | float32 | raw", tmp_path)
    codes = exposure.codes.copy()
    codes[-1, 3] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        feeds(replace(exposure, codes=codes))


def test_pictures_are_asked_about_as_they_were_moved() -> None:
    pictures = np.random.default_rng(0).random((5, 8, 9, 2), np.float32)
    feed = ArrayFeed(pictures, np.arange(5), True)
    asked = queries(feed, 1)
    assert len(asked) == 5
    assert (asked[0].inputs == pictures).all()
    moved = [np.roll(pictures, step, axis) for axis in (1, 2) for step in (1, -1)]
    moved[0][:, 0], moved[1][:, -1], moved[2][:, :, 0], moved[3][:, :, -1] = 0, 0, 0, 0
    for one, twin in zip(asked[1:], moved, strict=True):
        assert (one.inputs == twin).all()
        assert (one.labels == feed.labels).all()


def test_nothing_else_is_moved() -> None:
    feed = ArrayFeed(np.zeros((5, 8, 8, 1)), np.arange(5), True)
    assert queries(feed, 0) == [feed]
    vectors = ArrayFeed(np.zeros((5, 8)), np.arange(5), False)
    assert queries(vectors, 1) == [vectors]
    small = ArrayFeed(np.zeros((5, 4, 4, 1)), np.arange(5), True)
    assert queries(small, 1) == [small]


def test_part() -> None:
    feed = ArrayFeed(np.arange(6.0)[:, None], np.arange(6), False)
    assert list(part(feed, np.array([4, 1])).labels) == [4, 1]
