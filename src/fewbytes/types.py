"""The vocabulary: images, labels, splits and data sets. Imports nothing of ours but the errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError

if TYPE_CHECKING:
    import torch

Images: TypeAlias = NDArray[np.uint8]
"""A batch of images, uint8, shape (n, height, width, channels)."""

Labels: TypeAlias = NDArray[np.int64]
"""Class numbers from 0, shape (n,)."""

State: TypeAlias = "Mapping[str, torch.Tensor]"
"""What a stage learned, by name. Counted as side information, saved as safetensors."""

Shape: TypeAlias = tuple[int, ...]

MOST_CLASSES = 1 << 16
"""Labels are counted from 0 and stored in two bytes at most."""


def as_images(images: NDArray[np.generic], what: str = "images") -> Images:
    """Check a batch of images; a batch (n, h, w) of grey images gains its channel axis.

    Raises:
        InputError: not uint8, not 3 or 4 axes, or an image without pixels.
    """
    if images.dtype != np.uint8:
        raise InputError(f"{what} must be uint8 (0 to 255), not {images.dtype}{_hint(images)}")
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or 0 in images.shape[1:]:
        raise InputError(
            f"{what} must have the shape (n, height, width, channels), not {images.shape}"
        )
    return images  # type: ignore[return-value]


def _hint(images: NDArray[np.generic]) -> str:
    if images.dtype.kind == "f" and images.size:
        if not np.isfinite(images).all():
            return "; they hold NaN or infinite values"
        if images.min() >= 0 and images.max() <= 1:
            return "; multiply by 255, round and convert with .astype('uint8')"
    return "; convert with .astype('uint8')"


@dataclass(frozen=True)
class Split:
    """Images with their labels: `images` (n, h, w, c) uint8, `labels` (n,) int64."""

    images: Images
    labels: Labels

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", as_images(np.asarray(self.images)))
        labels = np.asarray(self.labels)
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise InputError(
                f"labels must be whole numbers of shape (n,), not {labels.dtype} {labels.shape}"
            )
        if len(labels) != len(self.images):
            raise InputError(f"{len(self.images)} images but {len(labels)} labels")
        if len(labels) == 0:
            raise InputError("the set is empty: it holds no image")
        if labels.min() < 0:
            raise InputError(f"labels must count from 0, but one is {labels.min()}")
        if labels.max() >= MOST_CLASSES:
            raise InputError(f"labels must be below {MOST_CLASSES:,}, but one is {labels.max()}")
        object.__setattr__(self, "labels", labels.astype(np.int64, copy=False))

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.integer]) -> Split:
        """The records at `index`, in that order."""
        return Split(self.images[index], self.labels[index])


@dataclass(frozen=True)
class Dataset:
    """A named, labelled image set with a part to train on and a part to test on."""

    name: str
    train: Split
    test: Split

    def __post_init__(self) -> None:
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise InputError(
                f"{self.name}: train images are {self.train.images.shape[1:]} "
                f"but test images {self.test.images.shape[1:]}"
            )

    @property
    def image_shape(self) -> Shape:
        """(height, width, channels)."""
        return self.train.images.shape[1:]

    @property
    def classes(self) -> int:
        """How many classes there are: the largest label plus one."""
        return int(max(self.train.labels.max(), self.test.labels.max())) + 1

    @property
    def splits(self) -> dict[str, Split]:
        return {"train": self.train, "test": self.test}
