"""Rate: the bytes of a compressed set, every one of them counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fewbytes.codecs import FittedCodec
from fewbytes.store.parts import CodedSplit, to_parts

LABEL_BYTES = 1
"""Bytes of a label in the raw set that ratios refer to (two beyond 256 classes)."""


@dataclass(frozen=True)
class Rate:
    """Bytes of a whole set, all splits together.

    `payload_bytes` are the coded records; `side_bytes` all else that decoding needs, by part:
    labels, what the codec learned, the manifest. `raw_bytes` are the uint8 images and labels.
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


def rate(fitted: FittedCodec, splits: Mapping[str, CodedSplit]) -> Rate:
    """Write the whole set to bytes and count them."""
    lengths = {name: len(part) for name, part in to_parts(fitted, splits).items()}
    images = sum(len(split) for split in splits.values())
    largest = max(int(split.labels.max()) for split in splits.values())
    label_bytes = LABEL_BYTES if largest < 256 else 2 * LABEL_BYTES
    height, width, channels = fitted.image_shape
    return Rate(
        images=images,
        raw_bytes=images * (height * width * channels + label_bytes),
        payload_bytes=sum(n for name, n in lengths.items() if name.endswith(".codes")),
        side_bytes={name: n for name, n in lengths.items() if not name.endswith(".codes")},
    )
