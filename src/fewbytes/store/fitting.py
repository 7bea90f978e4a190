"""Fitting a codec on the training images of a source, by one process or by many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fewbytes.codecs import Codec, FittedCodec, SpanWork
from fewbytes.codecs.spans import Cut
from fewbytes.data.source import Source
from fewbytes.errors import SourceError
from fewbytes.scale import Engine
from fewbytes.scale.here import Here
from fewbytes.types import Images, Labels, Shape


class TrainImages:
    """The training images of a source, as a stream to fit on; all of them, whatever is kept."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.image_shape: Shape = source.image_shape
        self.size = source.sizes["train"]

    def chunks(
        self, rows: int, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[Images, Labels]]:
        """Of every `rows` images those that can be read, with their labels, from number `start` to
        `stop` (exclusive; None: the end). Raises SourceError where none of all can be.
        """
        whole = start == 0 and stop is None
        end = self.size if stop is None else min(stop, self.size)
        found, reason = 0, ""
        for first in range(start, end, rows):
            piece = self._source.read("train", first, min(first + rows, end))
            found += len(piece)
            reason = reason or next((f"; {s.name}: {s.reason}" for s in piece.skipped), "")
            yield piece.images, piece.labels
        if whole and not found:
            raise SourceError(f"{self._source.name}: no image of train can be read{reason}")


@dataclass(frozen=True)
class Job:
    """What one learned stage needs of the images; it can be pickled."""

    source: Source
    work: SpanWork

    def use_threads(self, count: int) -> None:
        """Decode images by so many threads from now on."""
        self.source.use_threads(count)


def learn_span(job: Job, span: range) -> bytes:
    """Task: what the stage learns from a span of the training images."""
    return job.work(TrainImages(job.source), span)


def fitted(source: Source, codec: Codec, seed: int, engine: Engine, folder: Path) -> FittedCodec:
    """The codec, fitted on the training images; the same whatever the engine. Workers are asked
    where the images are more than one span. `folder` is where the results of others go: each worker
    must see it.

    Raises:
        SourceError, InputError: none of the images can be read.
        CodecError: the codec does not fit them.
        EngineError: workers cannot be had, or keep dying.
    """
    images = TrainImages(source)

    def spread(work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        with engine.pool(Job(source, work), folder) as pool:
            yield from pool.each((learn_span, span) for span in spans)

    alone = isinstance(engine, Here) or len(Cut.of(source.image_shape).spans(images.size)) == 1
    return codec.fit(images, seed=seed, spread=None if alone else spread)
