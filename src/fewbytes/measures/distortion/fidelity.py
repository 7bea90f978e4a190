"""Fidelity: how far decoded images are from the originals. Mean square error, PSNR and SSIM.

Intervals are about the mean over images such as these: normal, with the third-order term that a
skewed sample needs (Johnson 1978), which moves the interval towards the long tail. Where all images
of a sample have the same figure, as after a lossless codec, it has no spread to judge by; then the
share of images that differ is bounded (Clopper & Pearson 1934: by 7.6 / n), and the interval is
what the worst of figures in that share makes of the mean.

A normal interval knows only failures of which the sample has some. Where figures differ anyway, and
an image of a thousand fails a hundred times worse, a sample of 2,000 has none of those images once
in seven times (e^-2), and nothing in it tells: the interval is then about the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Measurement
from fewbytes.types import Images, as_images

PEAK = 255

SSIM_RECORDS = 5_000
"""Images that SSIM is taken of where there are more: a second of work at 28x28."""

LEAST = 30
"""Images, counted by how much they differ from most, below which a normal interval is doubted."""

WINDOW = 11
SIGMA = 1.5

C1 = (0.01 * PEAK) ** 2
C2 = (0.03 * PEAK) ** 2

SSIM_ROUNDING = 1e-10
"""What float64 can be off in windows that are bright and flat: the variance is a difference of
squares up to 255^2, known to 1e-11 or so, and C2 is 58.5. Float32 would be off by 1e-3."""

_VALUES = 1 << 17
"""Pixel values held at a time: few enough for a processor's cache."""

_JOHNSON = "Johnson 1978, J. Am. Stat. Assoc. 73 (the interval)"
_WANG = "Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Trans. Image Process. 13(4), eq. 13"


def fidelity(
    originals: Images, decoded: Images, *, records: int = SSIM_RECORDS, seed: int = 0
) -> list[Measurement]:
    """`mse`, `psnr` and `ssim` of uint8 images (n, h, w, c), decoded against original.

    Raises:
        InputError: as `squared_error` and `ssim`.
    """
    mse = squared_error(originals, decoded)
    return [mse, psnr(mse), ssim(originals, decoded, records=records, seed=seed)]


def squared_error(originals: Images, decoded: Images) -> Measurement:
    """The mean square error of a pixel value, over all images: `mse`, "grey levels^2".

    `originals` and `decoded` (n, h, w, c) uint8.

    Raises:
        InputError: not two batches of uint8 images of one shape, or fewer than two images.
    """
    originals, decoded = _pair(originals, decoded)
    errors = np.concatenate([_errors(a, b) for a, b in _chunks(originals, decoded)])
    return _mean("mse", "grey levels^2", errors, (0.0, PEAK**2), "mean over all pixels", "")


def psnr(mse: Measurement) -> Measurement:
    """10 log10(255^2 / MSE): `psnr`, "dB"; infinite where nothing differs.

    Of the mean square error over all images. The mean of each image's own PSNR is another and
    larger figure (Jensen), infinite as soon as one image is exact. Ends are the error's ends.
    """
    low, value, high = (
        None if one is None else decibels(one) for one in (mse.high, mse.value, mse.low)
    )
    return Measurement(
        "psnr", "dB", value, low, high, mse.n,
        "of the mean square error over all images, peak 255", mse.reference,
        mse.means, mse.verdict, mse.warnings,
    )  # fmt: skip


def ssim(
    originals: Images, decoded: Images, *, records: int = SSIM_RECORDS, seed: int = 0
) -> Measurement:
    """Structural similarity, the mean over images, channels and windows: `ssim`, no unit.

    Gaussian windows of 11 x 11 with sigma 1.5, wholly inside the image, K1 = 0.01, K2 = 0.03 and a
    peak of 255 (Wang et al. 2004). Where an image is smaller, the largest odd window that fits,
    with sigma in proportion; `method` says which. Where there are more than `records` images,
    that many are drawn by `seed`, and `n` is their number. Ends are SSIM_ROUNDING further out.
    Computed in float64.

    Raises:
        InputError: as `squared_error`, images below 3 x 3 pixels, fewer than 2 records.
    """
    originals, decoded = _pair(originals, decoded)
    if records < 2:
        raise InputError(f"{records} records; an interval needs at least 2")
    side = min(WINDOW, *originals.shape[1:3])
    side -= 1 - side % 2
    if side < 3:
        raise InputError(f"images of {originals.shape[1:3]} pixels; SSIM needs 3 x 3 at least")
    if len(originals) > records:
        chosen = np.random.default_rng(seed).choice(len(originals), records, replace=False)
        originals, decoded = originals[np.sort(chosen)], decoded[np.sort(chosen)]
    found = np.concatenate([_similarity(a, b, side) for a, b in _chunks(originals, decoded)])
    sigma = SIGMA * side / WINDOW
    method = f"Gaussian windows {side}x{side} of sigma {sigma:.3g}, inside the image"
    return _mean("ssim", "", found, (-1.0, 1.0), method, _WANG, rounding=SSIM_ROUNDING)


