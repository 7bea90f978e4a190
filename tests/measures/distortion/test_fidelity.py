"""Mean square error, PSNR and SSIM, against closed forms, slow twins and scikit-image."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import fidelity, psnr, squared_error, ssim
from fewbytes.measures.measurement import Verdict, named
from fewbytes.types import Images


def _noisy(seed: int, n: int = 400, shape: tuple[int, ...] = (8, 8, 1)) -> tuple[Images, Images]:
    """Errors whose squares, per image, are scaled by 1, 2, 3 or 4, of the mean 2.5 * 10/3."""
    rng = np.random.default_rng(seed)
    originals = rng.integers(20, 236, (n, *shape), dtype=np.uint8)
    scale = np.sqrt(rng.integers(1, 5, (n, 1, 1, 1)))
    errors = np.rint(3 * scale * rng.choice([-1, 1], (n, *shape))).astype(np.int16)
    return originals, (originals + errors).astype(np.uint8)


TRUTH = np.mean(np.rint(3 * np.sqrt([1, 2, 3, 4])) ** 2)


def test_squared_error_covers_the_truth_and_no_wrong_one() -> None:
    for seed in range(30):
        found = squared_error(*_noisy(seed))
        assert found.verdict is Verdict.RELIABLE
        assert found.covers(TRUTH)
        assert not found.covers(0.8 * TRUTH)
        assert found.unit == "grey levels^2"


def test_squared_error_is_the_slow_mean() -> None:
    originals, decoded = _noisy(0, n=30, shape=(40, 80, 3))
    slow = np.mean((originals.astype(float) - decoded.astype(float)) ** 2)
    assert squared_error(originals, decoded).value == pytest.approx(slow, rel=1e-12)


def test_bytes_do_not_wrap_around() -> None:
    black, white = np.zeros((60, 4, 4, 1), np.uint8), np.full((60, 4, 4, 1), 255, np.uint8)
    for found in (squared_error(black, white), squared_error(white, black)):
        assert (found.value, found.high) == (65025, 65025)
        assert psnr(found).value == 0


def test_psnr_is_of_the_mean_error() -> None:
    originals = np.full((100, 4, 4, 1), 100, np.uint8)
    decoded = originals.copy()
    decoded[::2] += 10
    mse = squared_error(originals, decoded)
    found = psnr(mse)
    assert found.value == pytest.approx(10 * math.log10(255**2 / 50))
    assert mse.low is not None
    assert mse.high is not None
    assert found.low == pytest.approx(10 * math.log10(255**2 / mse.high))
    assert found.high == pytest.approx(10 * math.log10(255**2 / mse.low))


def test_identical_images_are_perfect() -> None:
    originals = np.random.default_rng(0).integers(0, 256, (50, 12, 12, 3), dtype=np.uint8)
    found = named(fidelity(originals, originals))
    assert found["mse"].low == found["mse"].value == 0
    assert found["psnr"].value == found["psnr"].high == math.inf
    assert found["ssim"].value == found["ssim"].high == 1
    # 0.0005 = (1 - share)^50
    share = 1 - 0.0005 ** (1 / 50)
    assert found["mse"].high == pytest.approx(share * 255**2)
    assert found["ssim"].low == pytest.approx(1 - 2 * share)
    assert all("the same for all 50 images" in one.warnings[0] for one in found.values())
    assert all(one.verdict is Verdict.RELIABLE for one in found.values())


def test_a_failure_that_a_sample_may_miss_is_covered_all_the_same() -> None:
    for seed in range(60):
        chosen = np.random.default_rng(seed).random(500) < 0.004
        decoded = (chosen[:, None, None, None] * np.full((500, 4, 4, 1), 100)).astype(np.uint8)
        found = squared_error(np.zeros_like(decoded), decoded)
        assert found.covers(40) or found.verdict is Verdict.UNRELIABLE


def test_a_mean_that_rests_on_few_images_is_doubted() -> None:
    originals = np.zeros((1000, 4, 4, 1), np.uint8)
    decoded = originals.copy()
    decoded[:5] = 200
    found = squared_error(originals, decoded)
    assert found.verdict is Verdict.UNRELIABLE
    assert "about 5 of 1000" in found.warnings[0]
    assert psnr(found).verdict is Verdict.UNRELIABLE


def test_a_few_far_worse_images_among_many_that_err_are_doubted() -> None:
    """One of 1,000 is off by 100, all others by 10 or 11; of 2,000 two or so are seen, or none."""
    seen = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        off = rng.integers(10, 12, (2000, 1, 1, 1))
        bad = rng.random((2000, 1, 1, 1)) < 0.001
        decoded = (np.where(bad, 100, off) * np.ones((1, 2, 2, 1))).astype(np.uint8)
        found = squared_error(np.zeros_like(decoded), decoded)
        seen += bool(bad.any())
        assert (found.verdict is Verdict.UNRELIABLE) == bad.any()
    assert seen > 45


def test_few_images_are_enough_where_all_err_alike() -> None:
    missed = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        originals = rng.integers(20, 236, (60, 8, 8, 1), dtype=np.uint8)
        noise = rng.integers(-3, 4, originals.shape)
        found = squared_error(originals, (originals + noise).astype(np.uint8))
        assert found.verdict is Verdict.RELIABLE
        missed += not found.covers(4)
    assert missed <= 2


def test_the_interval_covers_a_skewed_mean_or_is_doubted() -> None:
    for seed in range(60):
        chosen = np.random.default_rng(seed).random(500) < 0.1
        decoded = (chosen[:, None, None, None] * np.full((500, 4, 4, 1), 60)).astype(np.uint8)
        found = squared_error(np.zeros_like(decoded), decoded)
        assert found.covers(360) or found.verdict is Verdict.UNRELIABLE


def test_ssim_is_scikit_images() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    for shape in ((28, 28, 1), (11, 13, 1), (20, 32, 3)):
        rng = np.random.default_rng(1)
        originals = rng.integers(0, 256, (8, *shape), dtype=np.uint8)
        originals[:4] = 200 + originals[:4] // 8
        noise = rng.integers(-12, 13, originals.shape)
        decoded = np.clip(originals + noise, 0, 255).astype(np.uint8)
        twin = [
            metrics.structural_similarity(
                a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                data_range=255, channel_axis=-1,
            )
            for a, b in zip(originals, decoded, strict=True)
        ]  # fmt: skip
        found = ssim(originals, decoded)
        assert found.value == pytest.approx(np.mean(twin), abs=1e-10)
        assert "11x11 of sigma 1.5" in found.method


@pytest.mark.parametrize(("side", "sigma"), [(28, 1.5), (9, 1.5 * 9 / 11)])
def test_ssim_is_torchmetrics(side: int, sigma: float) -> None:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("torchmetrics.functional.image")
    originals, decoded = _noisy(2, n=6, shape=(side, side + 3, 3))
    a, b = (
        torch.from_numpy(images.transpose(0, 3, 1, 2).astype(float))
        for images in (originals, decoded)
    )
    _, every = metrics.structural_similarity_index_measure(
        a, b, sigma=sigma, data_range=255.0, reduction="none", return_full_image=True
    )
    edge = min(11, side) // 2  # there torchmetrics has windows over mirrored pixels
    inside = every[..., edge : side - edge, edge : side + 3 - edge]
    assert ssim(originals, decoded).value == pytest.approx(float(inside.mean()), abs=1e-10)


def _one_off(position: int) -> Fraction:
    """SSIM of a white image of 12 x 12 and the same with one pixel of 254, in exact fractions of
    what the windows' weights are in float64.
    """
    line = np.exp(-((np.arange(11) - 5) ** 2) / 4.5)
    window = np.outer(line, line)
    share = [[Fraction(float(w)) for w in row] for row in window / window.sum()]
    y, x = divmod(position, 12)
    found = Fraction(0)
    c1, c2 = Fraction(65025, 10_000), Fraction(9 * 65025, 10_000)
    for top in (0, 1):
        for left in (0, 1):
            inside = 0 <= y - top < 11 and 0 <= x - left < 11
            w = share[y - top][x - left] if inside else Fraction(0)
            mean, spread = 255 - w, w * (1 - w)
            light = (2 * 255 * mean + c1) / (255**2 + mean**2 + c1)
            found += light * c2 / (spread + c2) / 4
    return found


def test_ssim_keeps_its_digits_in_white_images() -> None:
    originals = np.full((144, 12, 12, 1), 255, np.uint8)
    decoded = originals.copy()
    decoded.reshape(144, 144)[np.arange(144), np.arange(144)] = 254
    truth = float(sum(map(_one_off, range(144)), Fraction(0)) / 144)
    assert ssim(originals, decoded).value == pytest.approx(truth, abs=1e-10)
    for seed in range(30):
        drawn = np.random.default_rng(seed).integers(0, 144, 2000)
        found = ssim(originals[drawn], decoded[drawn])
        assert found.verdict is Verdict.RELIABLE
        assert found.covers(truth)
        assert not found.covers(1 - 0.5 * (1 - truth))


def test_ssim_of_flat_images_is_the_luminance_term() -> None:
    a, b = 100.0, 120.0
    c1 = (0.01 * 255) ** 2
    truth = (2 * a * b + c1) / (a * a + b * b + c1)
    originals = np.full((40, 16, 16, 1), int(a), np.uint8)
    found = ssim(originals, originals + np.uint8(20))
    assert found.covers(truth)
    assert found.value == pytest.approx(truth, abs=1e-10)


@pytest.mark.parametrize(("side", "window"), [(3, 3), (4, 3), (7, 7), (10, 9), (11, 11)])
def test_a_small_image_has_the_window_that_fits(side: int, window: int) -> None:
    originals, decoded = _noisy(0, n=40, shape=(side, side + 2, 1))
    found = ssim(originals, decoded)
    assert f"{window}x{window}" in found.method
    assert found.value is not None
    assert 0.5 < found.value < 1


def test_ssim_draws_records_by_its_seed() -> None:
    originals, decoded = _noisy(0, n=300)
    first = ssim(originals, decoded, records=100, seed=1)
    assert first == ssim(originals, decoded, records=100, seed=1)
    assert first != ssim(originals, decoded, records=100, seed=2)
    assert first.n == 100
    whole = ssim(originals, decoded).value
    assert whole is not None
    assert first.covers(whole)


def test_bad_input_is_refused() -> None:
    images = np.zeros((5, 8, 8, 1), np.uint8)
    with pytest.raises(InputError, match="must be uint8"):
        squared_error(images.astype(float), images)
    with pytest.raises(InputError, match="decoded images must be uint8"):
        squared_error(images, np.full(images.shape, np.nan))
    with pytest.raises(InputError, match=r"originals are \(5, 8, 8, 1\), decoded images \(4,"):
        squared_error(images, images[:4])
    with pytest.raises(InputError, match="1 images; an interval needs at least 2"):
        squared_error(images[:1], images[:1])
    with pytest.raises(InputError, match="0 images"):
        fidelity(images[:0], images[:0])
    with pytest.raises(InputError, match="3 x 3 at least"):
        ssim(images[:, :2], images[:, :2])
    with pytest.raises(InputError, match="1 records"):
        ssim(images, images, records=1)
