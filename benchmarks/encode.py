"""Encoding speed: 60,000 MNIST images, each stage beside the best of other libraries.

    pip install 'fewbytes[bench]'
    python benchmarks/encode.py [--rounds 7]

Every rival starts from the same uint8 images (or, for quantizers, from the same float32
coefficients) and ends with what our stage ends with, used in the fastest way that was found: whole
arrays where the library takes them, a loop of its own calls where it does not. The two take turns
and the median of each is printed, with their ratio: above 1, ours is faster.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import cv2
import numpy as np
import scipy.fft
import torch
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage.filters import threshold_otsu
from sklearn.decomposition import PCA
from sklearn.preprocessing import KBinsDiscretizer, binarize
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

import fewbytes as fb
from fewbytes.codecs import Domain, FittedCodec, Signal
from fewbytes.codecs.chunks import map_chunks

Array = NDArray[Any]
Work = Callable[[], object]


def project(model: Any, flat: Array) -> Array:
    return model.transform(flat.astype(np.float32))  # type: ignore[no-any-return]


def each(images: Array, out: Array, call: Callable[[Array, Array], object]) -> Array:
    """`call(image, place)` for every image, each writing to its place in `out`."""
    for image, place in zip(images, out, strict=True):
        call(image, place)
    return out


def transform(spec: str, images: Array) -> tuple[FittedCodec, Work]:
    """The first stage of `spec`, fitted, and the work of encoding with it."""
    fitted = fb.codec(spec).fit(images, seed=0)
    return fitted, lambda: fitted.encode(images)


def rivals(images: Array) -> Iterator[tuple[str, Work, dict[str, Work]]]:
    """Stage, our work, and the work of others, by name."""
    n, planes = len(images), images[..., 0]
    flat = images.reshape(n, -1)

    _, ours = transform("dct:16 | float32", images)
    cosines = np.empty((n, 16, 16), np.float32)

    def cv_dct(image: Array, place: Array) -> None:
        place[:] = cv2.dct(image.astype(np.float32))[:16, :16]

    yield "dct:16", ours, {
        "scipy dctn": lambda: scipy.fft.dctn(
            planes.astype(np.float32), axes=(1, 2), norm="ortho", workers=-1
        )[:, :16, :16].copy(),
        "OpenCV dct": lambda: each(planes, cosines, cv_dct),
    }  # fmt: skip

    for kind, cls in (("gaussian", GaussianRandomProjection), ("sparse", SparseRandomProjection)):
        _, ours = transform(f"projection:256:matrix={kind} | float32", images)
        model = cls(256, random_state=0).fit(flat[:2].astype(np.float32))
        yield (
            f"projection:256:matrix={kind}",
            ours,
            {
                f"scikit-learn {cls.__name__}": partial(project, model, flat),
            },
        )

    _, ours = transform("pca:50 | float32", images)
    pca = PCA(50, random_state=0).fit(flat[:10_000].astype(np.float32))
    yield (
        "pca:50",
        ours,
        {
            "scikit-learn PCA": lambda: pca.transform(flat.astype(np.float32)),
        },
    )

    small = np.empty((n, 16, 16), np.uint8)

    def cv_resize(method: int) -> Callable[[Array, Array], object]:
        return lambda image, place: cv2.resize(image, (16, 16), place, interpolation=method)

    def pil_resize(image: Array, place: Array) -> None:
        place[:] = Image.fromarray(image).resize((16, 16), Image.Resampling.BILINEAR)

    _, ours = transform("downsample:16 | uint8", images)
    yield (
        "downsample:16 | uint8",
        ours,
        {
            "OpenCV resize": lambda: each(planes, small, cv_resize(cv2.INTER_LINEAR)),
        },
    )
    _, ours = transform("downsample:16:antialias=true | uint8", images)
    yield (
        "downsample:16:antialias=true | uint8",
        ours,
        {
            "OpenCV resize, area": lambda: each(planes, small, cv_resize(cv2.INTER_AREA)),
            "Pillow resize": lambda: each(planes, small, pil_resize),
        },
    )

    masks = np.empty((n, 28, 28), np.uint8)
    flags = cv2.THRESH_BINARY | cv2.THRESH_OTSU

    def sk_otsu(image: Array, place: Array) -> None:
        np.greater(image, threshold_otsu(image), out=place)

    _, ours = transform("otsu | threshold", images)
    yield (
        "otsu | threshold",
        ours,
        {
            "OpenCV threshold": lambda: each(
                planes, masks, lambda image, place: cv2.threshold(image, 0, 1, flags, place)
            ),
            "scikit-image": lambda: each(planes[: n // 20], masks[: n // 20], sk_otsu),
        },
    )

    yield from quantizers(fb.codec("dct:16 | float32").encode(images))
    pixels = images.astype(np.float32)
    yield "threshold", stage("threshold", pixels, Domain.PIXEL), {
        "OpenCV threshold": lambda: cv2.threshold(
            pixels.reshape(n, -1), 127.5, 1, cv2.THRESH_BINARY
        )[1].astype(np.uint8),
        "scikit-learn binarize": lambda: binarize(
            pixels.reshape(n, -1), threshold=127.5
        ).astype(np.uint8),
    }  # fmt: skip
    yield (
        "uint8",
        stage("uint8", pixels, Domain.PIXEL),
        {
            "OpenCV convertScaleAbs": lambda: cv2.convertScaleAbs(pixels.reshape(n, -1)),
        },
    )


def quantizers(values: Array) -> Iterator[tuple[str, Work, dict[str, Work]]]:
    """Uniform quantization of coefficients to 8 bits each."""
    flat = np.ascontiguousarray(values.reshape(len(values), -1))
    bins = KBinsDiscretizer(256, encode="ordinal", strategy="uniform", subsample=None)
    bins.fit(flat)
    low, step = flat.min(0), np.ptp(flat, 0) / 255
    yield "uniform:8", stage("uniform:8", values, Domain.REAL), {
        "scikit-learn KBinsDiscretizer": lambda: bins.transform(flat).astype(np.uint8),
        "OpenCV subtract, divide, convert": lambda: cv2.convertScaleAbs(
            cv2.divide(cv2.subtract(flat, np.broadcast_to(low, flat.shape).copy()),
                       np.broadcast_to(step, flat.shape).copy())
        ),
    }  # fmt: skip


def stage(spec: str, values: Array, domain: Domain) -> Work:
    """A quantizer alone, on coefficients (n, h, w, c) float32, as a codec runs it."""
    quantizer = fb.codec(spec if domain is Domain.PIXEL else f"dct:1 | {spec}").quantizer
    signal = Signal(values.shape[1:], domain)
    x = torch.from_numpy(values)
    state = {}
    if quantizer.learned:
        state = dict(quantizer.finish(quantizer.statistic(x, signal, 0), signal, 0))
    out = torch.empty(values.shape, dtype=torch.uint8)
    return lambda: map_chunks(lambda c: quantizer.quantize(c, signal, state), x, out)


def seconds(work: Work) -> float:
    """One turn, after a pause: idle threads of some libraries spin for a while and take a core."""
    time.sleep(0.2)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    images = fb.load("mnist").train.images
    table = Table("stage", "ours s", "rival", "rival s", "rival / ours", box=None)
    for name, ours, others in track(list(rivals(images)), console=Console(stderr=True)):
        for rival, theirs in others.items():
            scale = 20 if rival == "scikit-image" else 1  # runs on a twentieth of the images
            ours(), theirs()
            pairs = [(seconds(ours), scale * seconds(theirs)) for _ in range(rounds)]
            mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(b / a for a, b in pairs)
            table.add_row(name, f"{mine:.3f}", rival, f"{other:.3f}", f"{ratio:.2f}")
    console = Console(width=110)
    console.print(f"{len(images):,} images, {torch.get_num_threads()} threads, median of {rounds}")
    console.print(table)


if __name__ == "__main__":
    main()
