"""Training images as a fit reads them: a chunk at a time, as often as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeGuard

import torch
from numpy.typing import NDArray

from fewbytes.codecs.fitted import Batch, as_image_tensor
from fewbytes.errors import InputError
from fewbytes.types import MOST_CLASSES, Images, Labels, Shape


class ImageStream(Protocol):
    """Images that come a chunk at a time, as often as they are asked for."""

    @property
    def image_shape(self) -> Shape:
        """(height, width, channels)."""
        ...

    def chunks(self, rows: int) -> Iterator[tuple[Images, Labels | None]]:
        """All images and labels, in order: of every `rows` records those that can be read, be they
        fewer or none.
        """
        ...


class NumberedImages(ImageStream, Protocol):
    """A stream that gives any run of its records, so that it can be read where it is needed."""

    @property
    def size(self) -> int:
        """Records, those included that cannot be read."""
        ...

    def chunks(
        self, rows: int, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[Images, Labels | None]]:
        """The same of the records numbered `start` to `stop` (exclusive; None: the end)."""
        ...


Chunk = tuple[torch.Tensor, torch.Tensor | None]
"""Images (n, h, w, c) and labels (n,)."""


class BatchStream:
    """Images that are all there, as a stream of chunks that are not copied."""

    def __init__(self, x: torch.Tensor, labels: NDArray[Any] | torch.Tensor | None) -> None:
        if len(x) == 0:
            raise InputError("nothing to fit on: the batch of images is empty")
        if labels is not None and len(labels) != len(x):
            raise InputError(f"{len(x)} images but {len(labels)} labels")
        self._x, self._labels, self.device = x, labels, x.device
        self.image_shape: Shape = tuple(x.shape[1:])
        self.size = len(x)

    def chunks(
        self, rows: int, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[Any, Any]]:
        end = self.size if stop is None else min(stop, self.size)
        for first in range(start, end, rows):
            part = slice(first, min(first + rows, end))
            yield self._x[part], None if self._labels is None else self._labels[part]


def as_stream(
    images: Batch | ImageStream, labels: NDArray[Any] | torch.Tensor | None
) -> ImageStream:
    """A batch as a stream; a stream as it is. Raises InputError."""
    return images if _is_stream(images) else BatchStream(as_image_tensor(images), labels)  # type: ignore[arg-type]


def is_numbered(images: ImageStream) -> TypeGuard[NumberedImages]:
    """Whether any run of records can be asked for."""
    return hasattr(images, "size")


def device_of(images: ImageStream) -> torch.device:
    """Where the images of a stream lie."""
    return images.device if isinstance(images, BatchStream) else torch.device("cpu")


def as_chunk(images: Any, labels: Any) -> Chunk:
    """Images and labels as tensors. Raises InputError."""
    return as_image_tensor(images), None if labels is None else _as_labels(labels)


def _as_labels(labels: Any) -> torch.Tensor:
    """Labels as (n,) int64. Raises InputError."""
    array = torch.as_tensor(labels)
    if array.ndim != 1 or array.is_floating_point() or array.is_complex():
        raise InputError(f"labels must be whole numbers (n,), not {array.dtype} {array.shape}")
    array = array.long()
    if len(array) and not 0 <= int(array.min()) <= int(array.max()) < MOST_CLASSES:
        raise InputError(f"labels must lie in 0 to {MOST_CLASSES - 1:,}")
    return array


def _is_stream(images: object) -> TypeGuard[ImageStream]:
    return hasattr(images, "chunks") and hasattr(images, "image_shape")
