"""What a stage that learns must keep, so that a set may be larger than memory, or be spread over
machines, and still be fitted on as if it were in one place.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from functools import reduce

import torch

from fewbytes.codecs import Codec, FittedCodec, SpanWork, Stage
from fewbytes.codecs.fitting import fit
from fewbytes.codecs.spans import Cut, from_bytes, to_bytes
from fewbytes.codecs.streams import BatchStream, NumberedImages
from fewbytes.testing.samples import LABELS, TRAINING_IMAGES, sample_images
from fewbytes.types import Shape, State

CUT = Cut(rows=6, chunks=2)
"""Cuts the training images into four spans, the last of them short."""

MOST_BYTES = 1 << 30
"""Of a statistic, whatever the number of images."""

SEED = 3


def check_merging(stage: Stage, fitted: FittedCodec) -> None:
    """Contributions join to that of the whole, in any grouping; they can be sent elsewhere; and
    however many images are added, they stay bounded and do not overflow.
    """
    codec, shape = fitted.codec, fitted.image_shape
    place = codec.stages.index(stage)
    states = tuple(fitted.states[i] for i in range(place))
    work = SpanWork(codec, shape, place, states, SEED, TRAINING_IMAGES)
    x = work.reaching(torch.from_numpy(sample_images(TRAINING_IMAGES, shape, seed=1)))
    labels = torch.from_numpy(LABELS)

    def of(images: torch.Tensor, their: torch.Tensor) -> State:
        return stage.labelled_statistic(images, their, work.entering, SEED)

    whole = of(x, labels)
    parts = [of(*part) for part in zip(torch.split(x, 7), torch.split(labels, 7), strict=True)]
    from_left = reduce(stage.combine, parts)
    from_right = reduce(lambda right, left: stage.combine(left, right), reversed(parts))
    for total in (from_left, from_right):
        assert _alike(total, whole), f"{stage.name}: parts do not join to the statistic of all"
    assert _equal(from_bytes(to_bytes(whole)), whole)
    assert len(pickle.dumps(whole)) < _size(whole) + 4096, (
        f"{stage.name}: the statistic is part of something larger, which is sent along: clone it"
    )
    _check_growth(stage, whole)


def _check_growth(stage: Stage, total: State) -> None:
    """Twice as many images have a statistic as large, sooner or later, in numbers wide enough."""
    twice = stage.combine(total, total)
    while _size(twice) > _size(total):
        assert _size(twice) <= MOST_BYTES, f"{stage.name}: the statistic grows with the images"
        total, twice = twice, stage.combine(twice, twice)
    for key, part in total.items():
        is_sum = torch.equal(twice[key], part + part) and not torch.equal(twice[key], part)
        assert not is_sum or part.dtype in (torch.int64, torch.float64), (
            f"{stage.name}: a sum of {part.dtype} has no room for many images: {key!r}"
        )


def check_spans(codec: Codec, shape: Shape) -> None:
    """The codec learns the same, bit for bit, on any number of threads, and where spans are worked
    on elsewhere, in any order.
    """
    images = torch.from_numpy(sample_images(TRAINING_IMAGES, shape, seed=1))
    stream = BatchStream(images, LABELS)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        here = fit(codec, stream, SEED, cut=CUT).save_state()
    finally:
        torch.set_num_threads(threads)
    there = fit(codec, stream, SEED, spread=Elsewhere(stream), cut=CUT).save_state()
    assert here == there, f"{codec}: what is learned depends on where spans are worked on"


class Elsewhere:
    """Works on spans as somebody elsewhere would, the last first."""

    def __init__(self, images: NumberedImages) -> None:
        self._images = images

    def __call__(self, work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        sent = pickle.dumps(work)
        received: SpanWork = pickle.loads(sent)  # noqa: S301 - it is our own
        return reversed([received(self._images, span) for span in reversed(spans)])


def _alike(a: State, b: State) -> bool:
    """Whether two statistics are the same, but for the rounding of sums."""
    return a.keys() == b.keys() and all(_near(a[key], b[key]) for key in a)


def _near(a: torch.Tensor, b: torch.Tensor) -> bool:
    if not a.is_floating_point():
        return torch.equal(a, b)
    near = 1e-5 * float(b.abs().max()) if b.numel() else 0.0
    return a.dtype == b.dtype and torch.allclose(a, b, rtol=1e-5, atol=near)


def _equal(a: State, b: State) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def _size(state: State) -> int:
    """Its bytes."""
    return sum(tensor.nbytes for tensor in state.values())
