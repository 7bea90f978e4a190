"""A bounded sample of what passes through, for stages that learn by going over it many times.

Each record draws a priority from its own bytes and the seed, and the lowest priorities stay, with
how often each record was seen: a bottom-k sketch (Cohen and Kaplan 2007, "Summarizing Data Using
Bottom-k Sketches"). So the sample is the same however the records were cut into chunks, two samples
merge into the sample of both, and a set of few distinct records is held whole.

Of a set of D distinct records, a sample of k is as good as one drawn by lot: the mean of anything
over it, of standard deviation s in the set, has the standard error s sqrt((1 - k/D) / k'), where k'
= (sum c)^2 / (sum c^2), for records seen c times, is the effective size (Kish 1965, "Survey
Sampling"). A record that is a good part of such a set by itself may be left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fewbytes.codecs.chunks import empty
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
    return _lowest(a, b)


def _lowest(*parts: State) -> State:
    """The distinct records of lowest priority, as many as there is room for, ascending.

    Equal priorities mean equal records: in one set of 2^16, among 2^30 records is one that has by
    chance the 63 bits of another of the 2^17 kept.
    """
    together = torch.cat([part["priorities"] for part in parts])
    priorities, places = torch.unique(together, return_inverse=True)
    counts = torch.zeros_like(priorities)
    counts.index_add_(0, places, torch.cat([part["counts"] for part in parts]))
    arrival = torch.arange(len(places), device=places.device)
    first = torch.full_like(priorities, len(places)).scatter_reduce_(0, places, arrival, "amin")
    records = parts[0]["records"]
    room = MOST_BYTES // max(1, records[:1].numel() * records.element_size())
    kept = slice(max(1, min(MOST_RECORDS, room)))
    return {
        "records": _rows([part["records"] for part in parts], first[kept]),
        "labels": torch.cat([part["labels"] for part in parts])[first[kept]],
        "counts": counts[kept].clone(),  # without what is cut off, should it be sent elsewhere
        "priorities": priorities[kept].clone(),
    }


def _rows(parts: Sequence[torch.Tensor], chosen: torch.Tensor) -> torch.Tensor:
    """The chosen rows of the parts, counted through. To join the parts first, and index what they
    give, takes eight times as long where they are large.
    """
    start = len(parts[0])
    rows = empty((len(chosen), *parts[0].shape[1:]), parts[0].dtype, parts[0].device)
    torch.index_select(parts[0], 0, chosen.clamp(max=start - 1), out=rows)
    for part in parts[1:]:
        inside = ((chosen >= start) & (chosen < start + len(part))).nonzero()[:, 0]
        rows[inside] = part[chosen[inside] - start]
        start += len(part)
    return rows


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
