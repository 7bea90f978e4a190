"""Learning a codec's states from training images, one learned stage after another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.codecs.chunks import reduce_chunks, rows_to_learn_from
from fewbytes.codecs.codec import Codec
from fewbytes.codecs.fitted import Batch, FittedCodec, as_image_tensor
from fewbytes.codecs.stage import Signal, Symbols
from fewbytes.errors import InputError
from fewbytes.types import MOST_CLASSES, Images, Labels, Shape, State


class ImageStream(Protocol):
    """Images that come a chunk at a time, as often as they are asked for."""

    @property
    def image_shape(self) -> Shape:
        """(height, width, channels)."""
        ...

    def chunks(self, rows: int) -> Iterator[tuple[Images, Labels | None]]:
        """All images and labels, in order, `rows` at a time; where some are left out, fewer."""
        ...


Chunk = tuple[torch.Tensor, torch.Tensor | None]
"""Images (n, h, w, c) and labels (n,)."""


def fit(
    codec: Codec,
    images: Batch | ImageStream,
    seed: int,
    labels: NDArray[Any] | torch.Tensor | None = None,
) -> FittedCodec:
    """See `Codec.fit`. Each learned stage costs one pass over the images."""
    stream = images if _is_stream(images) else _Batch(as_image_tensor(images), labels)  # type: ignore[arg-type]
    check_seed(seed)
    image_shape = tuple(stream.image_shape)
    signals = codec.signals(image_shape)
    codec.symbols(image_shape)  # raises where the codec does not fit, before anything is learned
    states: list[State] = []
    for place, stage in enumerate(codec.stages):
        states.append({})
        if not stage.learned:
            continue
        rows = rows_to_learn_from(int(np.prod(image_shape)))
        chunks = (_as_chunk(*chunk) for chunk in stream.chunks(rows) if len(chunk[0]))
        work = partial(_statistic, place, codec, signals, states, seed)
        device = stream.device if isinstance(stream, _Batch) else torch.device("cpu")
        total = reduce_chunks(work, stage.combine, chunks, device)
        if total is None:
            raise InputError("nothing to fit on: there is no image")
        states[-1] = stage.finish(total, _entering(place, codec, signals), seed)
    return FittedCodec(codec, image_shape, dict(enumerate(states)))


def check_seed(seed: int) -> None:
    """Raise InputError unless every stage can draw from it."""
    if not 0 <= seed < 1 << 63:
        raise InputError(f"a seed is a whole number from 0 to 2^63 - 1, not {seed}")


class _Batch:
    """Images that are all there, as a stream of chunks that are not copied."""

    def __init__(self, x: torch.Tensor, labels: NDArray[Any] | torch.Tensor | None) -> None:
        if len(x) == 0:
            raise InputError("nothing to fit on: the batch of images is empty")
        if labels is not None and len(labels) != len(x):
            raise InputError(f"{len(x)} images but {len(labels)} labels")
        self._x, self._labels, self.device = x, labels, x.device
        self.image_shape: Shape = tuple(x.shape[1:])

    def chunks(self, rows: int) -> Iterator[tuple[Any, Any]]:
        for start in range(0, len(self._x), rows):
            part = slice(start, start + rows)
            yield self._x[part], None if self._labels is None else self._labels[part]


def _as_chunk(images: Any, labels: Any) -> Chunk:
    return as_image_tensor(images), None if labels is None else _as_labels(labels)


def _as_labels(labels: Any) -> torch.Tensor:
    """Labels as (n,) int64. Raises InputError."""
    array = torch.as_tensor(labels)
    if array.ndim != 1 or array.is_floating_point() or array.is_complex():
        raise InputError(f"labels must be whole numbers (n,), not {array.dtype} {array.shape}")
    array = array.long()
    if len(array) and not 0 <= int(array.min()) <= int(array.max()) < MOST_CLASSES:
        raise InputError(f"labels must lie in 0 to {MOST_CLASSES - 1:,}")
    return array


def _is_stream(images: object) -> TypeGuard[ImageStream]:
    return hasattr(images, "chunks") and hasattr(images, "image_shape")


def _statistic(
    place: int,
    codec: Codec,
    signals: list[Signal],
    states: list[State],
    seed: int,
    chunk: Chunk,
) -> State:
    """What one chunk of images contributes to the stage at `place`, once the earlier ones did
    their work: coefficients reach a transform or the quantizer, symbols the coder.
    """
    x, labels = chunk
    for i, transform in enumerate(codec.transforms[:place]):
        x = transform.forward(x, signals[i], states[i])
    if place == len(codec.stages) - 1:
        x = codec.quantizer.quantize(x, signals[-1], states[place - 1])
    entering = _entering(place, codec, signals)
    return codec.stages[place].labelled_statistic(x, labels, entering, seed)


def _entering(place: int, codec: Codec, signals: list[Signal]) -> Signal | Symbols:
    if place < len(signals):
        return signals[place]
    return codec.symbols(signals[0].shape)
