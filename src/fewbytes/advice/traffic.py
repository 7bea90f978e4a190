"""What a set's bytes mean for a network, a cluster and a bill."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fewbytes.errors import InputError

PRICE = 0.023
"""Dollars for a GB-month: an assumption, about the list price of object storage in a large cloud in
2025. Give your own."""

EPOCHS, WORKERS = 100, 8
"""Of the training that is reckoned with where nobody says."""

LINKS = {"100 Mb/s": 100e6, "1 Gb/s": 1e9}
"""Bits a second."""


@dataclass(frozen=True)
class Usage:
    """How a set is used."""

    epochs: int = EPOCHS
    workers: int = WORKERS
    """Machines that each fetch the training images in every epoch."""
    price: float = PRICE
    """Dollars for a GB-month (10^9 bytes)."""

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.workers < 1:
            raise InputError(
                f"epochs and workers are at least 1, not {self.epochs} and {self.workers}"
            )
        if not 0 <= self.price < 1e9:
            raise InputError(f"a price is at least 0, not {self.price:g}")


@dataclass(frozen=True)
class Traffic:
    """Of one set: bytes, seconds, dollars."""

    set_bytes: float
    epoch_bytes: float
    """Moved in an epoch, by all workers together."""
    training_bytes: float
    """Moved in all epochs, where nothing is kept by the workers."""
    move_seconds: dict[str, float]
    """To move the set once, by link."""
    month_dollars: float
    """To store one copy."""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def traffic(total_bytes: float, usage: Usage, train_share: float = 1.0) -> Traffic:
    """Of a set of `total_bytes`, of which an epoch reads `train_share`."""
    epoch = total_bytes * train_share * usage.workers
    return Traffic(
        total_bytes,
        epoch,
        epoch * usage.epochs,
        {name: 8 * total_bytes / bits for name, bits in LINKS.items()},
        total_bytes / 1e9 * usage.price,
    )
