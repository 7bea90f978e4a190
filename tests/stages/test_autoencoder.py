"""The autoencoders: what they learn, what it costs, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from fewbytes.autoencoding.network import Plan, decode, encode, joined, neighbourhoods, patches
from fewbytes.autoencoding.rate import Rate, expected_bits
from fewbytes.autoencoding.training import Seen
from fewbytes.autoencoding.weights import layers_of, rounded, state_of
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import CodecError, CorruptError, InputError
from fewbytes.stages.autoencoder import Autoencoder
from fewbytes.stages.autoencoder_supervised import SupervisedAutoencoder
from fewbytes.testing import (
    check_batches,
    check_configuration,
    check_shapes,
    check_state,
    check_threads,
    conformance,
    sample_images,
)
from fewbytes.types import Dataset, Images, Labels, Shape

TINY = "levels=5:width=8:steps=3:channels=2"
PLAN = Plan((11, 10, 3), patch=4, channels=3, width=8)


def _error(fitted: FittedCodec, images: Images) -> float:
    decoded = fitted.decode(fitted.encode(images))
    return float(np.square(decoded.astype(np.float64) - images).mean())


def _plan_layers(plan: Plan = PLAN, seed: int = 0) -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(seed)
    return [(torch.randn(shape) / 9, torch.randn(shape[1])) for shape in plan.layers]


def _labelled(n: int, seed: int, shape: Shape = (12, 12, 1)) -> tuple[Images, Labels]:
    """Noise, brighter at the top or at the bottom by class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    images = rng.integers(0, 200, (n, *shape))
    half = shape[0] // 2
    images[labels == 0, :half] += 55
    images[labels == 1, half:] += 55
    return images.astype(np.uint8), labels


test_it_keeps_the_contract = conformance(
    Autoencoder(40, width=8, steps=3, channels=2),
    Autoencoder(9, width=4, steps=2, levels=4, patch=3),
    examples=2,
)


@pytest.fixture(scope="module")
def learned(mnist: Dataset) -> dict[int, FittedCodec]:
    images = mnist.train.images[:2000, ::2, ::2]
    return {
        bits: Codec.parse(
            f"autoencoder:{bits}:steps=200:width=16:channels=4:levels=7 | fsq:7 | bitpack"
        ).fit(images)
        for bits in (20, 120)
    }


def test_it_beats_the_mean_image_and_improves_with_bits(
    learned: dict[int, FittedCodec], mnist: Dataset
) -> None:
    unseen = mnist.train.images[2000:2500, ::2, ::2]
    mean = float(unseen.astype(np.float64).var(0).mean())
    few, many = (_error(learned[bits], unseen) for bits in (20, 120))
    assert many < 0.95 * few
    assert few < 0.95 * mean


def test_more_bits_are_more_bits(learned: dict[int, FittedCodec], mnist: Dataset) -> None:
    found = {}
    for bits, fitted in learned.items():
        codes = fitted.encode(mnist.train.images[2000:3000, ::2, ::2]).reshape(1000, -1)
        shares = (codes[..., None] == np.arange(7)).mean(0)
        found[bits] = float(-(shares * np.log2(np.maximum(shares, 1e-9))).sum())  # by position
    assert found[120] > 1.2 * found[20]


def test_the_state_is_small(learned: dict[int, FittedCodec]) -> None:
    plan = Plan((14, 14, 1), patch=4, channels=4, width=16)
    assert len(learned[20].save_state()) < plan.weights * 0.8 + plan.units * 4 + 600


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 14, 3), (33, 8, 1), (13, 21, 4)])
def test_pictures_of_any_size_come_back(shape: Shape) -> None:
    images = sample_images(30, shape, seed=3)
    fitted = Codec.parse(f"autoencoder:30:{TINY} | fsq:5 | bitpack").fit(images)
    assert fitted.code_shape == (-(-shape[0] // 4), -(-shape[1] // 4), 2)
    check_shapes(fitted, images[:4])


def test_patches_are_put_together_again() -> None:
    x = torch.rand(2, *PLAN.shape)
    cut = patches(x, PLAN)
    assert cut.shape == (2, 3, 3, 48)
    assert torch.equal(cut[:, 1, 0].view(2, 4, 4, 3), x[:, 4:8, :4])
    assert torch.equal(cut[:, 0, 2].view(2, 4, 4, 3)[:, :, 3], x[:, :4, 9])  # the edge repeated
    assert torch.equal(joined(cut, PLAN), x)


def test_neighbourhoods_are_those_of_a_convolution() -> None:
    x = torch.randn(2, 4, 5, 3, dtype=torch.float64, requires_grad=True)
    kernel = torch.randn(6, 3, 3, 3, dtype=torch.float64)
    matrix = kernel.permute(2, 3, 1, 0).reshape(27, 6)
    expected = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), kernel, padding=1)
    found = neighbourhoods(x) @ matrix
    torch.testing.assert_close(found, expected.permute(0, 2, 3, 1))
    assert torch.autograd.gradcheck(neighbourhoods, (x,))


