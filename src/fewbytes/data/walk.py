"""The files below a folder, wherever links lead: each once, none outside, no endless loop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from fewbytes.data.files import is_ours, of_the_machine
from fewbytes.data.wording import shown
from fewbytes.errors import SourceError

_PASSED_OVER = {"thumbs.db", "desktop.ini"}


def is_hidden(name: str) -> bool:
    """Whether a file is one of those that file managers leave behind, or that hide."""
    return name.startswith(".") or name.lower() in _PASSED_OVER


def wrong_link(path: str, root: str) -> str:
    """Why a link below `root` (a real path) is not followed; nothing where it is."""
    if not os.path.exists(path):  # noqa: PTH110 - a million paths: no object for each
        return "a link that leads nowhere"
    target = os.path.realpath(path)
    inside = target == root or target.startswith(root.rstrip(os.sep) + os.sep)
    return "" if inside else f"a link that leads outside of the source, to {target}"


@dataclass
class Walk:
    """A walk below one class folder of the source at `root`."""

    folder: str
    root: str
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """(name relative to the folder, with "/" between parts; why not to read it, or "").

        Folders are entered before links to folders, and each once, so that a file has the same
        name whatever order the system lists in. Folders above are never entered, nor compressed
        sets. Raises SourceError where the machine fails.
        """
        self._forbid_above()
        folders, links = [("", self.folder)], list[tuple[str, str]]()
        while folders or links:
            if not folders:
                links.sort(reverse=True)
            prefix, place = folders.pop() if folders else links.pop()
            try:
                if self._enter(place):
                    yield from self._files(prefix, place, folders, links)
            except OSError as error:
                if of_the_machine(error):
                    reason = f"cannot be listed: {error.strerror}"
                    raise SourceError(f"{shown(place)}: {reason}") from error
                yield prefix.rstrip("/") or ".", f"cannot be listed: {error.strerror}"

    def _files(
        self,
        prefix: str,
        place: str,
        folders: list[tuple[str, str]],
        links: list[tuple[str, str]],
    ) -> Iterator[tuple[str, str]]:
        with os.scandir(place) as entries:
            for entry in entries:
                name = prefix + entry.name
                if is_hidden(entry.name):
                    continue
                if entry.is_file(follow_symlinks=False):
                    yield name, ""
                elif entry.is_dir(follow_symlinks=False):
                    if not is_ours(entry.path):
                        folders.append((name + "/", entry.path))
                elif not entry.is_symlink():
                    yield name, "not a file but a pipe, a socket or a device"
                elif reason := wrong_link(entry.path, self.root):
                    yield name, reason
                elif entry.is_dir():
                    if not is_ours(entry.path):
                        links.append((name + "/", entry.path))
                else:
                    yield name, "" if entry.is_file() else "a link to what is no file"

    def _enter(self, place: str) -> bool:
        status = os.stat(place)  # noqa: PTH116
        identity = (status.st_dev, status.st_ino)
        new = identity not in self._seen
        self._seen.add(identity)
        return new

    def _forbid_above(self) -> None:
        above = os.path.dirname(self.folder)  # noqa: PTH120
        while above.startswith(self.root):
            self._enter(above)
            above = os.path.dirname(above)  # noqa: PTH120
            if above == os.path.dirname(above):  # noqa: PTH120
                break
