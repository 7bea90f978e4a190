"""Training: it learns, repeats, leaves the world as it was, and refuses what it cannot do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fewbytes.errors import FewbytesError, InputError, StudyError
from fewbytes.learn import ArrayFeed, Recipe, train
from fewbytes.learn.models import MODELS, build, check_model, default_model
from fewbytes.learn.muon import orthogonalise
from fewbytes.learn.trainer import one_cycle
from fewbytes.types import Dataset

SHORT = Recipe(epochs=3, batch_size=64)


class Watched:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.losses: list[float] = []
        self.epochs: list[tuple[int, float, float]] = []
        self.total = 0

    def training_started(self, steps: int) -> None:
        self.total = steps

    def step_finished(self, step: int, loss: float) -> None:
        self.steps.append(step)
        self.losses.append(loss)

    def epoch_finished(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        self.epochs.append((epoch, val_loss, val_accuracy))


def _feeds(data: Dataset, picture: bool = True) -> tuple[ArrayFeed, ArrayFeed]:
    def feed(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> ArrayFeed:
        values = images if picture else images.reshape(len(images), -1).astype(np.float32)
        return ArrayFeed(values, labels, picture)

    train_split, test_split = data.train, data.test
    return feed(train_split.images, train_split.labels), feed(test_split.images, test_split.labels)


@pytest.mark.parametrize(("model", "least"), [("linear", 0.75), ("mlp", 0.85), ("cnn", 0.9)])
def test_every_model_learns(model: str, least: float, tiny: Dataset) -> None:
    training, test = _feeds(tiny, picture=model == "cnn")
    watched = Watched()
    trained = train(training, test, classes=10, model=model, recipe=SHORT, watcher=watched)
    assert trained.accuracy(test) > least
    assert trained.history.train_loss == watched.losses
    assert watched.steps == list(range(1, watched.total + 1))
    assert [epoch for epoch, _, _ in watched.epochs] == [1, 2, 3]
    assert watched.epochs[-1][2] == pytest.approx(trained.accuracy(test))
    assert trained.parameters == sum(p.numel() for p in trained.network.parameters())


def test_a_seed_repeats_a_training_and_leaves_no_trace(tiny: Dataset) -> None:
    training, test = _feeds(tiny)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    once = train(training, test, classes=10, recipe=SHORT, seed=4)
    twice = train(training, test, classes=10, recipe=SHORT, seed=4)
    other = train(training, test, classes=10, recipe=SHORT, seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    assert once.history.train_loss == twice.history.train_loss
    assert np.array_equal(once.predict(test), twice.predict(test))
    assert once.history.train_loss != other.history.train_loss


def test_constant_inputs_train_to_chance(tiny: Dataset) -> None:
    flat = ArrayFeed(np.full((200, 9), 7, np.float32), tiny.train.labels[:200], picture=False)
    trained = train(flat, flat, classes=10, model="mlp", recipe=Recipe(epochs=1, batch_size=50))
    assert np.isfinite(trained.history.val_loss[-1])
    assert len(set(trained.predict(flat))) == 1


def test_sets_smaller_than_a_batch_train(tiny: Dataset) -> None:
    few = ArrayFeed(tiny.train.images[:30], tiny.train.labels[:30], picture=True)
    trained = train(few, few, classes=10, recipe=Recipe(epochs=2))
    assert len(trained.history.train_loss) == 2
    assert [Recipe().batch_for(n) for n in (5, 30, 1000, 12_000, 55_000)] == [5, 16, 16, 256, 512]


def test_a_loss_that_explodes_is_an_error(tiny: Dataset) -> None:
    training, test = _feeds(tiny, picture=False)
    recipe = Recipe(epochs=1, batch_size=64, adam_rate=1e38)
    with pytest.raises(FewbytesError, match="the training loss became"):
        train(training, test, classes=10, model="linear", recipe=recipe)


@pytest.mark.parametrize(
    ("shape", "picture", "model"),
    [((28, 28, 1), True, "cnn"), ((16, 16, 3), True, "cnn"), ((4, 4, 1), True, "mlp"),
     ((16, 16, 1), False, "mlp"), ((256,), False, "mlp")],
)  # fmt: skip
def test_the_shape_chooses_the_model(shape: tuple[int, ...], picture: bool, model: str) -> None:
    assert default_model(shape, picture) == model


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 16, 3), (9, 13, 1), (32, 24, 3)])
def test_models_take_any_picture(model: str, shape: tuple[int, int, int]) -> None:
    height, width, channels = shape
    network = build(model, shape, 7, seed=0)
    assert network.train()(torch.rand(3, channels, height, width)).shape == (3, 7)


def test_cnn_refuses_what_is_no_picture() -> None:
    for shape in ((256,), (4, 4, 1)):
        with pytest.raises(InputError, match="use mlp"):
            build("cnn", shape, 10, seed=0)


class Own(torch.nn.Linear):
    """A model of one's own, as a user would write it."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__(int(np.prod(shape)), classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.flatten(1))


