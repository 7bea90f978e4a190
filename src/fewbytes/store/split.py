"""A split of a store: its labels, codes and images, all or any run of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fewbytes.errors import CorruptError, InputError
from fewbytes.store.manifest import NBytes
from fewbytes.store.shard import Shard
from fewbytes.types import Images, Labels

if TYPE_CHECKING:
    from fewbytes.store.batches import Batches
    from fewbytes.store.map_style import StoreDataset
    from fewbytes.store.store import Store

READERS = 4
"""Shards, or blocks of labels, read at the same time: the network is slower than the processor."""

KEPT_BLOCKS = 4
"""Blocks of rows kept for the next question."""

Result = TypeVar("Result")


class StoredSplit:
    """Records of one split, in the order they are stored. `len(split)` is how many.

    Of an encrypted store, all that reads labels, ids or codes raises SecretKeyError where its key
    is missing, or another.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name = store, name
        entries = store.manifest.shards(name)
        self._blocks = [(i, n) for i, (_, e) in enumerate(entries) for n in range(len(e.blocks))]
        counts = [block.records for _, entry in entries for block in entry.blocks]
        self.block_starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        """Where each block begins, and at the end how many records there are."""
        self._kept: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._resident: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return int(self.block_starts[-1])

    @cached_property
    def shards(self) -> list[Shard]:
        store = self.store
        entries = store.manifest.shards(self.name)
        return [Shard(store.files, name, entry, store.layout) for name, entry in entries]

    @property
    def nbytes(self) -> NBytes:
        """Bytes of its shards."""
        return NBytes.of(entry for _, entry in self.store.manifest.shards(self.name))

    @cached_property
    def labels(self) -> Labels:
        """Class numbers (n,) int64. Codes are not read for them. Raises CorruptError."""
        parts = self._of_blocks(self.store.layout.labels)
        labels = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        self._check_labels(labels, len(self))
        return labels

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """The numbers of the records in their source, (n,). Raises CorruptError."""
        parts = self._of_blocks(self.store.layout.ids)
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def codes(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """The codes of the records from `start` to `stop` (exclusive), (n, *code_shape).

        Raises:
            InputError: there are no such records.
            CorruptError: the store is damaged there.
        """
        stop = len(self) if stop is None else stop
        if not 0 <= start <= stop <= len(self):
            raise InputError(f"records {start} to {stop} of {len(self)} in {self.name}")
        return self.store.layout.to_codes(self.rows(start, stop))

    def images(self, start: int = 0, stop: int | None = None) -> Images:
        """The same records decoded, (n, h, w, c) uint8. Raises as `codes` does."""
        return self.store.decoder.decode(self.codes(start, stop))

    def batches(self, size: int = 512, **options: Any) -> Batches:
        """Epochs of batches (x, y) as tensors: see `Batches` for the options."""
        from fewbytes.store.batches import Batches

        return Batches(self, size, **options)

    def dataset(self, view: str = "image") -> StoreDataset:
        """A map-style `torch.utils.data.Dataset`, for loaders of one's own."""
        from fewbytes.store.map_style import StoreDataset

        return StoreDataset(self, view)

    # ------------------------------------------------------------------ rows

    def rows(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Codes as rows (n, row_bytes); only the blocks that hold them are read."""
        if self._resident is not None:
            return self._resident[start:stop]
        first = int(np.searchsorted(self.block_starts, start, side="right")) - 1
        parts, place = [], start
        while place < stop:
            block, begin = self._block_rows(first), int(self.block_starts[first])
            parts.append(block[place - begin : stop - begin])
            place, first = begin + len(block), first + 1
        width = self.store.layout.row_bytes
        return np.concatenate(parts) if parts else np.zeros((0, width), np.uint8)

    def block(self, number: int) -> tuple[NDArray[np.uint8], Labels]:
        """Rows and labels of one block, read anew. Raises CorruptError."""
        shard, within = self._blocks[number]
        rows, labels = self.shards[shard].block(within)
        records = int(np.diff(self.block_starts[number : number + 2])[0])
        self._check(rows, labels, records)
        return rows, labels

    def resident(self) -> NDArray[np.uint8]:
        """All rows, read once, whole shards at a time, and kept. Raises CorruptError."""
        if self._resident is None:
            for shard in self.shards:
                shard.check_sizes()
            sizes = [shard.entry.records for shard in self.shards]
            rows = np.empty((len(self), self.store.layout.row_bytes), np.uint8)
            targets = np.split(rows, np.cumsum(sizes)[:-1])
            # The processor checks and decodes one shard while the next is read.
            with ThreadPoolExecutor(READERS) as pool:
                parts = list(pool.map(lambda s, target: s.everything(target), self.shards, targets))
            labels = np.concatenate([np.zeros(0, np.int64), *parts])
            self._check(rows, labels, len(self))
            self._resident, self.__dict__["labels"] = rows, labels
        return self._resident

    def _block_rows(self, number: int) -> NDArray[np.uint8]:
        if number not in self._kept:
            self._kept[number] = self.block(number)[0]
            while len(self._kept) > KEPT_BLOCKS:
                self._kept.popitem(last=False)
        return self._kept[number]

    def _of_blocks(self, read: Callable[[pa.Table], Result]) -> list[Result]:
        """What `read` finds in every block without its codes."""
        with ThreadPoolExecutor(READERS) as pool:
            tables = pool.map(lambda place: self.shards[place[0]].side(place[1]), self._blocks)
            return [read(table) for table in tables]

    def _check(self, rows: NDArray[np.uint8], labels: Labels, records: int) -> None:
        """Raise CorruptError unless there are so many rows, and labels of classes there are."""
        if rows.shape != (records, self.store.layout.row_bytes):
            raise CorruptError(f"{self.name}: {len(rows)} records in place of {records}")
        self._check_labels(labels, records)

    def _check_labels(self, labels: Labels, records: int) -> None:
        classes = self.store.manifest.classes
        if len(labels) != records:
            raise CorruptError(f"{self.name}: {len(labels)} labels for {records} records")
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
            raise CorruptError(f"{self.name}: a label is none of {classes} classes")

    def __getstate__(self) -> dict[str, Any]:
        """For worker processes: what was read stays behind."""
        dropped: dict[str, Any] = {"_resident": None, "_kept": OrderedDict()}
        return {k: v for k, v in self.__dict__.items() if k not in ("labels", "ids")} | dropped
