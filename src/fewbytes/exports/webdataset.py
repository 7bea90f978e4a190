"""Tar files for WebDataset: DEST/train-000000.tar with 000012.png and 000012.cls of each record.

The key is the record's number in its source, the class its number as text; names of classes have
no place in it. The same store and the same versions of Pillow and zlib give the same bytes.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from fewbytes.exports.job import Job, Picture
from fewbytes.exports.runs import runs

SHARD_BYTES, SHARD_RECORDS = 64 << 20, 10_000
"""Bytes (about) and records of a tar file, at most."""


def write(job: Job, place: Path) -> None:
    """Write the decoded images (h, w, 1 or 3) to the folder `place`.

    Raises:
        OSError: the file system refuses.
        CorruptError: the store is damaged.
    """
    place.mkdir()
    for split in job.splits:
        for number, run in runs(job.pictures(split), _tar_bytes, SHARD_BYTES, SHARD_RECORDS):
            path = place / f"{split}-{number:06d}.tar"
            with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
                for picture in run:
                    _add(tar, f"{picture.key}.png", picture.content)
                    _add(tar, f"{picture.key}.cls", str(picture.label).encode())


def _tar_bytes(picture: Picture) -> int:
    """What a record takes: two headers, a block for the class, and the picture filled up."""
    return 3 * tarfile.BLOCKSIZE + -(-len(picture.content) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # of time 0, owner 0 and mode 0644, wherever it is made
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
