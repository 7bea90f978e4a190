"""Learning a codec's states from training images, one learned stage after another."""

from __future__ import annotations

from functools import partial

import torch

from fewbytes.codecs.chunks import reduce_chunks
from fewbytes.codecs.codec import Codec
from fewbytes.codecs.fitted import Batch, FittedCodec, as_image_tensor
from fewbytes.codecs.stage import Signal, Symbols
from fewbytes.errors import InputError
from fewbytes.types import State


def fit(codec: Codec, images: Batch, seed: int) -> FittedCodec:
    """See `Codec.fit`. Each learned stage costs one pass over the images."""
    x = as_image_tensor(images)
    if len(x) == 0:
        raise InputError("nothing to fit on: the batch of images is empty")
    if not 0 <= seed < 1 << 63:
        raise InputError(f"a seed is a whole number from 0 to 2^63 - 1, not {seed}")
    image_shape = tuple(x.shape[1:])
    signals = codec.signals(image_shape)
    states: list[State] = []
    for place, stage in enumerate(codec.stages):
        states.append({})
        if not stage.learned:
            continue
        total = reduce_chunks(
            partial(_statistic, place, codec, signals, states, seed),
            stage.combine,
            x,
        )
        states[-1] = stage.finish(total, _entering(place, codec, signals), seed)
    return FittedCodec(codec, image_shape, dict(enumerate(states)))


def _statistic(
    place: int,
    codec: Codec,
    signals: list[Signal],
    states: list[State],
    seed: int,
    x: torch.Tensor,
) -> State:
    """What one chunk of images contributes to the stage at `place`, once the earlier ones did
    their work: coefficients reach a transform or the quantizer, symbols the coder.
    """
    for i, transform in enumerate(codec.transforms[:place]):
        x = transform.forward(x, signals[i], states[i])
    if place == len(codec.stages) - 1:
        x = codec.quantizer.quantize(x, signals[-1], states[place - 1])
    return codec.stages[place].statistic(x, _entering(place, codec, signals), seed)


def _entering(place: int, codec: Codec, signals: list[Signal]) -> Signal | Symbols:
    if place < len(signals):
        return signals[place]
    return Symbols(signals[-1].shape, codec.quantizer.alphabet)
