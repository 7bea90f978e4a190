"""Learning is a sum over chunks: parts that are fitted apart join to the whole."""

from __future__ import annotations

from functools import reduce

import pytest
import torch

from fewbytes.codecs import Codec, Signal
from fewbytes.codecs.linear import ROUNDING, products
from fewbytes.codecs.moments import moments, principal_axes
from fewbytes.stages.pca import PCA
from fewbytes.testing import sample_images

IMAGES = torch.from_numpy(sample_images(64, (12, 10, 3), seed=5))


@pytest.mark.parametrize("spec", ["pca:7", "projection:9", "downsample:5", "otsu"])
def test_contributions_join(spec: str) -> None:
    stage = Codec.parse(spec).transforms[0]
    signal = Signal((12, 10, 3))
    whole = stage.finish(stage.statistic(IMAGES, signal, 0), signal, 0)
    parts = [stage.statistic(part, signal, 0) for part in torch.split(IMAGES, 20)]
    total = parts[0]
    for part in parts[1:]:
        total = stage.combine(total, part)
    joined = stage.finish(total, signal, 0)
    assert whole.keys() == joined.keys()
    for key in whole:
        assert torch.allclose(whole[key].double(), joined[key].double(), atol=2e-3, rtol=2e-3)


def test_stages_after_the_first_learn_from_what_reaches_them() -> None:
    fitted = Codec.parse("dct:4 | uniform:8").fit(IMAGES)
    coefficients = Codec.parse("dct:4").encode(IMAGES)
    assert torch.equal(fitted.states[1]["low"], coefficients.amin(0))
    assert torch.equal(fitted.states[1]["high"], coefficients.amax(0))


@pytest.mark.parametrize("columns", [1, 3, 15, 40])
def test_products_are_as_precise_as_is_stated(columns: int) -> None:
    """Also of few columns, for which libraries have kernels that are not."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randint(100, 140, (1 << 18, columns), generator=generator).float()
    exact = x.double().T @ x.double()
    error = products(x, x) - exact
    assert torch.linalg.matrix_norm(error, 2) < ROUNDING * torch.linalg.matrix_norm(exact, 2)


def test_sums_of_chunks_are_as_precise_as_one() -> None:
    images = torch.from_numpy(sample_images(3000, (8, 8, 1), seed=2))
    exact = torch.cov(images.flatten(1).double().T, correction=0)
    for rows in (100, 3000):
        total = reduce(PCA(3).combine, map(moments, torch.split(images, rows)))
        error = principal_axes(total, 3).covariance - exact
        largest = torch.linalg.matrix_norm(exact, 2)
        assert torch.linalg.matrix_norm(error, 2) < ROUNDING * largest
        assert float(total["count"]) == 3000


def test_threads_change_nothing_that_is_learned() -> None:
    """Nor where axes are only rounding: 64 images have no more than 63."""
    states, threads = [], torch.get_num_threads()
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            states.append(Codec.parse("pca:100").fit(IMAGES).save_state())
    finally:
        torch.set_num_threads(threads)
    assert states[0] == states[1]