def test_the_rate_sees_only_what_comes_earlier() -> None:
    torch.manual_seed(1)
    rate = Rate((4, 5, 3), levels=3, classes=2)
    values = torch.zeros(1, 4, 5, 3)
    first = rate(values, torch.tensor([1]))
    assert torch.allclose((2**-first).sum(-1), torch.ones(1, 4, 5, 3))
    for place in range(4 * 5 * 3):
        changed = values.clone().view(-1)
        changed[place] = 1.0
        differ = (rate(changed.view_as(values), torch.tensor([1])) != first).any(-1).view(-1)
        assert not differ[: place + 1].any()
        assert place == 4 * 5 * 3 - 1 or differ[place + 1 :].any()
    assert not torch.equal(rate(values, torch.tensor([0])), first) or not rate.classes.any()


def test_bits_pull_towards_the_cheaper_neighbour() -> None:
    bits = torch.tensor([[[3.0, 1.0, 4.0]]], requires_grad=True)
    symbols = torch.tensor([[1.3]], requires_grad=True)
    total = expected_bits(bits, symbols)
    assert total.tolist() == pytest.approx([1.0])
    total.sum().backward()  # type: ignore[no-untyped-call]
    assert symbols.grad is not None
    assert symbols.grad.tolist() == [[3.0]]
    assert bits.grad is not None
    assert bits.grad.tolist() == [[[0.0, 1.0, 0.0]]]


def test_layers_come_back_as_training_rounded_them() -> None:
    layers = _plan_layers()
    found, mean, deviation = layers_of(state_of(layers, 33.0, 70.0), PLAN)
    assert (mean, deviation) == (33.0, 70.0)
    for (matrix, bias), (m, b), (exact, _) in zip(rounded(layers), found, layers, strict=True):
        torch.testing.assert_close(m, matrix)
        torch.testing.assert_close(b, bias, atol=2e-3, rtol=1e-3)
        assert float((m - exact).abs().max()) < float(exact.abs().max()) / 60
    x = torch.randn(2, *PLAN.shape)
    assert encode(x, found, PLAN).shape == (2, 3, 3, 3)
    assert decode(torch.zeros(2, 3, 3, 3), found, PLAN).shape == x.shape


@pytest.mark.parametrize("missing", ["weights", "scales", "biases", "pixels"])
def test_a_state_that_lacks_a_part_is_corrupt(missing: str) -> None:
    state = dict(state_of(_plan_layers(), 0.0, 1.0))
    del state[missing]
    with pytest.raises(CorruptError, match=missing):
        layers_of(state, PLAN)


