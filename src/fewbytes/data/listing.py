"""Which files belong to a split, held compactly: some 40 bytes a file, names included."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.fifths import is_test

Ints: TypeAlias = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Listing:
    """The files of a split, numbered in the order of the SHA-256 of their paths.

    Sorted names would give one class after another: a network fed in that order forgets, and the
    first part of a split would not look like the whole. A random order needs a seed that everyone
    shares. A hash of the path mixes the classes without one, the same way on every machine, and
    adding a file moves no other.
    """

    folders: tuple[str, ...]
    """By class: the folder, relative to the source, with a "/" at the end."""
    names: bytes
    """The names below the class folders, one after another, UTF-8 with surrogate escapes."""
    ends: Ints
    """Where each name ends in `names`."""
    classes: Ints
    order: Ints
    """By number: which file, as they were found."""
    wrong: dict[int, str]
    """By file, as they were found: why it cannot be read."""

    def __len__(self) -> int:
        return len(self.order)

    def file(self, number: int) -> tuple[str, int, str]:
        """(path relative to the source, class, why it cannot be read or "")."""
        index = int(self.order[number])
        start = int(self.ends[index - 1]) if index else 0
        label = int(self.classes[index])
        name = self.names[start : int(self.ends[index])].decode("utf-8", "surrogateescape")
        return self.folders[label] + name, label, self.wrong.get(index, "")

    def relabelled(self, numbers: NDArray[np.int64]) -> Listing:
        """With every class k (and its folder) moved to `numbers[k]`; one of -1 holds no file."""
        folders = [""] * (int(numbers.max()) + 1)
        for old, new in enumerate(numbers):
            if new >= 0:
                folders[new] = self.folders[old]
        classes = _narrow(numbers[self.classes])
        return Listing(tuple(folders), self.names, self.ends, classes, self.order, self.wrong)

    def dealt(self) -> tuple[Listing, Listing]:
        """Every fifth file of each class, in this order, apart: (the rest, the fifths)."""
        classes = self.classes[self.order]
        by_class = np.argsort(classes, kind="stable")
        starts = np.searchsorted(classes[by_class], np.arange(len(self.folders)))
        within = np.empty(len(classes), np.int64)
        within[by_class] = np.arange(len(classes)) - starts[classes[by_class]]
        apart = is_test(within)
        return self._only(~apart), self._only(apart)

    def _only(self, kept: NDArray[np.bool_]) -> Listing:
        order = self.order[kept]
        return Listing(self.folders, self.names, self.ends, self.classes, order, self.wrong)


class Lister:
    """Gathers the files of a split."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._folders = folders
        self._names = bytearray()
        self._ends = array("q")
        self._classes = array("l")
        self._keys = bytearray()
        self._wrong: dict[int, str] = {}

    def add(self, label: int, name: str, wrong: str) -> None:
        """Add a file, `name` below the folder of its class."""
        encoded = name.encode("utf-8", "surrogateescape")
        folder = self._folders[label].encode("utf-8", "surrogateescape")
        if wrong:
            self._wrong[len(self._ends)] = wrong
        self._names += encoded
        self._ends.append(len(self._names))
        self._classes.append(label)
        self._keys += hashlib.sha256(folder + encoded).digest()[:16]

    def listing(self) -> Listing:
        """All of them, in order. Half a hash orders: two that agree are not to be expected."""
        keys = np.frombuffer(bytes(self._keys), ">u8").reshape(-1, 2)
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        return Listing(
            self._folders,
            bytes(self._names),
            _narrow(np.array(self._ends, np.int64)),
            _narrow(np.array(self._classes, np.int64)),
            _narrow(order),
            self._wrong,
        )


def _narrow(numbers: NDArray[np.int64]) -> Ints:
    """In four bytes each, where they fit: a million files are many."""
    fits = not len(numbers) or int(numbers.max()) < 1 << 31
    return numbers.astype(np.int32) if fits else numbers
