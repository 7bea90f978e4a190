"""A bounded sample of what passes through, for stages that learn by going over it many times.

Each record draws a priority from its own bytes and the seed, and the lowest priorities stay, with
how often each record was seen: a bottom-k sketch (Cohen and Kaplan 2007, "Summarizing Data Using
Bottom-k Sketches"). So the sample is the same however the records were cut into chunks, two samples
merge into the sample of both, and a set of few distinct records is held whole.
"""

from __future__ import annotations

import torch

from fewbytes.errors import InputError
from fewbytes.types import State

MOST_BYTES = 1 << 26
"""Of a sample, at most: 64 MiB."""

MOST_RECORDS = 1 << 17
"""More than any stage here goes over several times in minutes."""


def sample(x: torch.Tensor, seed: int, labels: torch.Tensor | None = None) -> State:
    """The statistic: distinct `records` (n, ...) in random order, their `labels` (n,), -1 for none,
    their `counts` (n,), and the `priorities` (n,) that order them. All but records are int64. Any
    first part of a sample is a sample too.

    Raises:
        InputError: a record that holds NaN or infinite values.
    """
    if x.is_floating_point() and not torch.isfinite(x.sum()):
        raise InputError("nothing can be learned: the coefficients hold NaN or infinite values")
    ones = torch.ones(len(x), dtype=torch.int64, device=x.device)
    labels = -ones if labels is None else labels.to(ones)
    priorities = _priorities(torch.cat([labels[:, None], _patterns(x)], 1), seed)
    return _lowest({"records": x, "labels": labels, "counts": ones, "priorities": priorities})


def merge(a: State, b: State) -> State:
    """The sample of two samples' records together."""
    return _lowest({key: torch.cat([a[key], b[key]]) for key in a})


def _lowest(state: State) -> State:
    """The distinct records of lowest priority, as many as there is room for, ascending.

    Equal priorities mean equal records: among 2^18 others, 63 bits agree by chance once in 2^28.
    """
    priorities, places = torch.unique(state["priorities"], return_inverse=True)
    records = state["records"]
    counts = torch.zeros_like(priorities).index_add_(0, places, state["counts"])
    arrival = torch.arange(len(places), device=places.device)
    first = torch.full_like(priorities, len(places)).scatter_reduce_(0, places, arrival, "amin")
    room = MOST_BYTES // max(1, records[:1].numel() * records.element_size())
    kept = slice(max(1, min(MOST_RECORDS, room)))
    return {
        "records": records[first[kept]],
        "labels": state["labels"][first[kept]],
        "counts": counts[kept],
        "priorities": priorities[kept],
    }


def _patterns(x: torch.Tensor) -> torch.Tensor:
    """Records (n, ...) as whole numbers (n, values) that are equal where the records are."""
    flat = x.flatten(1)
    if x.is_floating_point():
        return (flat.float() + 0.0).view(torch.int32).long()  # + 0 makes -0 and 0 the same
    return flat.long()


def _priorities(values: torch.Tensor, seed: int) -> torch.Tensor:
    """A 63-bit hash of each row (n, values) int64: multiply, mix and add, modulo 2^64."""
    generator = torch.Generator().manual_seed(seed)
    factors = torch.randint(1, 1 << 62, values.shape[1:], generator=generator)
    mixed = (values + 2) * (factors.to(values.device) | 1)  # + 2: labels count from -1
    mixed = (mixed ^ (mixed >> 29)) * 0x1CE4E5B9BF58476D
    total = mixed.sum(1)
    total = (total ^ (total >> 32)) * 0x14D049BB133111EB
    return total & ((1 << 63) - 1)
