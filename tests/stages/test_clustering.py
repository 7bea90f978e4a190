"""Quantizers that learn codebooks."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fewbytes.codecs import Codec, Domain, FittedCodec, Signal
from fewbytes.codecs import clusters as module
from fewbytes.codecs.clusters import learn, nearest
from fewbytes.errors import CodecError, CorruptError, MissingExtraError
from fewbytes.stages.pq import PQ
from fewbytes.stages.vq import VQ
from fewbytes.testing import (
    check_batches,
    check_coding,
    check_shapes,
    check_state,
    check_threads,
    sample_images,
)
from fewbytes.types import Dataset

IMAGES = sample_images(60, (12, 10, 1), seed=4)
UNSEEN = sample_images(6, (12, 10, 1), seed=5)


def _slow_nearest(points: NDArray[np.int64], centres: NDArray[np.int64]) -> list[int]:
    """Whole numbers, so that every distance is exact."""
    found = []
    for point in points:
        distances = [int(((point - centre) ** 2).sum()) for centre in centres]
        found.append(distances.index(min(distances)))
    return found


@pytest.mark.parametrize(("values", "k"), [(1, 3), (2, 9), (17, 40), (784, 13)])
def test_nearest_is_the_nearest_and_ties_go_to_the_lowest(
    values: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(values)
    points, centres = rng.integers(0, 4, (50, values)), rng.integers(0, 4, (k, values))
    centres[k // 2] = centres[0]  # a tie everywhere
    expected = _slow_nearest(points, centres)
    for scale, held in ((1, 1 << 20), (64, 50), (1 / 64, 150)):
        monkeypatch.setattr(module, "_SCORES", held)  # how many centres are looked at together
        pair = (torch.from_numpy(part).float() * scale for part in (points, centres))
        assert nearest(*pair).tolist() == expected


def test_nearest_does_not_depend_on_the_place_of_a_record() -> None:
    generator = torch.Generator().manual_seed(0)
    points, centres = (torch.randn(n, 49, generator=generator) for n in (512, 9))
    found, order = nearest(points, centres), torch.randperm(512, generator=generator)
    assert torch.equal(nearest(points[order], centres), found[order])
    # halfway between two centres, up to rounding in the last place
    middles = (centres[:-1] + centres[1:]) / 2
    alone = torch.cat([nearest(point[None], centres) for point in middles])
    assert torch.equal(nearest(middles, centres), alone)


def test_far_points_and_empty_codebooks() -> None:
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    far = torch.tensor([[1e30, 0.0], [-1e30, 0.0], [3.0, 1e30]])
    assert nearest(far, centres).tolist() == [1, 0, 1]
    assert nearest(far, torch.zeros(3, 2)).tolist() == [0, 0, 0]
    assert nearest(far[:0], centres).tolist() == []


@pytest.mark.parametrize("spec", ["vq:60", "vq:300", "pq:1:60", "pq:7:64"])
@pytest.mark.parametrize("row", ["", "otsu | ", "pca:12 | "])
def test_as_many_vectors_as_records_lose_nothing(row: str, spec: str) -> None:
    fitted = Codec.parse(row + spec).fit(IMAGES)
    coefficients = Codec.parse(f"{row}float32").fit(IMAGES).encode(IMAGES)
    found = fitted.dequantize(fitted.encode(IMAGES))
    assert np.array_equal(found, coefficients)


def test_one_part_is_a_whole_vector() -> None:
    whole, parts = (Codec.parse(spec).fit(IMAGES, seed=3) for spec in ("vq:9", "pq:1:9"))
    assert torch.equal(whole.states[0]["vectors"], parts.states[0]["vectors"])
    assert np.array_equal(whole.encode(UNSEEN), parts.encode(UNSEEN))
    assert np.array_equal(whole.decode(whole.encode(UNSEEN)), parts.decode(parts.encode(UNSEEN)))


def test_parts_may_be_uneven() -> None:
    """Of 120 values in 7 parts, the first has 18 and six have 17."""
    fitted = Codec.parse("pq:7:16").fit(IMAGES)
    codes = fitted.encode(UNSEEN)
    assert codes.shape == (6, 7)
    parts = np.split(UNSEEN.reshape(6, 120), np.cumsum([18, 17, 17, 17, 17, 17]), axis=1)
    books = np.split(fitted.states[0]["vectors"].numpy(), np.cumsum([18] + [17] * 5), axis=1)
    for column, (part, book) in enumerate(zip(parts, books, strict=True)):
        expected = _slow_nearest(part.astype(np.int64), book.astype(np.int64))
        assert codes[:, column].tolist() == expected


def test_centres_are_means_of_what_is_nearest_to_them() -> None:
    points = torch.randn(2000, 2, generator=torch.Generator().manual_seed(1))
    counts = torch.randint(1, 4, (2000,), generator=torch.Generator().manual_seed(2))
    book = learn(points, counts, 4, 0, "vq").float()
    owner, weights = nearest(points, book), counts.float()[:, None]
    for j in range(4):
        mine = owner == j
        mean = (weights * points)[mine].sum(0) / weights[mine].sum()
        assert torch.allclose(mean, book[j], atol=0.02)


def test_more_parts_and_vectors_err_less(tiny: Dataset) -> None:
    images = tiny.train.images
    exact = images.astype(np.float64)
    errors = []
    for spec in ("vq:16", "pq:8:16", "pq:32:16"):
        fitted = Codec.parse(spec).fit(images)
        assert fitted.states[0]["vectors"].dtype == torch.uint8
        errors.append(float(np.square(fitted.decode(fitted.encode(images)) - exact).mean()))
    assert exact.var(0).mean() > errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("spec", ["dct:4 | vq:9", "pca:12 | vq:300", "pca:12 | pq:5:4"])
def test_real_coefficients_keep_the_contract(spec: str) -> None:
    fitted = Codec.parse(spec).fit(IMAGES)
    check_state(fitted)
    for check in (check_shapes, check_batches, check_threads, check_coding):
        check(fitted, UNSEEN)


def test_threads_do_not_change_what_is_learned() -> None:
    threads = torch.get_num_threads()
    try:
        states = []
        for count in (1, 3):
            torch.set_num_threads(count)
            states.append(Codec.parse("pca:12 | vq:9").fit(IMAGES, seed=1).states[1]["vectors"])
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*states)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("vq:0", "vectors must lie between 2 and 65,536, not 0"),
        ("vq:70000", "vectors must lie between 2 and 65,536, not 70000"),
        ("pq:0:16", "parts must be at least 1, not 0"),
        ("pq:4:1", "vectors must lie between 2 and 65,536, not 1"),
        ("vq:16 | uniform:2", "uniform cannot follow vq"),
    ],
)
def test_impossible_options_are_refused(spec: str, complaint: str) -> None:
    with pytest.raises(CodecError, match=complaint):
        Codec.parse(spec)


def test_more_parts_than_values_are_refused() -> None:
    with pytest.raises(CodecError, match="pq: 121 parts of only 120 values are asked"):
        Codec.parse("pq:121:4").fit(IMAGES)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = Codec.parse("vq:9").fit(IMAGES)
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(MissingExtraError, match=r"vq needs scikit-learn.*'fewbytes\[cluster\]'"):
        Codec.parse("vq:9").fit(IMAGES)
    again = FittedCodec.load(fitted.codec, fitted.image_shape, fitted.save_state())
    assert again.decode(again.encode(UNSEEN)).shape == UNSEEN.shape


def test_a_missing_extra_is_named_before_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    signal = Signal((2, 5), Domain.REAL, spatial=False)
    for stage in (VQ(9), PQ(3, 9)):
        with pytest.raises(MissingExtraError, match="needs scikit-learn"):
            stage.statistic(torch.zeros(4, 2, 5), signal, 0)


@pytest.mark.parametrize("stage", [VQ(9), PQ(3, 9)])
def test_hostile_codebooks_are_refused(stage: VQ | PQ) -> None:
    signal = Signal((2, 5), Domain.REAL, spatial=False)
    symbols = torch.zeros(4, *stage.symbol_shape((2, 5)), dtype=torch.uint8)
    x = torch.zeros(4, 2, 5)
    for shape in ((9, 9), (8, 10), (9, 10, 1), (90,), ()):
        with pytest.raises(CorruptError, match="not \\(9, 10\\)"):
            stage.dequantize(symbols, signal, {"vectors": torch.zeros(shape)})
        with pytest.raises(CorruptError, match="not \\(9, 10\\)"):
            stage.quantize(x, signal, {"vectors": torch.zeros(shape)})
    for broken in (torch.full((9, 10), float("nan")), torch.zeros(9, 10, dtype=torch.int64)):
        with pytest.raises(CorruptError, match=r"NaN or infinite|torch\.int64"):
            stage.quantize(x, signal, {"vectors": broken})
        with pytest.raises(CorruptError, match=r"NaN or infinite|torch\.int64"):
            stage.dequantize(symbols, signal, {"vectors": broken})
