"""Learning a codec's states from training images, one learned stage after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from numpy.typing import NDArray

from fewbytes.codecs.chunks import one_thread
from fewbytes.codecs.codec import Codec
from fewbytes.codecs.fitted import Batch, FittedCodec
from fewbytes.codecs.spans import Cut, SpanWork, Spread, from_bytes
from fewbytes.codecs.streams import ImageStream, as_stream, is_numbered
from fewbytes.errors import InputError
from fewbytes.types import State


def fit(
    codec: Codec,
    images: Batch | ImageStream,
    seed: int,
    labels: NDArray[Any] | torch.Tensor | None = None,
    spread: Spread | None = None,
    cut: Cut | None = None,
) -> FittedCodec:
    """See `Codec.fit`. Each learned stage costs one pass over the images. Another `cut` than the
    usual one changes the last bits of sums; tests take small ones.
    """
    stream = as_stream(images, labels)
    check_seed(seed)
    image_shape = tuple(stream.image_shape)
    codec.symbols(image_shape)  # raises where the codec does not fit, before anything is learned
    cut = cut or Cut.of(image_shape)
    states: list[State] = []
    for place, stage in enumerate(codec.stages):
        states.append({})
        if stage.learned:
            work = SpanWork(codec, image_shape, place, tuple(states[:-1]), seed, cut.rows)
            spans = work.here(stream, cut) if spread is None else _there(work, stream, cut, spread)
            total = work.joined(spans)
            if total is None:
                raise InputError("nothing to fit on: there is no image")
            with one_thread():  # the last bits of eigenvectors, too, would depend on how many
                states[-1] = stage.finish(total, work.entering, seed)
    return FittedCodec(codec, image_shape, dict(enumerate(states)))


def check_seed(seed: int) -> None:
    """Raise InputError unless every stage can draw from it."""
    if not 0 <= seed < 1 << 63:
        raise InputError(f"a seed is a whole number from 0 to 2^63 - 1, not {seed}")


def _there(work: SpanWork, stream: ImageStream, cut: Cut, spread: Spread) -> Iterator[State]:
    """The statistics of all spans that hold images, worked on elsewhere."""
    if not is_numbered(stream):
        raise InputError("fitting can be spread over numbered images alone, not over a stream")
    spans = cut.spans(stream.size)
    for _, blob in zip(spans, spread(work, spans), strict=True):
        if blob:
            yield from_bytes(blob)
