"""Folders of PNG files: DEST/SPLIT/CLASS/000012.png, the record's number in its source.

Every split has a folder for every class, so that readers that number the folders they find give a
class the same number in all splits. Those that number them by name, as most do, give the store's
numbers where classes have numbers only, or names in alphabetical order.
"""

from __future__ import annotations

from pathlib import Path

from fewbytes.exports.job import Job
from fewbytes.exports.names import class_folders


def write(job: Job, place: Path) -> None:
    """Write the decoded images (h, w, 1 or 3) to the folder `place`.

    Raises:
        OSError: the file system refuses.
        CorruptError: the store is damaged.
    """
    names = class_folders(job.store)
    for split in job.splits:
        folders = [place / split / name for name in names]
        for folder in folders:
            folder.mkdir(parents=True)
        for picture in job.pictures(split):
            (folders[picture.label] / f"{picture.key}.png").write_bytes(picture.content)
