"""A map-style data set for people's own loaders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import Dataset, default_collate

from fewbytes.store.views import View

if TYPE_CHECKING:
    from fewbytes.store.split import StoredSplit


class StoreDataset(Dataset[Any]):
    """`(x, y)` by number. Loaders that ask for a whole batch at once (torch's do) get it at once:
    give them `collate_fn=dataset.collate`, which leaves such a batch as it is.

        DataLoader(dataset, 512, shuffle=True, collate_fn=dataset.collate)

    Codes are held in memory, whatever their size, once a process: ask for one record before the
    loader forks its workers, and they share it. Sets that are larger than memory are for `batches`.
    Views are made a batch at a time.
    """

    def __init__(self, split: StoredSplit, view: str = "image") -> None:
        self._split = split
        self._view = View(split.store.layout, view)

    def __len__(self) -> int:
        return len(self._split)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        if not -len(self) <= number < len(self):
            raise IndexError(f"record {number} of {len(self)}")
        x, y = self.__getitems__([number])
        return x[0], int(y[0])

    def __getitems__(self, numbers: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """A whole batch: x (n, *shape), y (n,)."""
        index = np.asarray(numbers)
        rows, labels = self._split.resident(), self._split.labels
        return self._view(rows.take(index, 0)), torch.from_numpy(labels.take(index))

    @staticmethod
    def collate(batch: Any) -> Any:
        """Leave a whole batch as it is; put together one that came record by record."""
        return batch if isinstance(batch, tuple) else default_collate(batch)
