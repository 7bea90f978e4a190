"""A store behind a URL: made in a folder of this machine, then sent, the manifest last.

    STAGING/NAME-HASH.partial/    the staging folder, as that of any store
    STAGING/NAME-HASH.sent.json   what has arrived: an upload that was stopped goes on from there

Both are removed once the store is there. The folder behind the URL may hold files of an upload that
was stopped, as the note tells, or a store that is to be replaced, whose manifest is removed first:
in between there is no store. A folder that holds anything else is left alone.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from fewbytes.durable import write_whole
from fewbytes.errors import OutputError
from fewbytes.store.connection import Connection
from fewbytes.store.manifest import MANIFEST, META, Manifest, digest
from fewbytes.store.staging import Staging, remove, staging_folder
from fewbytes.store.target import PublishWatcher, Target
from fewbytes.store.upload import Upload

PROBE = f"{META}/probe"
"""A file that shows that the place can be written to, and is removed again."""

OURS = ("data/", f"{META}/")
"""Where in its folder the files of a store lie."""

WEB = {"http", "https"}


class UrlTarget(Target):
    """A folder behind an fsspec URL, such as `s3://bucket/mnist.fb`."""

    def __init__(self, connection: Connection, staging: Path) -> None:
        """`staging` is the folder in which stores are made that go behind URLs.

        Raises:
            OutputError: no store can be put behind such a URL.
        """
        self.where, self._upload = connection.url, Upload(connection)
        if connection.protocols & WEB:
            raise OutputError(f"{self.where}: a web server takes no store; name a bucket or folder")
        if not connection.folder.strip("/"):
            raise OutputError(f"{self.where} names no store; say what it is to be called there")
        whole = str(connection.system.unstrip_protocol(connection.folder))
        name = re.sub(r"[^\w.-]", "_", whole.rsplit("/", 1)[-1])[:64]
        self.path = staging / f"{name}-{digest(whole.encode(), 12)}"
        self._note_path = self.path.with_name(f"{self.path.name}.sent.json")
        self._probed = False

    def check(self, replace: bool) -> None:
        there = self._upload.sizes()
        if MANIFEST in there and not replace:
            self._discard()
        self._refuse(there, replace)
        if not self._probed:
            self._probe()

    def publish(
        self, staged: Staging, manifest: Manifest, replace: bool, watcher: PublishWatcher
    ) -> None:
        there = self._upload.sizes()
        self._refuse(there, replace)  # it is long since `check`
        try:
            self._send(staged.store, manifest, there, watcher)
        except OutputError as error:
            raise OutputError(f"{error}; the same command goes on from what is finished") from error
        self._forget()

    def _send(
        self, store: Path, manifest: Manifest, there: Mapping[str, int], watcher: PublishWatcher
    ) -> None:
        """Send the files of `store`, but those that are there, as `there` tells the bytes of."""
        hashes = {name: entry.sha256 for name, entry in manifest.files.items()}
        sizes = {name: (store / name).stat().st_size for name in [*hashes, MANIFEST]}
        note = Note.read(self._note_path)
        whole = {name: hashes[name] for name in hashes if there.get(name) == sizes[name]}
        if MANIFEST in there:  # of another store, as are the files, whatever was sent before
            whole = {}
        note.sent = dict(note.sent.items() & whole.items())  # of others, none is known until sent
        note.ours |= {name for name in [*there, *sizes] if name.startswith(OURS)}
        note.manifest = digest((store / MANIFEST).read_bytes())
        note.write(self._note_path)
        old = [name for name in there if name.startswith(OURS) and name not in hashes]
        for name in sorted(old, key=lambda name: name != MANIFEST):
            self._upload.remove(name)
        missing = [name for name in hashes if name not in note.sent]
        watcher.upload_started(len(missing) + 1, sum(sizes[name] for name in [*missing, MANIFEST]))

        def arrived(name: str) -> None:
            note.sent[name] = hashes[name]
            note.write(self._note_path)
            watcher.file_uploaded(sizes[name])

        self._upload.send_all({name: store / name for name in missing}, arrived)
        self._upload.send(store / MANIFEST, MANIFEST)
        watcher.file_uploaded(sizes[MANIFEST])

    def _refuse(self, there: Mapping[str, int], replace: bool) -> None:
        """Raise OutputError where files that are `there` may not be replaced."""
        if MANIFEST in there:
            if not replace:
                raise OutputError(
                    f"{self.where} exists already; overwrite it or choose another name"
                )
            return
        others = there.keys() - Note.read(self._note_path).ours - {PROBE}
        if others:
            raise OutputError(
                f"{self.where} exists already, with {min(others)} and no manifest: choose another "
                "name, or remove what is there"
            )

    def _probe(self) -> None:
        """See that a file can be written there, and removed. Raises OutputError."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"fewbytes looks whether it can write here\n")
            file.flush()
            self._upload.send(Path(file.name), PROBE)
        self._upload.remove(PROBE)
        self._probed = True

    def _discard(self) -> None:
        """Remove what a run left here that was stopped once its manifest had arrived."""
        sent = Note.read(self._note_path).manifest
        if sent and sent == digest(self._upload.read(MANIFEST)):
            self._forget()

    def _forget(self) -> None:
        remove(staging_folder(self.path))
        self._note_path.unlink(missing_ok=True)


@dataclass
class Note:
    """What is known, on this machine, of the files behind a URL."""

    ours: set[str] = field(default_factory=set)
    """Names that were written there, or begun, or are those of a store that is being replaced."""
    sent: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the files that have arrived, by their names."""
    manifest: str = ""
    """That of the manifest that comes last."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The note at `path`; an empty one where there is none that can be read."""
        try:
            found = json.loads(path.read_text())
            return cls(set(found["ours"]), dict(found["sent"]), str(found["manifest"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Raises OutputError."""
        write_whole(path, json.dumps({**asdict(self), "ours": sorted(self.ours)}))
