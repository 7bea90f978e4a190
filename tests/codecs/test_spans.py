"""A fit is a sum over spans, which may be worked on anywhere."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch

from fewbytes.codecs import Codec, SpanWork
from fewbytes.codecs.fitting import fit
from fewbytes.codecs.spans import Cut, from_bytes
from fewbytes.errors import CorruptError, InputError
from fewbytes.testing import sample_images
from fewbytes.types import Images, Labels, Shape

SHAPE = (12, 10, 1)
CUT = Cut(rows=5, chunks=3)
RECORDS = 68
"""Four spans of 15 records, and one of 8."""

SPECS = [
    "pca:6 | lloyd:4 | range",
    "downsample:6 | uniform:6 | context:units=4:steps=2",
    "otsu | threshold | range:order=keep",
    "projection:9 | uniform:8:step=3 | range",
]


class Patchy:
    """Numbered images, of which some cannot be read: a whole span, a whole chunk, one here and
    there.
    """

    def __init__(self, unreadable: Sequence[int] = ()) -> None:
        self._images = sample_images(RECORDS, SHAPE, seed=4)
        self._read = ~np.isin(np.arange(RECORDS), unreadable)
        self.image_shape: Shape = SHAPE
        self.size = RECORDS

    def chunks(
        self, rows: int, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[Images, Labels]]:
        end = RECORDS if stop is None else stop
        for first in range(start, end, rows):
            numbers = np.arange(first, min(first + rows, end))
            numbers = numbers[self._read[numbers]]
            yield self._images[numbers], numbers % 3


UNREADABLE = [1, *range(5, 10), *range(30, 45), 66]


class Backwards:
    """Works on the last span first."""

    def __init__(self, images: Patchy) -> None:
        self._images = images

    def __call__(self, work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        return reversed([work(self._images, span) for span in reversed(spans)])


class Processes:
    """Works on spans in two other processes, which read the images for themselves."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def __call__(self, work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        return self._executor.map(_in_process, [work] * len(spans), spans)


def _in_process(work: SpanWork, span: range) -> bytes:
    return work(Patchy(UNREADABLE), span)


def test_spans_are_cut_by_the_numbers_of_records() -> None:
    assert CUT.spans(RECORDS) == [range(i, min(i + 15, RECORDS)) for i in range(0, RECORDS, 15)]
    assert CUT.spans(0) == []
    assert len(Cut.of((28, 28, 1)).spans(60_000)) == 1
    assert len(Cut.of((32, 32, 3)).spans(50_000)) == 1


@pytest.mark.parametrize("spec", SPECS)
def test_order_of_work_changes_no_bit(spec: str) -> None:
    codec, images = Codec.parse(spec), Patchy(UNREADABLE)
    here = fit(codec, images, 1, cut=CUT)
    there = fit(codec, images, 1, spread=Backwards(images), cut=CUT)
    assert here.save_state() == there.save_state()


def test_processes_learn_the_same_as_threads() -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    threads = torch.get_num_threads()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        for spec in SPECS:
            codec = Codec.parse(spec)
            there = fit(codec, Patchy(UNREADABLE), 1, spread=Processes(executor), cut=CUT)
            try:
                torch.set_num_threads(2)
                here = fit(codec, Patchy(UNREADABLE), 1, cut=CUT)
            finally:
                torch.set_num_threads(threads)
            assert here.save_state() == there.save_state(), spec


def test_unreadable_records_move_no_other_into_another_chunk() -> None:
    """What can be read is fitted on as if it were all there was, with the cuts where they were."""
    images = Patchy(UNREADABLE)
    codec = Codec.parse("pca:6 | float32 | raw")
    work = SpanWork(codec, SHAPE, 0, (), 0, CUT.rows)
    counts = []
    for span in CUT.spans(RECORDS):
        blob = work(images, span)
        counts.append(int(from_bytes(blob)["count"]) if blob else 0)
    assert counts == [9, 15, 0, 15, 7]


def test_a_span_is_the_sum_of_its_chunks_in_order() -> None:
    images = Patchy()
    codec = Codec.parse("pca:6 | float32 | raw")
    stage, signal = codec.stages[0], codec.signals(SHAPE)[0]
    chunks = [stage.statistic(torch.from_numpy(x), signal, 0) for x, _ in images.chunks(5)]
    first = stage.combine(stage.combine(chunks[0], chunks[1]), chunks[2])
    found = from_bytes(SpanWork(codec, SHAPE, 0, (), 0, 5)(images, range(15)))
    assert found.keys() == first.keys()
    assert all(torch.equal(found[key], first[key]) for key in first)


def test_nothing_readable_is_nothing_to_fit_on() -> None:
    nothing = Patchy(range(RECORDS))
    for spread in (None, Backwards(nothing)):
        with pytest.raises(InputError, match="there is no image"):
            fit(Codec.parse("otsu"), nothing, 0, spread=spread, cut=CUT)


def test_a_stream_without_numbers_is_not_spread() -> None:
    class Stream:
        image_shape = SHAPE

        def chunks(self, rows: int) -> Iterator[tuple[Images, None]]:
            yield sample_images(rows, SHAPE, seed=1), None

    with pytest.raises(InputError, match="numbered images alone"):
        fit(Codec.parse("otsu"), Stream(), 0, spread=Backwards(Patchy()), cut=CUT)


def test_a_spread_that_loses_a_span_is_found_out() -> None:
    def forgetful(work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        return (work(Patchy(), span) for span in spans[1:])

    with pytest.raises(ValueError, match="shorter"):
        fit(Codec.parse("otsu"), Patchy(), 0, spread=forgetful, cut=CUT)


def test_half_a_statistic_is_refused() -> None:
    def halving(work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        return ((blob := work(Patchy(), span))[: len(blob) // 2] for span in spans)

    with pytest.raises(CorruptError, match="statistic of a span"):
        fit(Codec.parse("otsu"), Patchy(), 0, spread=halving, cut=CUT)


def test_the_public_fit_takes_a_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cut, "of", classmethod(lambda cls, shape: CUT))
    codec, images = Codec.parse("pca:6 | lloyd:4 | range"), Patchy(UNREADABLE)
    asked: list[Sequence[range]] = []

    def watched(work: SpanWork, spans: Sequence[range]) -> Iterator[bytes]:
        asked.append(spans)
        return Backwards(images)(work, spans)

    there = codec.fit(images, seed=1, spread=watched)
    assert there.save_state() == codec.fit(images, seed=1).save_state()
    assert asked == [CUT.spans(RECORDS)] * 3