@pytest.mark.parametrize("changed", [{"width": 9}, {"channels": 4}, {"patch": 5}])
def test_the_state_of_other_options_is_corrupt(changed: dict[str, int]) -> None:
    images = sample_images(20, (12, 11, 1), seed=1)
    stage = Autoencoder(20, width=8, channels=2, steps=1)
    other = Autoencoder(20, **{"width": 8, "channels": 2, "steps": 1, **changed})
    state = Codec([stage]).fit(images).save_state()
    with pytest.raises(CorruptError):
        FittedCodec.load(Codec([other]), (12, 11, 1), state).encode(images)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weights", torch.zeros(5, dtype=torch.uint8)),
        ("weights", torch.zeros(5)),
        ("scales", torch.full((PLAN.units,), float("nan"))),
        ("pixels", torch.tensor([0.0, float("inf")])),
        ("biases", torch.zeros(PLAN.units, 1)),
        ("pixels", torch.tensor([0.0, 0.0])),
        ("scales", torch.zeros(PLAN.units, dtype=torch.complex64)),
    ],
)
def test_a_hostile_state_is_corrupt(name: str, value: Tensor) -> None:
    state = {**state_of(_plan_layers(), 0.0, 1.0), name: value}
    with pytest.raises(CorruptError):
        layers_of(state, PLAN)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("autoencoder", "bits is missing"),
        ("autoencoder:0", "bits must lie"),
        ("autoencoder:9:levels=2", "levels must lie"),
        ("autoencoder:9:channels=0", "channels must lie"),
        ("autoencoder:9:patch=1", "patch must lie"),
        ("autoencoder:9:width=1000", "width must lie"),
        ("autoencoder:9:steps=0", "steps must lie"),
        ("autoencoder_supervised:9:label_weight=0", "label_weight must be"),
        ("dct:4 | autoencoder:9", "needs rows and columns"),
    ],
)
def test_bad_options_are_refused(spec: str, problem: str) -> None:
    with pytest.raises(CodecError, match=problem):
        Codec.parse(spec)


def test_tiny_pictures_are_refused() -> None:
    with pytest.raises(CodecError, match="8 rows and columns"):
        Codec.parse("autoencoder:9").symbols((7, 9, 1))


def test_networks_of_too_many_weights_are_refused() -> None:
    """A state of a few kilobytes would unpack to them."""
    codec = Codec.parse("autoencoder:9:patch=16:width=128:channels=1")
    assert codec.symbols((64, 64, 3)).shape == (4, 4, 1)
    with pytest.raises(CodecError, match="weights are more than 4,194,304"):
        codec.symbols((64, 64, 192))


def test_what_occurs_often_is_drawn_and_weighs_often() -> None:
    images = torch.tensor([0, 100, 200], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 2, 2, 1)
    seen = Seen(images, torch.arange(3), torch.tensor([6, 0, 2]))
    torch.manual_seed(0)
    drawn, labels = seen.drawn(4000)
    assert torch.equal(drawn, images[labels])
    assert torch.bincount(labels, minlength=3).tolist() == pytest.approx([3000, 0, 1000], abs=120)
    assert seen.moments() == pytest.approx((50.0, math.sqrt(7500)))
    assert Seen(images[:1], labels[:1], torch.ones(1).long()).moments() == (0.0, 1.0)


def test_the_supervised_one_is_told_apart_and_needs_labels() -> None:
    images, labels = _labelled(60, 0)
    codec = Codec.parse(f"autoencoder_supervised:20:{TINY} | fsq:5 | bitpack")
    assert codec.supervised
    assert not Codec.parse("autoencoder:20").supervised
    with pytest.raises(InputError, match="labels=labels"):
        codec.fit(images)
    fitted = codec.fit(images, labels=labels)
    check_configuration(SupervisedAutoencoder(20, label_weight=2))
    check_state(fitted)
    check_shapes(fitted, images[:3])
    check_batches(fitted, images[:3])
    check_threads(fitted, images[:3])
    assert fitted.save_state() == codec.fit(images, labels=labels).save_state()
    assert fitted.save_state() != codec.fit(images, labels=1 - labels).save_state()


def test_labels_change_nothing_where_they_are_not_read() -> None:
    images, labels = _labelled(40, 1)
    codec = Codec.parse(f"autoencoder:20:{TINY} | fsq:5 | bitpack")
    assert codec.fit(images).save_state() == codec.fit(images, labels=labels).save_state()


def test_labels_keep_what_few_bits_would_lose() -> None:
    """Noise hides a small difference, which 8 bits keep only if labels say that it matters."""
    images, labels = _labelled(1500, 2)
    share = []
    for name in ("autoencoder:8", "autoencoder_supervised:8"):
        codec = Codec.parse(f"{name}:steps=150:width=16:channels=2:levels=3 | fsq:3 | bitpack")
        fitted = codec.fit(images, labels=labels)
        decoded = fitted.decode(fitted.encode(images)).astype(float)
        tilt = decoded[:, :6].mean((1, 2, 3)) - decoded[:, 6:].mean((1, 2, 3))
        share.append(np.mean((tilt > np.median(tilt)) == (labels == 0)))
    assert share[1] > 0.9
