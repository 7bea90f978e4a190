"""A folder behind a URL, written to: files listed, sent and removed, each in bounded time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

from fewbytes.errors import OutputError
from fewbytes.store.connection import Connection
from fewbytes.store.retry import GivenUpError, begun, said, tried

AT_ONCE = 4
"""Files that are sent side by side."""

ANSWER_SECONDS = 60.0
"""In which a request must be answered, all its tries and waits taken together."""

SLOWEST = 20_000
"""Bytes a second: a file has so much longer to arrive."""

STOP_SECONDS = 2.0
"""To wait, where sending ends early, for files that are about to arrive."""

Result = TypeVar("Result")


class Upload:
    """Writes to the folder of a connection. What it is refused is an OutputError."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self.where = connection, connection.url

    def sizes(self) -> dict[str, int]:
        """Bytes of every file of the folder, by its name in it; none where there is no folder."""
        system, folder = self._connection.system, self._connection.folder

        def find() -> dict[str, int]:
            system.invalidate_cache()
            found = system.find(folder, detail=True)
            if folder in found:
                raise OutputError(f"{self.where} is a file; choose another name")
            start = len(self._connection.path(""))
            # names that end so are the places of folders, as some tools leave them
            return {p[start:]: i.get("size") or 0 for p, i in found.items() if p[-1] != "/"}

        with suppress(FileNotFoundError):
            return self._tried(find, "cannot be listed", missing=True)
        return {}

    def read(self, name: str) -> bytes:
        """All of a file."""
        system, path = self._connection.system, self._connection.path(name)
        return bytes(self._tried(lambda: system.cat_file(path), f"{name} cannot be read"))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        system, path = self._connection.system, self._connection.path(name)
        with suppress(FileNotFoundError):
            self._tried(lambda: system.rm_file(path), f"{name} cannot be removed", missing=True)

    def send(self, file: Path, name: str, stop: Event | None = None) -> None:
        """Send a file of this machine, and see that all of it has arrived. Once `stop` is set it is
        not tried again.
        """
        system, path = self._connection.system, self._connection.path(name)
        size = file.stat().st_size

        def put() -> None:
            if stop is not None and stop.is_set():
                raise OutputError(f"{self.where}: stopped")
            system.put_file(str(file), path)
            system.invalidate_cache(path)
            if (arrived := system.info(path)["size"]) != size:
                raise OSError(f"{arrived} of {size} bytes arrived")

        self._tried(put, f"{name} cannot be written", bytes=size)

    def send_all(self, files: Mapping[str, Path], arrived: Callable[[str], None]) -> None:
        """Send files, by the names that they take, AT_ONCE side by side; `arrived` is told of each
        that is there whole, also where another fails.
        """
        waiting = deque(files)
        running: dict[Future[None], str] = {}
        stop = Event()
        try:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    name = waiting.popleft()
                    running[begun(partial(self.send, files[name], name, stop))] = name
                wait(running, return_when=FIRST_COMPLETED)
                _settle(running, arrived)
        except BaseException:
            stop.set()
            wait(running, STOP_SECONDS)
            with suppress(OutputError):
                _settle(running, arrived)
            raise

    def _tried(
        self, call: Callable[[], Result], what: str, *, bytes: int = 0, missing: bool = False
    ) -> Result:
        """The result of `call`, after some tries if need be. Raises OutputError, which says `what`;
        FileNotFoundError where that is how `missing` is to be told.
        """
        try:
            return tried(call, seconds=ANSWER_SECONDS + bytes / SLOWEST)
        except GivenUpError as error:
            raise OutputError(f"{self.where}: {what}{error}") from error
        except (FileNotFoundError, PermissionError) as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            raise OutputError(f"{self.where}: {what}: {said(error)}") from error


def _settle(running: dict[Future[None], str], arrived: Callable[[str], None]) -> None:
    """Take out what has ended; tell of all that arrived, then raise what failed first."""
    ended = [future for future in running if future.done()]
    failed = []
    for future in ended:
        name, error = running.pop(future), future.exception()
        if error is None:
            arrived(name)
        else:
            failed.append(error)
    if failed:
        raise failed[0]
