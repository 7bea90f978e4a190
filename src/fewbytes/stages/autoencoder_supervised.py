"""autoencoder_supervised: an autoencoder that keeps what tells the classes apart.

As `autoencoder`, but the distortion adds the cross-entropy of a small classifier of the decoded
images, trained along (Torfason et al. 2018, "Towards Image Understanding from Deep Compression
without Decoding", trains the two together likewise), and bits are counted as a coder does that
knows the class. Codes depend on the labels of the training images, so whatever accuracy they reach
was partly reached by the encoder, and tables tell them apart as `supervised`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from fewbytes.autoencoding import AutoencoderBase
from fewbytes.codecs import Signal, option
from fewbytes.codecs.sample import sample
from fewbytes.errors import InputError
from fewbytes.types import State


@dataclass(frozen=True)
class SupervisedAutoencoder(AutoencoderBase):
    """Learns to rebuild pictures so that their class is still seen; reads labels."""

    name = "autoencoder_supervised"
    supervised = True

    label_weight: float = option(0.3, "what a nat of the labels counts, in variances of the pixels")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "label_weight", float(self.label_weight))
        fits = 0 < self.label_weight < math.inf
        self.require(fits, f"label_weight must be a positive number, not {self.label_weight}")

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return self.labelled_statistic(x, None, signal, seed)

    def labelled_statistic(
        self, x: torch.Tensor, labels: torch.Tensor | None, signal: Signal, seed: int
    ) -> State:
        if labels is None:
            raise InputError(
                "autoencoder_supervised reads labels, and there are none: "
                "call codec.fit(images, labels=labels), or use autoencoder"
            )
        return sample(x, seed, labels)

    @property
    def _label_weight(self) -> float:
        return self.label_weight
