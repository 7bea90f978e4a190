"""Fidelity: how far decoded images are from the originals. Mean square error, PSNR and SSIM.

Intervals are about the mean over images such as these: normal, with the third-order term that a
skewed sample needs (Johnson 1978), which moves the interval towards the long tail. Where all images
of a sample have the same figure, as after a lossless codec, it has no spread to judge by; then the
share of images that differ is bounded (Clopper & Pearson 1934: by 7.6 / n), and the interval is
what the worst of figures in that share makes of the mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Measurement
from fewbytes.types import Images, as_images

PEAK = 255

SSIM_RECORDS = 5_000
"""Images that SSIM is taken of where there are more: a second of work at 28x28."""

LEAST = 30
"""Images, counted by their share in the error, below which a normal interval is doubted."""

WINDOW = 11
SIGMA = 1.5

SSIM_ROUNDING = 5e-4
"""What float32, which torchmetrics is five times faster in, can be off in windows that are bright
and flat: the variance is a difference of squares up to 255^2, and C2 is 58.5."""

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
        MissingExtraError: torchmetrics is not installed, for `ssim`.
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
    found = _mean("mse", "grey levels^2", errors, (0.0, PEAK**2), "mean over all pixels", "")
    return _doubt(found, errors)


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

    Raises:
        InputError: as `squared_error`, images below 3 x 3 pixels, fewer than 2 records.
        MissingExtraError: torchmetrics is not installed.
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
    method = f"torchmetrics, Gaussian windows {side}x{side} of sigma {sigma:.3g}, inside the image"
    mean = _mean("ssim", "", found, (-1.0, 1.0), method, _WANG)
    if (found == 1).all():
        return mean
    low, high = mean.low or 0.0, mean.high or 0.0
    wider = replace(
        mean, low=max(-1.0, low - SSIM_ROUNDING), high=min(1.0, high + SSIM_ROUNDING)
    )  # fmt: skip
    return _doubt(wider, 1 - found)


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
    """Each image's SSIM, (n,). Over channels it is a mean, as in torchmetrics."""
    try:
        import torch
        from torchmetrics.functional.image import structural_similarity_index_measure as measure
    except ImportError:
        raise MissingExtraError("ssim", "torchmetrics", "measure") from None

    def as_tensor(images: Images) -> Any:
        return torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))

    # the sigma decides torchmetrics' window: 2 int(3.5 sigma + 0.5) + 1
    _, every = measure(
        as_tensor(a), as_tensor(b), sigma=SIGMA * side / WINDOW, data_range=float(PEAK),
        reduction="none", return_full_image=True,
    )  # fmt: skip
    edge = side // 2  # there torchmetrics has windows over mirrored pixels
    inside = every[..., edge : a.shape[1] - edge, edge : a.shape[2] - edge]
    means = inside.double().flatten(1).mean(1).numpy()
    found: NDArray[np.float64] = np.asarray(means, dtype=np.float64).clip(-1, 1)
    found[(a == b).reshape(len(a), -1).all(1)] = 1.0
    return found


def _mean(
    name: str,
    unit: str,
    each: NDArray[np.float64],
    ends: tuple[float, float],
    method: str,
    reference: str,
) -> Measurement:
    n, mean, deviation = len(each), float(each.mean()), float(each.std(ddof=1))
    if np.ptp(each) == 0:
        share = 1 - ((1 - LEVEL) / 2) ** (1 / n)
        same = Measurement(
            name, unit, mean, mean - share * (mean - ends[0]), mean + share * (ends[1] - mean), n,
            method, "; ".join(filter(None, [reference, "Clopper & Pearson 1934, Biometrika 26"])),
        )  # fmt: skip
        return same.warned(f"the same for all {n} images; at most {share:.2%} of others may differ")
    half = DEVIATIONS * deviation / math.sqrt(n)
    shift = deviation * _skewness(each) * (1 + 2 * DEVIATIONS**2) / (6 * n)
    low = min(mean, max(ends[0], mean - half + min(0.0, shift)))
    high = max(mean, min(ends[1], mean + half + max(0.0, shift)))
    references = "; ".join(filter(None, [reference, _JOHNSON]))
    return Measurement(name, unit, mean, low, high, n, method, references)


def _skewness(each: NDArray[np.float64]) -> float:
    centred = each - each.mean()
    spread = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / spread**1.5 if spread > 1e-20 else 0.0


def _doubt(found: Measurement, errors: NDArray[np.float64]) -> Measurement:
    """Doubt a mean that rests on few images: (sum e)^2 / sum e^2 is how many there were if all that
    err erred alike (Kish 1965).
    """
    if not errors.any():
        return found
    carry = float(errors.sum() ** 2 / np.square(errors).sum())
    if carry >= LEAST:
        return found
    return found.doubted(
        f"the error comes from about {carry:.0f} of {len(errors)} images; {LEAST} are needed"
    )


def decibels(mse: float) -> float:
    """10 log10(255^2 / MSE), in dB; infinite at 0."""
    return math.inf if mse <= 0 else 10 * math.log10(PEAK**2 / mse)