def _pair(originals: Images, decoded: Images) -> tuple[Images, Images]:
    originals = as_images(np.asarray(originals), "originals")
    decoded = as_images(np.asarray(decoded), "decoded images")
    if originals.shape != decoded.shape:
        raise InputError(f"originals are {originals.shape}, decoded images {decoded.shape}")
    if len(originals) < 2:
        raise InputError(f"{len(originals)} images; an interval needs at least 2")
    return originals, decoded


def _chunks(*batches: Images) -> Iterator[tuple[Images, ...]]:
    rows = max(1, _VALUES // math.prod(batches[0].shape[1:]))
    for start in range(0, len(batches[0]), rows):
        yield tuple(batch[start : start + rows] for batch in batches)


def _errors(a: Images, b: Images) -> NDArray[np.float64]:
    """Each image's mean square error; in whole numbers, so exact. uint8 would wrap around."""
    apart = a.reshape(len(a), -1).astype(np.int32) - b.reshape(len(b), -1)
    each: NDArray[np.float64] = np.square(apart).sum(1, dtype=np.int64) / apart.shape[1]
    return each


def _similarity(a: Images, b: Images, side: int) -> NDArray[np.float64]:
    """Each image's SSIM, (n,), the mean over windows and channels; windows of `side` pixels."""
    sigma, edge = SIGMA * side / WINDOW, side // 2
    weights = np.exp(-((np.arange(side) - edge) ** 2) / (2 * sigma**2))
    weights /= weights.sum()

    def blurred(images: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = correlate1d(images, weights, axis=1)[:, edge:-edge]
        found: NDArray[np.float64] = correlate1d(rows, weights, axis=2)[:, :, edge:-edge]
        return found

    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = blurred(x), blurred(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    both = (2 * product + C1) * (2 * (blurred(x * y) - product) + C2)
    either = (squares + C1) * (blurred(x * x + y * y) - squares + C2)
    found: NDArray[np.float64] = (both / either).reshape(len(a), -1).mean(1).clip(-1, 1)
    found[(a == b).reshape(len(a), -1).all(1)] = 1.0
    return found


def _mean(
    name: str,
    unit: str,
    each: NDArray[np.float64],
    ends: tuple[float, float],
    method: str,
    reference: str,
    rounding: float = 0.0,
) -> Measurement:
    """The mean of figures between `ends`, each known to `rounding`, by which its ends move out."""
    n, mean, deviation = len(each), float(each.mean()), float(each.std(ddof=1))
    if np.ptp(each) <= rounding:
        share = 1 - ((1 - LEVEL) / 2) ** (1 / n)
        same = Measurement(
            name, unit, mean, mean - share * (mean - ends[0]), mean + share * (ends[1] - mean), n,
            method, "; ".join(filter(None, [reference, "Clopper & Pearson 1934, Biometrika 26"])),
        )  # fmt: skip
        return same.warned(f"the same for all {n} images; at most {share:.2%} of others may differ")
    half = DEVIATIONS * deviation / math.sqrt(n) + rounding
    shift = deviation * _skewness(each) * (1 + 2 * DEVIATIONS**2) / (6 * n)
    low = min(mean, max(ends[0], mean - half + min(0.0, shift)))
    high = max(mean, min(ends[1], mean + half + max(0.0, shift)))
    references = "; ".join(filter(None, [reference, _JOHNSON]))
    found = Measurement(name, unit, mean, low, high, n, method, references)
    carry = _carry(each)
    if carry >= LEAST:
        return found
    return found.doubted(
        f"the error's differences come from about {carry:.0f} of {n} images; {LEAST} are needed"
    )


def _skewness(each: NDArray[np.float64]) -> float:
    centred = each - each.mean()
    spread = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / spread**1.5 if spread > 1e-20 else 0.0


def _carry(each: NDArray[np.float64]) -> float:
    """How many images set the spread: (sum e)^2 / sum e^2, which is their number if all that differ
    from the median, by e, differ alike (Kish 1965). Of a normal sample, 2/pi of its images.
    """
    apart = np.abs(each - np.median(each))
    apart /= apart.max()
    return float(apart.sum() ** 2 / np.square(apart).sum())


def decibels(mse: float) -> float:
    """10 log10(255^2 / MSE), in dB; infinite at 0."""
    return math.inf if mse <= 0 else 10 * math.log10(PEAK**2 / mse)
