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
    rows = rows_per_chunk(x[0].numel() if len(x) else 1)
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


def reduce_chunks(
    function: Callable[[torch.Tensor], Result],
    combine: Callable[[Result, Result], Result],
    x: torch.Tensor,
) -> Result:
    """`combine` of `function(chunk)` over the chunks of `x`, in order; the last may be shorter."""
    rows = rows_per_chunk(x[0].numel(), 16 * CHUNK_VALUES)
    results = _each(lambda i: function(x[i : i + rows]), iter(range(0, len(x), rows)), x.device)
    total = next(results)
    for result in results:
        total = combine(total, result)
    return total


def empty(shape: Shape, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """A tensor to be filled.

    NumPy asks the system for large pages, which torch does not: filling fresh memory is several
    times as fast.
    """
    if device.type != "cpu":
        return torch.empty(shape, dtype=dtype, device=device)
    plain = {torch.uint8: np.uint8, torch.int32: np.int32, torch.float32: np.float32}
    return torch.from_numpy(np.empty(shape, plain[dtype]))


def _filled(chunk: torch.Tensor, rows: int) -> torch.Tensor:
    if len(chunk) == rows:
        return chunk
    return torch.cat([chunk, chunk[:1].expand(rows - len(chunk), *chunk.shape[1:])])


def _each(
    work: Callable[[int], Result], starts: Iterator[int], device: torch.device
) -> Iterator[Result]:
    """`work` of every start, in order: on a processor by single-threaded workers, a few chunks
    ahead of the reader at most, elsewhere one after another.
    """

    def quietly(start: int) -> Result:
        with torch.no_grad():
            return work(start)

    if device.type != "cpu":
        yield from map(quietly, starts)
        return
    with _one_at_a_time:
        threads = torch.get_num_threads()
        yield from _pooled(quietly, starts, threads)


def _pooled(work: Callable[[int], Result], starts: Iterator[int], threads: int) -> Iterator[Result]:
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            running = deque(pool.submit(work, start) for start in islice(starts, 8 * threads))
            while running:
                yield running.popleft().result()
                running.extend(pool.submit(work, start) for start in islice(starts, 1))
    finally:
        torch.set_num_threads(threads)  # the workers' setting is also the default of new threads
