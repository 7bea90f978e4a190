"""One `.npz` file with the arrays `train_images` (n, h, w, c) uint8 and `train_labels` (n,) int64,
and the same of every other split.

`np.savez` wants whole arrays. This writes the same file a piece at a time: a zip archive, not
compressed, of `.npy` files whose headers are known before the pixels are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from fewbytes.exports.job import Job
from fewbytes.types import Shape


def write(job: Job, place: Path) -> None:
    """Write the decoded images, of any number of channels, to the file `place`. Their numbers and
    the names of classes have no place in it.

    Raises:
        OSError: the file system refuses.
        CorruptError: the store is damaged.
    """
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
        for split in job.splits:
            labels = job.store[split].labels
            shape = (len(labels), *job.store.manifest.image_shape)
            with _array(archive, f"{split}_images", "|u1", shape) as file:
                for piece in job.pieces(split):
                    file.write(np.ascontiguousarray(piece.images).data)
            with _array(archive, f"{split}_labels", "<i8", labels.shape) as file:
                file.write(labels.astype("<i8", copy=False).tobytes())


@contextmanager
def _array(archive: zipfile.ZipFile, name: str, dtype: str, shape: Shape) -> Iterator[IO[bytes]]:
    """A file in the archive that takes the bytes of an array, in C order."""
    info = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so that the same store gives the same bytes
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as file:
        header = {"descr": dtype, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield file
