"""A network that was kept is the network that was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import fewbytes as fb
from fewbytes.errors import CorruptError
from fewbytes.learn import Recipe, judge_on, read_test, train_on
from fewbytes.learn.kept import kept, restored
from fewbytes.types import Dataset

RECIPE = Recipe(epochs=1)


@pytest.mark.parametrize(
    ("codec", "view"), [("downsample:8", "code"), ("dct:6 | uniform:4", "image"), ("dct:6", "code")]
)
def test_it_predicts_the_same(tiny: Dataset, tmp_path: Path, codec: str, view: str) -> None:
    store = fb.compress(tiny, tmp_path / "x.fb", codec=codec)
    judged = judge_on(store, view=view, model="mlp", recipe=RECIPE, seed=1)
    content = kept(judged.trained)
    network = restored(content, store, view=view, model="mlp", recipe=RECIPE)
    device = torch.device("cpu")
    later, accuracy = read_test(store, network, view=view, device=device)
    at_once = train_on(store, view=view, model="mlp", recipe=RECIPE, seed=1)
    assert np.array_equal(later, at_once.predictions)
    assert accuracy == at_once.test_accuracy
    assert np.mean(judged.val_predictions == judged.val_labels) == pytest.approx(
        judged.trained.history.val_accuracy[-1]
    )
    with pytest.raises(CorruptError, match="does not fit linear"):
        restored(content, store, view=view, model="linear", recipe=RECIPE)
    with pytest.raises(CorruptError):
        restored(content[:-9], store, view=view, model="mlp", recipe=RECIPE)
