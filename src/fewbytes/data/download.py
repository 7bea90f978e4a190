"""Data sets that are downloaded once: Fashion-MNIST and CIFAR-10.

Files are kept in $FEWBYTES_CACHE, or in the cache folder of the operating system, and their
checksums are verified whenever they are used. $FEWBYTES_MIRROR is another place to fetch them
from: the same names under NAME/, for those behind a proxy.
"""

from __future__ import annotations

import os
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fewbytes.data import cifar, idx
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import SourceError

CACHE_VARIABLE = "FEWBYTES_CACHE"
MIRROR_VARIABLE = "FEWBYTES_MIRROR"
DATA_VARIABLE = "FEWBYTES_DATA"


@dataclass(frozen=True)
class Remote:
    """A data set on a server: the folder its files lie in, and their published MD5 sums."""

    base: str
    md5: dict[str, str]


REMOTES = {
    "fashion-mnist": Remote(
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
        {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": Remote(
        "https://www.cs.toronto.edu/~kriz",
        {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
    ),
}
_TAR_FOLDER = "cifar-10-batches-bin"


def load(name: str) -> ArraySource:
    """One of `REMOTES`, downloaded where it is not in the cache yet.

    Raises:
        SourceError: it cannot be downloaded, or is not what was published; the message says how
            to go on without a network.
    """
    files = [fetch(name, file) for file in REMOTES[name].md5]
    if name == "cifar10":
        return _cifar(files[0], name)
    return ArraySource(idx.load(files[0].parent, name))


def cache() -> Path:
    """The folder that downloads are kept in, and in which stores are made that go elsewhere."""
    import pooch

    return Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("fewbytes"))


def fetch(name: str, file: str) -> Path:
    """One file of a remote data set, from the cache or the network. Raises SourceError."""
    import pooch

    remote = REMOTES[name]
    mirror = os.environ.get(MIRROR_VARIABLE)
    url = f"{mirror.rstrip('/')}/{name}/{file}" if mirror else f"{remote.base}/{file}"
    pooch.get_logger().setLevel("WARNING")  # the progress bar says what its log would say
    try:
        with _progress(file) as bar:
            got = pooch.retrieve(
                url,
                known_hash=f"md5:{remote.md5[file]}",
                fname=file,
                path=cache() / name,
                downloader=pooch.HTTPDownloader(progressbar=bar),
            )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; ValueError: the sum
        raise SourceError(
            f"{url} could not be downloaded to {cache() / name}: {_reason(error)}; try again, or "
            f"put {name} under ${DATA_VARIABLE}"
        ) from error
    return Path(got)


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error):
        return "its checksum is wrong, so it was deleted"
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server said {response.status_code} {response.reason}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    kind = type(error).__name__
    return {
        "ConnectionError": "no connection",
        "ConnectTimeout": "no connection",
        "ChunkedEncodingError": "the connection broke off",
        "ReadTimeout": "the connection broke off",
    }.get(kind, kind)


def _cifar(path: Path, name: str) -> ArraySource:
    """CIFAR-10 from its archive, of which members are read by name and nothing is unpacked."""
    wanted = {*cifar.TEN_BINARY.train, cifar.TEN_BINARY.test, cifar.TEN_BINARY.names}
    held = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                folder, _, file = member.name.rpartition("/")
                content = archive.extractfile(member) if member.isfile() else None
                if folder == _TAR_FOLDER and file in wanted and content is not None:
                    held[file] = content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: not a readable archive: {error}") from error
    return cifar.load(cifar.TEN_BINARY, held.get, name, str(path))


@contextmanager
def _progress(file: str) -> Iterator[Any]:
    """A progress bar on a terminal; False, for none, elsewhere."""
    if not sys.stderr.isatty():
        yield False
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        yield Bar(progress, file)


class Bar:
    """What pooch asks of a progress bar, drawn by rich."""

    def __init__(self, progress: Any, file: str) -> None:
        self._progress = progress
        self._file = file
        self._task: Any = None
        self.total = 0

    def update(self, count: int) -> None:
        """`count` bytes more have come."""
        if self._task is None:  # pooch sets the total after making the bar
            self._task = self._progress.add_task(self._file, total=self.total or None)
        self._progress.update(self._task, advance=count)

    def reset(self) -> None:
        """Back to none."""
        if self._task is not None:
            self._progress.reset(self._task)

    def close(self) -> None:
        """Nothing to do: the drawing ends with its context."""
