"""Labels and codes whose information, error and code length are known in closed form.

Families are paired with distributions where their V-information is known: because the family holds
the true posterior, so that it is the mutual information, or because it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

import fewbytes as fb
from fewbytes.measures.information.contrastive import contrastive_information
from fewbytes.measures.information.description_length import description_length
from fewbytes.measures.information.label_information import label_entropy, label_information
from fewbytes.measures.information.lost_information import lost_information
from fewbytes.measures.information.network_information import network_information
from fewbytes.measures.information.usable import Usable, usable_information
from fewbytes.measures.measurement import Measurement, named
from truths.case import Case

Sample = tuple[NDArray[np.float32], NDArray[np.int64]]
Draw = Callable[[int], Sample]


def binary_entropy(p: float) -> float:
    """In bits."""
    return sum(-q * math.log2(q) for q in (p, 1 - p) if q > 0)


def symmetric_information(classes: int, error: float) -> float:
    """Bits through a symmetric channel, uniform input: Cover & Thomas 2006, equation 7.25."""
    return math.log2(classes) - binary_entropy(error) - error * math.log2(classes - 1)


def gaussian_information(mean: float) -> float:
    """Bits of a fair sign in sign * mean + N(0, 1), by numeric integration."""

    def lost(z: float) -> float:
        return float(norm.pdf(z - mean) * np.logaddexp(0, -2 * mean * z)) / math.log(2)

    return 1 - float(quad(lost, mean - 12, mean + 12, epsabs=1e-10)[0])


def gaussian_channel(seed: int, mean: float, n: int = 4000, dims: int = 8) -> Sample:
    """Fair signs along a diagonal of `dims` dimensions, unit noise in each: `mean` from the centre
    to either class.
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    centres = (2 * labels[:, None] - 1) * mean / math.sqrt(dims)
    return (centres + rng.normal(size=(n, dims))).astype(np.float32), labels


def symmetric_channel(seed: int, classes: int, error: float, n: int = 4000) -> Sample:
    """One-hot codes of a symbol that is the label, or with probability `error` another one."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    moved = rng.integers(1, classes, n) * (rng.random(n) < error)
    return np.eye(classes, dtype=np.float32)[(labels + moved) % classes], labels


def erasure_channel(seed: int, classes: int, erased: float, n: int = 4000) -> Sample:
    """One-hot codes of the label, all zeros with probability `erased`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    kept = rng.random((n, 1)) >= erased
    return (np.eye(classes)[labels] * kept).astype(np.float32), labels


def exclusive_or(seed: int, flipped: float = 0.05, n: int = 4000) -> Sample:
    """Two fair bits, noise too small to hide them; the label is their sum modulo 2, flipped with
    probability `flipped`.
    """
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (n, 2))
    labels = bits.sum(1) + (rng.random(n) < flipped)
    return (2 * bits - 1 + rng.normal(0, 0.1, (n, 2))).astype(np.float32), labels % 2


def independent(seed: int, classes: int = 10, n: int = 4000) -> Sample:
    """Codes that hold nothing of the labels."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 8)).astype(np.float32), rng.integers(0, classes, n)


def deterministic(seed: int, classes: int = 8, n: int = 4000) -> Sample:
    """Codes of well separated clusters, one for each class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    centres = 20 * np.eye(classes, 16)
    return (centres[labels] + rng.normal(size=(n, 16))).astype(np.float32), labels


