"""The parts of a fit that can be worked on anywhere: spans of training images.

Records are cut by their numbers into chunks, and chunks into spans; where the cuts lie depends on
the size of an image alone. What a stage learns is joined chunk by chunk within a span, then span by
span, in order. So the last bits of a sum are the same with any number of threads, processes and
machines, whoever works on a span and however often (as long as their processors and libraries are
of one kind, for a matrix product has other last bits on another).

A span is so large that what it contributes, up to 64 MiB of a sample, crosses a network seldom; it
keeps one processor busy for some seconds. MNIST and CIFAR-10 are one span each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import groupby
from math import prod
from operator import itemgetter
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from fewbytes.codecs.chunks import each_chunk, rows_to_learn_from
from fewbytes.codecs.codec import Codec
from fewbytes.codecs.stage import Signal, Stage, Symbols
from fewbytes.codecs.streams import Chunk, ImageStream, NumberedImages, as_chunk, device_of
from fewbytes.errors import CorruptError
from fewbytes.types import Shape, State

CHUNKS_PER_SPAN = 128
"""Some 2^28 values: 256 MiB of pixels."""


@dataclass(frozen=True)
class Cut:
    """How a set is cut: so many records, `rows`, to a chunk, and so many `chunks` to a span."""

    rows: int
    chunks: int = CHUNKS_PER_SPAN

    @classmethod
    def of(cls, image_shape: Shape) -> Cut:
        """Where images of that shape (h, w, c) are cut, wherever they are fitted on."""
        return cls(rows_to_learn_from(prod(image_shape)))

    def spans(self, size: int) -> list[range]:
        """The spans of `size` records, by their numbers."""
        step = self.rows * self.chunks
        return [range(start, min(start + step, size)) for start in range(0, size, step)]


@dataclass(frozen=True, eq=False)
class SpanWork:
    """What the stage at `place` learns from a span, `states` being those of the stages before it.

    A pure function that can be pickled. It holds no key: where a keyed stage needs one, whoever
    works on a span must have it (`fewbytes.keys`).
    """

    codec: Codec
    image_shape: Shape
    place: int
    states: tuple[State, ...]
    seed: int
    rows: int
    """Records of a chunk."""

    def __call__(self, images: NumberedImages, span: range) -> bytes:
        """The statistic of these records of the training images, as bytes that can be sent or kept;
        no bytes at all where none of them can be read.
        """
        chunks = images.chunks(self.rows, span.start, span.stop)
        readable = (as_chunk(*chunk) for chunk in chunks if len(chunk[0]))
        state = self.joined(each_chunk(self._of_chunk, readable, device_of(images)))
        return b"" if state is None else to_bytes(state)

    def here(self, images: ImageStream, cut: Cut) -> Iterator[State]:
        """The statistics of all spans, in order, by threads that pass from span to span."""

        def of_numbered(item: tuple[int, Chunk]) -> tuple[int, State]:
            return item[0], self._of_chunk(item[1])

        chunks = enumerate(images.chunks(cut.rows))
        numbered = ((i // cut.chunks, as_chunk(*chunk)) for i, chunk in chunks if len(chunk[0]))
        done = each_chunk(of_numbered, numbered, device_of(images))
        for _, of_span in groupby(done, itemgetter(0)):
            yield reduce(self.stage.combine, (state for _, state in of_span))

    def joined(self, statistics: Iterator[State]) -> State | None:
        """The statistic of all of them, joined in order; None where there are none."""
        first = next(statistics, None)
        return None if first is None else reduce(self.stage.combine, statistics, first)

    @property
    def stage(self) -> Stage:
        """The stage that learns."""
        return self.codec.stages[self.place]

    @property
    def entering(self) -> Signal | Symbols:
        """What it is given."""
        if self.place < len(self._signals):
            return self._signals[self.place]
        return self.codec.symbols(self.image_shape)

    def reaching(self, x: torch.Tensor) -> torch.Tensor:
        """What images (n, h, w, c) are when they reach the stage, once the earlier ones did their
        work: coefficients for a transform or the quantizer, symbols for the coder.
        """
        for i, transform in enumerate(self.codec.transforms[: self.place]):
            x = transform.forward(x, self._signals[i], self.states[i])
        if self.place == len(self.codec.stages) - 1:
            x = self.codec.quantizer.quantize(x, self._signals[-1], self.states[self.place - 1])
        return x

    def __reduce__(self) -> tuple[Any, ...]:
        """Tensors as bytes: torch would send handles of memory that ends with the sender."""
        states = tuple(map(to_bytes, self.states))
        return _work, (self.codec, self.image_shape, self.place, states, self.seed, self.rows)

    @cached_property
    def _signals(self) -> list[Signal]:
        return self.codec.signals(self.image_shape)

    def _of_chunk(self, chunk: Chunk) -> State:
        x, labels = chunk
        return self.stage.labelled_statistic(self.reaching(x), labels, self.entering, self.seed)


def to_bytes(statistic: State) -> bytes:
    """A statistic as safetensors."""
    return save({key: tensor.cpu().contiguous() for key, tensor in statistic.items()})


def from_bytes(blob: bytes) -> State:
    """The inverse of `to_bytes`. Raises CorruptError."""
    try:
        return load(blob)
    except SafetensorError as error:
        raise CorruptError(f"the statistic of a span does not load: {error}") from error


def _work(
    codec: Codec, image_shape: Shape, place: int, states: tuple[bytes, ...], seed: int, rows: int
) -> SpanWork:
    return SpanWork(codec, image_shape, place, tuple(map(from_bytes, states)), seed, rows)


class Spread(Protocol):
    """Has spans worked on elsewhere, by whoever can read the same images there."""

    def __call__(self, work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        """`work(images, span)` of each span, in the order of the spans."""
        ...
