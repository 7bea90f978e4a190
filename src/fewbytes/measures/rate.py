"""Rate: the bytes of a compressed set, every one of them counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fewbytes.store import Store


@dataclass(frozen=True)
class Rate:
    """Bytes of a whole store, all splits together, as the file system holds them.

    `images` are those of the source, also where the codec's selection kept only some of them, so
    that bytes divided by `images` compare: to leave images out is to spend fewer bytes an image.
    `payload_bytes` are the coded records; `side_bytes` all else that decoding needs, by part:
    labels, what the codec learned, headers, the manifest. `raw_bytes` are all these
    images as uint8, and their labels.
    """

    images: int
    raw_bytes: int
    payload_bytes: int
    side_bytes: Mapping[str, int]

    @property
    def total_bytes(self) -> int:
        return self.payload_bytes + sum(self.side_bytes.values())

    @property
    def ratio(self) -> float:
        """Raw bytes over total bytes: above 1 where the codec saves anything."""
        return self.raw_bytes / self.total_bytes


def rate(store: Store) -> Rate:
    """Count the bytes of a store."""
    codes = {f"{name}.codes" for name in store.splits}
    return Rate(
        images=store.images,
        raw_bytes=store.raw_bytes,
        payload_bytes=store.nbytes.payload,
        side_bytes={name: n for name, n in store.ledger().items() if name not in codes},
    )
