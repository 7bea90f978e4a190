"""A few images as each codec gives them back, kept in the run folder while its store is at hand.

Fitting a codec again for a picture may take minutes, and the stores are removed when a study is
done; so each codec's pictures are kept when its first cell is. They are the same training images
for every codec, of different classes as far as there are any. Of large images the middle is kept,
pixel for pixel: made smaller, they would not show what coding did to them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec
from fewbytes.data.source import Source, gathered
from fewbytes.errors import StudyError
from fewbytes.studies.results import Arrays, RunFolder, read_arrays
from fewbytes.types import Images, Labels

SAMPLES = "samples"
"""Folder of a run that holds them, a file a codec."""

COUNT = 8
DRAWN = 64
"""Images among which one of each class is looked for."""

SIDE = 128
"""Rows and columns that are kept at most."""


@dataclass(frozen=True)
class Samples:
    """Training images before and after a codec: `originals` and `decoded` are (k, h, w, c) uint8,
    `labels` and `ids`, their numbers in the source, (k,).
    """

    originals: Images
    decoded: Images
    labels: Labels
    ids: NDArray[np.int64]
    names: tuple[str, ...]
    """Of each image's class; empty where classes have numbers only."""
    shape: tuple[int, int]
    """Rows and columns of the whole images."""

    @classmethod
    def taken(cls, source: Source, decoder: FittedCodec) -> Self:
        """The pictures of one codec."""
        drawn = np.random.default_rng(0).permutation(source.sizes["train"])[:DRAWN]
        piece = gathered(source, "train", np.sort(drawn))
        kept = _of_different_classes(piece.labels)
        images, labels = piece.images[kept], piece.labels[kept]
        return cls(
            middle(images),
            middle(np.asarray(decoder.reconstruct(images))),
            labels,
            piece.ids[kept],
            tuple(source.class_names[label] for label in labels) if source.class_names else (),
            (images.shape[1], images.shape[2]),
        )

    def arrays(self) -> Arrays:
        """As they are kept in a file."""
        return {
            "originals": self.originals,
            "decoded": self.decoded,
            "labels": self.labels,
            "ids": self.ids,
            "names": np.array(self.names, dtype=np.str_),
            "shape": np.array(self.shape),
        }


def keep_samples(folder: RunFolder, codec: str, source: Source, decoder: FittedCodec) -> None:
    """Keep a codec's pictures in the run folder, where they are not there yet. A codec that cannot
    code so few images has none, which is no reason to end a study; its report says so. Raises
    OutputError where they cannot be written.
    """
    path = file_of(folder.path, codec)
    if path.exists():
        return
    try:
        samples = Samples.taken(source, decoder)
    except Exception:  # whatever a plug-in raises
        return
    folder.write_arrays(f"{SAMPLES}/{path.name}", samples.arrays())


def read_samples(run: Path, codec: str) -> Samples | None:
    """The pictures of a codec; None where the study kept none. Raises StudyError."""
    path = file_of(run, codec)
    if not path.exists():
        return None
    arrays = read_arrays(path)
    try:
        found = Samples(
            arrays["originals"],
            arrays["decoded"],
            arrays["labels"].astype(np.int64),
            arrays["ids"].astype(np.int64),
            tuple(map(str, arrays["names"])),
            (int(arrays["shape"][0]), int(arrays["shape"][1])),
        )
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise StudyError(f"{path}: not the pictures of a codec: {error}") from error
    _check(found, path)
    return found


def file_of(run: Path, codec: str) -> Path:
    """Where a codec's pictures are kept."""
    return run / SAMPLES / f"{hashlib.sha256(codec.encode()).hexdigest()[:12]}.npz"


def _check(found: Samples, path: Path) -> None:
    """Raise StudyError where arrays are not pictures of one shape."""
    for images in (found.originals, found.decoded):
        if (
            images.dtype != np.uint8
            or images.ndim != 4
            or images.shape != found.originals.shape
            or images.shape[3] not in (1, 3)
            or not 0 < images[:1].size <= 3 * SIDE * SIDE
        ):
            raise StudyError(f"{path}: not pictures: {images.dtype} {images.shape}")
    counts = {len(found.labels), len(found.ids), len(found.names) or len(found.labels)}
    if counts != {len(found.originals)}:
        raise StudyError(f"{path}: {len(found.originals)} pictures, but labels of {counts}")


def _of_different_classes(labels: Labels) -> NDArray[np.intp]:
    """Places of COUNT labels at most, the first of every class before any second, by class."""
    order = np.argsort(_rank_in_class(labels), kind="stable")[:COUNT]
    return order[np.argsort(labels[order], kind="stable")]


def _rank_in_class(labels: Labels) -> NDArray[np.int64]:
    """For each label how many of the same come before it."""
    ranks = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        ranks[places] = np.arange(len(places))
    return ranks


def middle(images: Images, side: int = SIDE) -> Images:
    """The middle rows and columns of images (n, h, w, c), `side` of each, where there are more."""
    rows, columns = images.shape[1:3]
    top, left = max(0, (rows - side) // 2), max(0, (columns - side) // 2)
    return images[:, top : top + side, left : left + side]