def wrong(shape: tuple[int, ...], classes: int) -> torch.nn.Module:
    """A model with an output too many."""
    return Own(shape, classes + 1)


def test_a_model_of_ones_own(tiny: Dataset) -> None:
    training, test = _feeds(tiny)
    trained = train(training, test, classes=10, model=f"{__name__}:Own", recipe=SHORT)
    assert trained.accuracy(test) > 0.7
    with pytest.raises(StudyError, match=r"gave \(16, 11\) for a batch of 16, not \(16, 10\)"):
        train(training, test, classes=10, model=f"{__name__}:wrong", recipe=SHORT)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("cmn", "no model is named 'cmn', did you mean 'cnn'?"),
        ("no_such_package:Net", "cannot be imported: No module named"),
        ("math:Net", "cannot be imported: module 'math' has no attribute 'Net'"),
        ("math:pi", "is not a class or function"),
        (":", "cannot be imported"),
    ],
)
def test_models_that_cannot_be_had(name: str, complaint: str) -> None:
    with pytest.raises(StudyError) as raised:
        check_model(name)
    assert complaint in str(raised.value)


def test_feeds_that_cannot_be_used() -> None:
    with pytest.raises(InputError, match="2 inputs but 3 labels"):
        ArrayFeed(np.zeros((2, 4), np.float32), np.zeros(3, np.int64), picture=False)
    with pytest.raises(InputError, match="empty"):
        ArrayFeed(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), picture=False)
    with pytest.raises(InputError, match="pictures are"):
        ArrayFeed(np.zeros((2, 4), np.float32), np.zeros(2, np.int64), picture=True)


def test_the_rate_rises_and_falls() -> None:
    recipe = Recipe(warmup=0.25)
    rates = [one_cycle(step / 100, recipe) for step in range(100)]
    assert max(rates) == rates[25] == 1
    assert rates[0] == recipe.final_rate
    assert sorted(rates[:26]) == rates[:26]
    assert sorted(rates[25:], reverse=True) == rates[25:]


@pytest.mark.parametrize("shape", [(20, 50), (50, 20), (16, 8, 3, 3)])
def test_orthogonalise_evens_out_singular_values(shape: tuple[int, ...]) -> None:
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = orthogonalise(weights)
    assert result.shape == weights.shape
    rows = shape[0]
    columns = result.numel() // rows
    values = torch.linalg.svdvals(result.flatten(1)) / max(1, rows / columns) ** 0.5
    assert bool(((values > 0.6) & (values < 1.3)).all())


def test_logits_are_those_of_the_network(tiny: Dataset) -> None:
    training, validation = _feeds(tiny)
    trained = train(training, validation, classes=10, model="linear", recipe=SHORT)
    logits = trained.logits(validation)
    assert logits.shape == (len(validation), 10)
    assert logits.dtype == np.float32
    np.testing.assert_array_equal(trained.predict(validation), logits.argmax(1))
    odds = np.exp(logits - logits.max(1, keepdims=True))
    own = odds[np.arange(len(odds)), validation.labels] / odds.sum(1)
    assert -np.log(own).mean() == pytest.approx(trained.history.val_loss[-1], rel=1e-5)
