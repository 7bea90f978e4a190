"""A trained network as bytes, so that it can be tested later, by another process."""

from __future__ import annotations

import numpy as np
import torch
from safetensors.torch import load, save
from torch import nn

from fewbytes.errors import CorruptError
from fewbytes.learn.feed import ArrayFeed
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.trainer import Trained, untrained
from fewbytes.store import Store
from fewbytes.store.views import View


def kept(trained: Trained) -> bytes:
    """Weights, and the statistics that inputs are standardised by, as safetensors."""
    state = trained.network.state_dict()
    return save({name: tensor.cpu().contiguous() for name, tensor in state.items()})


def restored(content: bytes, store: Store, *, view: str, model: str, recipe: Recipe) -> nn.Module:
    """The network that `kept` made bytes of, on the processor; it was trained on a view of `store`.

    Raises:
        CorruptError: the bytes are damaged, or of another network.
    """
    # stands in for the training inputs, whose statistics are among what was kept
    shape = View(store.layout, view).shape
    picture = view == "image" or store.codec.codec.spatial
    feed = ArrayFeed(np.zeros((1, *shape), np.float32), np.zeros(1, np.int64), picture)
    network = untrained(feed, store.manifest.classes, model, recipe, 0, torch.device("cpu"))
    try:
        network.load_state_dict(load(content))
    except Exception as error:  # safetensors and torch raise several kinds
        raise CorruptError(f"a kept network does not fit {model}: {error}") from error
    return network.eval()