def halved(seed: int, n: int = 4000) -> Sample:
    """One bit that tells in which half of four equally probable classes the label is."""
    labels = np.random.default_rng(seed).integers(0, 4, n)
    return (labels[:, None] // 2).astype(np.float32), labels


def same_class_pairs(seed: int, error: float = 0.2, n: int = 4000) -> Sample:
    """MNIST images at 14x14, each with the label of a partner: of its own class, or with
    probability `error` of another. The classes are equally probable.
    """
    rng = np.random.default_rng(seed)
    images, classes = fb.load("mnist").train.images, fb.load("mnist").train.labels
    wanted = rng.integers(0, 10, n)
    rows = np.empty(n, np.int64)
    for k in range(10):
        rows[wanted == k] = rng.choice(
            np.flatnonzero(classes == k), int((wanted == k).sum()), False
        )
    moved = rng.integers(1, 10, n) * (rng.random(n) < error)
    return images[rows, ::2, ::2].astype(np.float32), (wanted + moved) % 10


def image_pairs(
    seed: int, error: float = 0.2, pairs: int = 6000
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two MNIST images at 14x14, no image twice: of one class, or with probability `error` of two.

    What one says of the other passes through their classes, a symmetric channel; an image tells its
    class all but for certain.
    """
    rng = np.random.default_rng(seed)
    train = fb.load("mnist").train
    left = {k: list(rng.permutation(np.flatnonzero(train.labels == k))) for k in range(10)}
    first = rng.integers(0, 10, pairs)
    second = (first + rng.integers(1, 10, pairs) * (rng.random(pairs) < error)) % 10
    rows = np.array([(left[a].pop(), left[b].pop()) for a, b in zip(first, second, strict=True)])
    small = train.images[:, ::2, ::2].astype(np.float32)
    return small[rows[:, 0]], small[rows[:, 1]]


def skewed_labels(seed: int, n: int = 4000) -> NDArray[np.int64]:
    """Geometric probabilities 1/2, 1/4, ..., the last two equal: 8 classes, 1.984 bits."""
    shares = [2.0**-k for k in range(1, 8)] + [2.0**-7]
    return np.random.default_rng(seed).choice(8, n, p=shares)


def _usable(draw: Draw, family: str, picture: bool, seed: int) -> Usable:
    values, labels = draw(seed)
    return usable_information(values, labels, family=family, picture=picture, seed=seed)


def _contrast(seed: int) -> Measurement:
    return contrastive_information(*image_pairs(seed), seed=seed, batch=256, most=math.log2(10))


def _usable_case(family: str, what: str, truth: float, draw: Draw) -> Case:
    def run(seed: int) -> Measurement:
        return _usable(draw, family, False, seed).measurement

    return Case(f"usable.{family}", what, truth, run)


def _label_case(
    measure: str,
    what: str,
    truth: float,
    draw: Draw,
    families: tuple[str, ...] = ("linear", "knn"),
    entropy_high: float | None = None,
) -> Case:
    def run(seed: int) -> Measurement:
        usables = [_usable(draw, family, family == "cnn", seed) for family in families]
        return named(label_information(usables, entropy_high=entropy_high))[measure]

    return Case(measure, what, truth, run)


def _limit_case(family: str, what: str, bits: float, draw: Draw) -> Case:
    """`bits` of H(Y | Z) for each of 4,000 records."""

    def run(seed: int) -> Measurement:
        values, labels = draw(seed)
        return description_length(values, labels, family=family, seed=seed, records=4000).limit

    return Case("description_length.limit", f"{what}, {family}", 4000 * bits, run)


def _entropy(seed: int) -> Measurement:
    return label_entropy(skewed_labels(seed), classes=8)


def _entropy_case(what: str, shares: NDArray[np.float64], n: int, known: bool) -> Case:
    def run(seed: int) -> Measurement:
        labels = np.random.default_rng(seed).choice(len(shares), n, p=shares)
        return label_entropy(labels, classes=len(shares) if known else None)

    truth = -float(shares @ np.log2(shares))
    told = "" if known else ", their number not told"
    return Case("label_entropy", f"{what}, {n:,} labels{told}", truth, run)


def _perfect_network(seed: int) -> Measurement:
    labels = np.random.default_rng(seed).integers(0, 1000, 2000)
    logits = np.where(np.arange(1000) == labels[:, None], 20.0, 0.0)
    return network_information(logits, labels, classes=1000, seed=seed)


def _channel_network(seed: int) -> Measurement:
    logits, labels = FOUR(seed)
    return network_information(10 * logits, labels, classes=4, seed=seed)


def _rarely_lost(seed: int) -> Measurement:
    """Of 79 judged images one of a hundred loses 6 bits, of the 2 that a reader had."""
    lost = np.where(np.random.default_rng(seed).random(79) < 0.01, 6.0, 0.0)
    return lost_information(_reader(np.subtract(2.0, lost)), _reader(np.full(79, 2.0)))


def _reader(pointwise: NDArray[np.float64]) -> Usable:
    m = len(pointwise)
    return Usable(
        Measurement("usable.cnn", "bits", None, 0.0, 1.0, m, "", ""), pointwise, np.arange(m),
        np.zeros((m, 2)), np.zeros(m, np.int64), np.array([m, m]), (-8.0, 3.3), 0.0,
    )  # fmt: skip


WEAK = partial(gaussian_channel, mean=0.5, n=16_000)
STRONG = partial(gaussian_channel, mean=1.5)
FOUR = partial(symmetric_channel, classes=4, error=0.1)
TEN = partial(symmetric_channel, classes=10, error=0.3)
ERASED = partial(erasure_channel, classes=4, erased=0.25)
WEAK_BITS, STRONG_BITS = gaussian_information(0.5), gaussian_information(1.5)
XOR_BITS = 1 - binary_entropy(0.05)
FOUR_BITS, TEN_BITS = symmetric_information(4, 0.1), symmetric_information(10, 0.3)

CASES = [
    _usable_case("linear", "Gaussian channel, mean 0.5", WEAK_BITS, WEAK),
    _usable_case("linear", "Gaussian channel, mean 1.5", STRONG_BITS, STRONG),
    *(_usable_case(f, "symmetric channel, 4", FOUR_BITS, FOUR) for f in ("linear", "knn")),
    *(_usable_case(f, "symmetric channel, 10", TEN_BITS, TEN) for f in ("linear", "mlp")),
    _usable_case("linear", "erasure channel, 4", 1.5, ERASED),
    _usable_case("linear", "exclusive or", 0.0, exclusive_or),
    *(_usable_case(f, "exclusive or", XOR_BITS, exclusive_or) for f in ("knn", "mlp")),
    *(_usable_case(f, "independent", 0.0, independent) for f in ("linear", "knn", "mlp")),
    *(_usable_case(f, "deterministic", 3.0, deterministic) for f in ("linear", "knn", "mlp")),
    Case("label_entropy", "geometric, 8 classes", 127 / 64, _entropy),
    *(_entropy_case("1,000 equal classes", np.full(1000, 1e-3), n, True) for n in (500, 20_000)),
    *(_entropy_case("1,000 equal classes", np.full(1000, 1e-3), 2000, k) for k in (True, False)),
    *(_entropy_case("coin of 0.01", np.array([0.99, 0.01]), 200, k) for k in (True, False)),
    Case(
        "label_information.network", "1,000 classes, all told apart", math.log2(1000),
        _perfect_network,
    ),
    Case("label_information.network", "symmetric channel, 4", FOUR_BITS, _channel_network),
    Case("usable.lost", "6 bits, one image of a hundred", 0.06, _rarely_lost),
    _label_case("label_information", "Gaussian channel, mean 1.5", STRONG_BITS, STRONG),
    _label_case("label_information", "symmetric channel, 10", TEN_BITS, TEN),
    _label_case("label_information", "erasure channel, 4", 1.5, ERASED),
    _label_case("label_information", "exclusive or", XOR_BITS, exclusive_or),
    _label_case("label_information", "independent", 0.0, independent),
    _label_case("label_information", "deterministic", 3.0, deterministic),
    _label_case("label_information", "one bit of four classes", 1.0, halved, entropy_high=1.0),
    _label_case(
        "label_information", "MNIST image, class of a partner, same but for a fifth",
        symmetric_information(10, 0.2),
        same_class_pairs, ("knn", "cnn"),
    ),
    Case(
        "contrastive.information", "pairs of MNIST images, same class but for a fifth",
        symmetric_information(10, 0.2), _contrast, most_width=3.0,
    ),
    _label_case("label_information.error", "symmetric channel, 10", TEN_BITS, TEN),
    _label_case("label_information.error", "deterministic", 3.0, deterministic),
    _label_case("bayes_error", "Gaussian channel, mean 1.5", float(norm.cdf(-1.5)), STRONG),
    _label_case("bayes_error", "symmetric channel, 4", 0.1, FOUR),
    _label_case("bayes_error", "symmetric channel, 10", 0.3, TEN),
    _label_case("bayes_error", "erasure channel, 4", 0.25 * 3 / 4, ERASED),
    _label_case("bayes_error", "one bit of four classes", 0.5, halved, entropy_high=1.0),
    _limit_case("linear", "Gaussian channel, mean 0.5", 1 - WEAK_BITS, WEAK),
    _limit_case("linear", "Gaussian channel, mean 1.5", 1 - STRONG_BITS, STRONG),
    _limit_case("linear", "erasure channel, 4", 0.5, ERASED),
    _limit_case("linear", "independent", math.log2(10), independent),
    _limit_case("linear", "deterministic", 0.0, deterministic),
    _limit_case("knn", "symmetric channel, 4", 2 - FOUR_BITS, FOUR),
]  # fmt: skip
