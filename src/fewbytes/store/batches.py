"""Epochs of batches from a split.

    batches = store["train"].batches(512, view="image", shuffle=True, seed=0)
    for epoch in range(8):
        for x, y in batches:  # tensors on the device
            ...

Codes that fit in memory are held there, decoded from their entropy coding but not yet to pixels,
and any record is reached at once; larger sets pass through a window of blocks (`windows.py`). The
view is made a batch at a time, on the device that trains.

The order is drawn from (seed, epoch) alone. In memory it does not depend on the number of ranks
either: together they see the batches that one process would, each batch shared among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.store.manifest import digest
from fewbytes.store.order import permutation
from fewbytes.store.views import View
from fewbytes.store.windows import Windows

if TYPE_CHECKING:
    from fewbytes.store.split import StoredSplit

VIEWED_BYTES, VIEWED_RECORDS = 32 << 20, 8192
"""Batches are gathered and viewed several at a time, up to so many: calls cost, memory too."""

MEMORY = 4 << 30
"""Bytes of rows that are held in memory: the same everywhere, since the order depends on it."""

Batch = tuple[torch.Tensor, torch.Tensor]


class Batches:
    """An endless supply of epochs: each `for` loop over it is the next one.

    Args:
        size: records of a batch, on each rank.
        view: `image` (decoded pixels, uint8), `code` (coefficients, float32) or `symbols`.
        shuffle: whether each epoch has an order of its own; without, records come as stored.
        seed: draws the orders.
        drop_last: leave out a last batch that is not full.
        subset: record numbers to choose from, ascending; None for all.
        rank, world_size: this process among those that train together. All get the same number of
            batches, of the same sizes; up to `world_size - 1` records wait for another epoch.
        device: where the view is made.
        memory: bytes that the split's rows may take; where they take more, they pass through a
            window of blocks.
    """

    def __init__(
        self,
        split: StoredSplit,
        size: int = 512,
        *,
        view: str = "image",
        shuffle: bool = False,
        seed: int = 0,
        drop_last: bool = False,
        subset: NDArray[np.integer[Any]] | None = None,
        rank: int = 0,
        world_size: int = 1,
        device: str | torch.device | None = None,
        memory: int = MEMORY,
    ) -> None:
        if size < 1 or not 0 <= rank < world_size or not 0 <= seed < 1 << 63:
            raise InputError(f"size {size}, rank {rank} of {world_size}, seed {seed}")
        self._split, self.size, self.shuffle, self.seed = split, size, shuffle, seed
        self._rank, self._world_size, self._drop_last = rank, world_size, drop_last
        self._subset = None if subset is None else _ascending(subset, len(split))
        self.view = View(split.store.layout, view, device)
        self._device = torch.device(device or "cpu")
        records = len(split) if subset is None else len(subset)
        self._records = records // world_size
        if self._records == 0:
            raise InputError(f"{records} records for {world_size} ranks")
        self.epoch, self._next = 0, 0
        self.in_memory = len(split) * split.store.layout.row_bytes <= memory

    def __len__(self) -> int:
        """Batches of an epoch, on each rank."""
        whole, left = divmod(self._records, self.size)
        return whole + (1 if left and not self._drop_last else 0)

    def __iter__(self) -> Iterator[Batch]:
        """The rest of the present epoch; then the next one is the present."""
        first, total = self._next, len(self)
        worker = torch.utils.data.get_worker_info()
        numbers = range(first, total)
        if worker is not None:
            numbers = numbers[worker.id :: worker.num_workers]
        batches = self._from_memory(numbers) if self.in_memory else self._from_windows(numbers)
        for number, batch in zip(numbers, batches, strict=True):
            self._next = number + 1
            yield batch
        self.epoch, self._next = self.epoch + 1, 0

    def _from_memory(self, numbers: range) -> Iterator[Batch]:
        rows = self._split.resident()
        labels = self._split.labels
        order = self._order()
        for first in range(0, len(numbers), self._at_once):
            spans = [self._span(number) for number in numbers[first : first + self._at_once]]
            index = np.concatenate([order[start:stop] for start, stop in spans])
            yield from self._viewed(rows.take(index, 0), labels.take(index))

    def _order(self) -> NDArray[np.int64]:
        """Every rank's records of this epoch, batch by batch."""
        n = len(self._split) if self._subset is None else len(self._subset)
        order = permutation(n, self.seed, self.epoch) if self.shuffle else np.arange(n)
        return order if self._subset is None else self._subset[order]

    def _span(self, number: int) -> tuple[int, int]:
        """Where this rank's part of a batch lies in the order."""
        start = number * self.size * self._world_size
        size = min(self.size, self._records - number * self.size)
        return start + self._rank * size, start + (self._rank + 1) * size

    def _from_windows(self, numbers: range) -> Iterator[Batch]:
        """Of workers that share an epoch, each reads all of it and views its own batches."""
        windows = Windows(
            self._split, self.shuffle, self.seed, self.epoch, self._subset, self._rank,
            self._world_size,
        )  # fmt: skip
        start = numbers.start * self.size
        stop = min(numbers.stop * self.size, self._records)
        groups = windows.batches(self._at_once * self.size, start, stop)
        batches = chain.from_iterable(self._viewed(*group) for group in groups)
        return (b for number, b in enumerate(batches, numbers.start) if number in numbers)

    @property
    def _at_once(self) -> int:
        """Batches that are gathered and viewed together."""
        records = min(VIEWED_RECORDS, VIEWED_BYTES // self.view.record_bytes)
        return max(1, records // self.size)

    def _viewed(self, rows: NDArray[np.uint8], labels: NDArray[np.int64]) -> Iterator[Batch]:
        """Batches of rows and labels that stand one after another."""
        x, y = self.view(rows), torch.from_numpy(labels).to(self._device, non_blocking=True)
        yield from zip(torch.split(x, self.size), torch.split(y, self.size), strict=True)

    # ---------------------------------------------------------------- resume

    def set_epoch(self, epoch: int) -> None:
        """Let the next loop be this epoch, from its beginning. Worker processes of a loader start
        from what was set here: without it, each of their epochs is the same.

        Raises:
            InputError: no epoch has that number.
        """
        self._go_to(epoch, 0)

    def _go_to(self, epoch: Any, number: Any) -> None:
        whole = isinstance(epoch, int) and isinstance(number, int)
        if not (whole and 0 <= epoch < 1 << 63 and 0 <= number <= len(self)):
            raise InputError(f"there is no batch {number!r} of {len(self)} in an epoch {epoch!r}")
        self.epoch, self._next = epoch, number

    def state_dict(self) -> dict[str, Any]:
        """Where the epoch stands: plain values, the same on every rank."""
        return {**self._identity(), "epoch": self.epoch, "next": self._next}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken, in this process or another.

        Raises:
            InputError: it was taken of other batches.
        """
        for name, value in self._identity().items():
            if state.get(name) != value:
                raise InputError(
                    f"the state was taken with {name} = {state.get(name)}, not {value}"
                )
        self._go_to(state.get("epoch"), state.get("next"))

    def _identity(self) -> dict[str, Any]:
        shards = self._split.store.manifest.shards(self._split.name)
        return {
            "shards": [entry.sha256 for _, entry in shards],
            "size": self.size,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "world_size": self._world_size,
            "drop_last": self._drop_last,
            "records": self._records,
            "subset": "" if self._subset is None else digest(self._subset.tobytes()),
            "in_memory": self.in_memory,
        }


def _ascending(subset: NDArray[np.integer[Any]], n: int) -> NDArray[np.int64]:
    subset = np.asarray(subset)
    if subset.ndim != 1 or subset.dtype.kind not in "iu":
        raise InputError(f"a subset is record numbers (n,), not {subset.dtype} {subset.shape}")
    if len(subset) and (subset[0] < 0 or subset[-1] >= n or (np.diff(subset) <= 0).any()):
        raise InputError(f"a subset is ascending record numbers below {n}")
    return subset.astype(np.int64)
