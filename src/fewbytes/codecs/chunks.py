"""Batches cut into chunks of one fixed size.

The last bits of a matrix product depend on how many rows are multiplied at once and on how many
threads share them. Codes must not: the same image has the same code alone, in any batch, with any
number of threads. So every computation here runs on chunks of exactly the same number of rows (the
last one filled up with its first row), each by one thread; threads take different chunks. Chunks
that fit the processor's cache are also the faster way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from threading import RLock
from typing import TypeVar

import numpy as np
import torch

from fewbytes.types import Shape

CHUNK_VALUES = 1 << 19
"""Input values in one chunk, at most: 2 MiB as float32."""

LEAST_ROWS = 8
"""Rows of a chunk, at least: products of very few rows take other kernels."""

Result = TypeVar("Result")
Item = TypeVar("Item")

_one_at_a_time = RLock()
"""The number of threads is the process's: one caller at a time may change and restore it."""


def rows_per_chunk(values_per_record: int, chunk_values: int = CHUNK_VALUES) -> int:
    """Rows of a chunk: a power of two that depends on the size of a record alone."""
    rows = max(LEAST_ROWS, chunk_values // max(1, values_per_record))
    return 1 << (rows.bit_length() - 1)


def map_chunks(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, out: torch.Tensor
) -> torch.Tensor:
    """Fill `out` (n, ...) with `function` of each chunk of `x` (n, ...)."""
    rows = rows_per_chunk(max(x[0].numel(), out[0].numel()) if len(x) else 1)
    starts = deque(range(0, len(x), rows))

    def work(_: int) -> None:
        while starts:
            try:
                start = starts.popleft()
            except IndexError:  # another worker took the last one
                return
            chunk = _filled(x[start : start + rows], rows)
            out[start : start + rows] = function(chunk)[: len(x) - start]

    workers = torch.get_num_threads() if x.device.type == "cpu" else 1
    try:
        for _ in _each(work, iter(range(workers)), x.device):
            pass
    finally:
        starts.clear()  # where one worker failed, the others stop too
    return out


def each_chunk(
    function: Callable[[Item], Result], chunks: Iterator[Item], device: torch.device
) -> Iterator[Result]:
    """`function(chunk)` of every chunk, in order: on a processor by single-threaded workers,
    elsewhere one after another. Chunks are asked for a few ahead of those at work, by the calling
    thread.
    """
    return _each(function, chunks, device)


@contextmanager
def one_thread() -> Iterator[None]:
    """For networks that are learned: with one thread, what is learned does not depend on how many
    there are. Products as small as theirs are also faster so, many times beside other work.
    """
    with _one_at_a_time:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def rows_to_learn_from(values_per_record: int) -> int:
    """Records of one chunk that a stage learns from."""
    return rows_per_chunk(values_per_record, 4 * CHUNK_VALUES)


def empty(shape: Shape, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """A tensor to be filled.

    NumPy asks the system for large pages, which torch does not: filling fresh memory is several
    times as fast.
    """
    plain = {torch.uint8: np.uint8, torch.int32: np.int32, torch.float32: np.float32}
    if device.type != "cpu" or dtype not in plain:
        return torch.empty(shape, dtype=dtype, device=device)
    return torch.from_numpy(np.empty(shape, plain[dtype]))


def _filled(chunk: torch.Tensor, rows: int) -> torch.Tensor:
    if len(chunk) == rows:
        return chunk
    return torch.cat([chunk, chunk[:1].expand(rows - len(chunk), *chunk.shape[1:])])


def _each(
    work: Callable[[Item], Result], items: Iterator[Item], device: torch.device
) -> Iterator[Result]:
    """`work` of every item, in order: on a processor by single-threaded workers, a few items
    ahead of the reader at most, elsewhere one after another.
    """
    inference = torch.is_inference_mode_enabled()  # the caller's; threads do not inherit it

    def quietly(item: Item) -> Result:
        with torch.inference_mode(inference), torch.no_grad():
            return work(item)

    if device.type != "cpu":
        yield from map(quietly, items)
        return
    with _one_at_a_time:
        threads = torch.get_num_threads()
        yield from _pooled(quietly, items, threads)


def _pooled(
    work: Callable[[Item], Result], items: Iterator[Item], threads: int
) -> Iterator[Result]:
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            running = deque(pool.submit(work, item) for item in islice(items, 2 * threads))
            while running:
                yield running.popleft().result()
                running.extend(pool.submit(work, item) for item in islice(items, 1))
    finally:
        torch.set_num_threads(threads)  # the workers' setting is also the default of new threads
