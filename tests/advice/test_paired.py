"""The paired test keeps its level, and finds what is there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.advice.paired import Judgement, Paired

LEVEL, MARGIN, IMAGES = 0.95, 0.005, 5000


def simulated(
    loss: float, seeds: int, share: float, count: int, rng: np.random.Generator
) -> list[Paired]:
    """Studies in which a codec truly loses `loss`: 0.8 % of the images are right for one network
    alone, and trainings differ beyond that with `share` times the variance of the images.
    """
    better, worse = (0.008 - loss) / 2, (0.008 + loss) / 2
    variance = (better + worse - loss**2) / IMAGES
    wins = rng.binomial(IMAGES, better, (count, seeds))
    losses = rng.binomial(IMAGES, worse, (count, seeds))
    luck = rng.normal(0, math.sqrt(share * variance), (count, seeds))
    differences = (wins - losses) / IMAGES
    by_images = ((wins + losses) / IMAGES - differences**2) / IMAGES
    return [
        Paired(tuple(d), float(v.mean()), IMAGES)
        for d, v in zip(differences + luck, by_images, strict=True)
    ]


@pytest.mark.parametrize("share", [0.0, 0.5, 2.0, 8.0])
@pytest.mark.parametrize("seeds", [3, 5])
def test_at_the_boundary_it_errs_no_more_often_than_it_says(seeds: int, share: float) -> None:
    count = 2000
    found = simulated(MARGIN, seeds, share, count, np.random.default_rng(seeds))
    wrong = sum(one.confirms(MARGIN, LEVEL) for one in found) / count
    assert wrong <= 1 - LEVEL + 3 * math.sqrt(0.05 * 0.95 / count)
    assert wrong > 0.01, "a test that never errs at the boundary finds nothing inside it"


FEW = (
    (10, 3), (50, 3), (100, 3), (100, 5), (200, 5), (500, 3), (500, 5), (1000, 5),
)  # fmt: skip


@pytest.mark.parametrize("gained", [0.0, 0.002, 0.01])
@pytest.mark.parametrize(("images", "seeds"), FEW)
@pytest.mark.parametrize("margin", [MARGIN, 0.02])
def test_few_images_prove_no_more_than_many(
    images: int, seeds: int, gained: float, margin: float
) -> None:
    """At the boundary: the codec has `gained` of the images right beside, and others wrong."""
    count, rng = 4000, np.random.default_rng(images)
    chances = [margin + gained, gained, 1 - margin - 2 * gained]
    drawn = rng.multinomial(images, chances, (count, seeds))
    differences = (drawn[..., 1] - drawn[..., 0]) / images
    by_images = ((drawn[..., 0] + drawn[..., 1]) / images - differences**2) / images
    found = (
        Paired(tuple(d), float(v.mean()), images)
        for d, v in zip(differences, by_images, strict=True)
    )
    wrong = sum(one.confirms(margin, LEVEL) for one in found) / count
    assert wrong <= 1 - LEVEL + 3 * math.sqrt(0.05 * 0.95 / count)


def test_no_loss_seen_on_few_images_confirms_nothing() -> None:
    """Of 120 images a codec that loses half a point gets all right, more often than not."""
    raw = Judgement(np.arange(40), np.arange(40) > 1)
    found = Paired.of([raw] * 3, [raw] * 3)
    assert found.mean == 0
    assert not found.confirms(MARGIN, LEVEL)
    assert found.lower(LEVEL) < -MARGIN
    assert found.p_value(MARGIN) > 0.05


def test_it_finds_what_is_clear() -> None:
    found = simulated(0.002, 3, 0.0, 1000, np.random.default_rng(1))
    power = sum(one.confirms(MARGIN, LEVEL) for one in found) / len(found)
    students = sum(_student(one) for one in found) / len(found)
    assert power > 0.7
    assert power > students - 0.02, "the floor under the variance costs next to nothing"


def _student(one: Paired) -> bool:
    """The plain one-sided paired t test; 2.92 is the 95 % quantile of t with 2 degrees."""
    error = np.std(one.differences, ddof=1) / math.sqrt(3)
    return bool(np.mean(one.differences) - 2.919986 * error >= -MARGIN)


def test_seeds_that_agree_by_luck_prove_nothing() -> None:
    """Three equal differences on few images: Student would be sure of them."""
    found = Paired((-0.004, -0.004, -0.004), image_variance=0.01**2, images=40)
    assert not found.confirms(MARGIN, LEVEL)
    assert _student(found)


def test_the_bound_the_test_and_the_p_value_agree() -> None:
    for one in simulated(0.004, 4, 1.0, 200, np.random.default_rng(0)):
        assert one.confirms(MARGIN, LEVEL) == (one.lower(LEVEL) >= -MARGIN)
        assert one.confirms(MARGIN, LEVEL) == (one.p_value(MARGIN) <= 1 - LEVEL)


def test_differences_by_hand() -> None:
    raw = Judgement(np.arange(10), np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], bool))
    codec = Judgement(np.arange(10), np.array([1, 1, 1, 1, 1, 0, 0, 0, 1, 0], bool))
    found = Paired.of([codec, codec], [raw, raw])
    assert found.mean == pytest.approx(-0.2)
    assert found.image_variance == pytest.approx((0.4 - 0.04) / 10)
    # no spread over seeds: the images alone, with as good as unlimited degrees of freedom
    assert found.stderr == pytest.approx(math.sqrt(0.036 / 2))
    assert found.lower(0.95) == pytest.approx(-0.2 - 1.6448536 * math.sqrt(0.018), abs=1e-6)


def test_equal_predictions_are_no_worse_at_all() -> None:
    raw = Judgement(np.arange(100), np.arange(100) > 3)
    found = Paired.of([raw] * 3, [raw] * 3)
    assert found.mean == 0
    assert -0.02 < found.lower(0.95) < 0
    assert found.confirms(0.02, 0.95)
    assert not found.confirms(0.0, 0.95), "no spread is no proof"


def test_images_that_differ_are_not_paired() -> None:
    """A codec that keeps some of the images is judged on others: both samples' variances count."""
    raw = Judgement(np.arange(100), np.arange(100) >= 10)
    codec = Judgement(np.arange(50, 90), np.arange(40) >= 8)
    found = Paired.of([codec] * 2, [raw] * 2)
    assert found.mean == pytest.approx(-0.1)
    assert found.image_variance == pytest.approx(0.2 * 0.8 / 40 + 0.1 * 0.9 / 100)


def test_one_seed_confirms_nothing() -> None:
    raw = Judgement(np.arange(100), np.arange(100) > 3)
    found = Paired.of([raw], [raw])
    assert math.isnan(found.stderr)
    assert not found.confirms(0.5, 0.95)
