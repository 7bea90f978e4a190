"""The folder in which a store is made: what is finished stays, so that a stopped run goes on.

NAME.partial/
plan.json           what is being made of what; another plan starts anew
choice.json         which training records are kept, where the codec has a selection
encryption.json     under which key and salt, where the store is to be encrypted
state.safetensors   what the codec learned
blocks/             a file a finished block, whole or not there
store/              the store to be; it takes its final name when it is whole

Of an encrypted store, codes, labels and what was learned are encrypted here too. The plan, the
choice, and of each block the hashes of its pixels and the names of what was skipped are in clear
until the store has its final name, when they are removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from fewbytes.durable import PART, locked, sync, whole, write_whole, writing
from fewbytes.errors import OutputError
from fewbytes.store.manifest import MANIFEST, META

SUFFIX, OLD_SUFFIX = ".partial", ".replaced"
LOCK = ".lock"
PLAN = "plan.json"
"""What tells a staging folder from a folder of somebody's that happens to have its name."""


@dataclass(frozen=True)
class Staging:
    """The folder of one run. It can be pickled: worker processes write their blocks there."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def choice_path(self) -> Path:
        return self.folder / "choice.json"

    @property
    def encryption_path(self) -> Path:
        return self.folder / "encryption.json"

    @property
    def state_path(self) -> Path:
        return self.folder / "state.safetensors"

    def block_path(self, split: str, number: int) -> Path:
        return self.folder / "blocks" / f"{split}-{number:08d}.arrow"

    def write_block(
        self, split: str, number: int, block: pa.Table, note: Mapping[str, Any], pixels: bytes
    ) -> None:
        """Keep a finished block, with a note and the hashes of its pixels. Raises OutputError."""
        block = block.replace_schema_metadata({"note": json.dumps(note), "pixels": pixels})
        with (
            whole(self.block_path(split, number)) as part,
            pa.OSFile(str(part), "wb") as file,
            pa.ipc.new_file(file, block.schema) as writer,
        ):
            writer.write_table(block)

    def read_block(self, split: str, number: int) -> pa.Table:
        """A finished block."""
        with pa.memory_map(str(self.block_path(split, number))) as file:
            return pa.ipc.open_file(file).read_all().replace_schema_metadata(None)

    def block_note(self, split: str, number: int) -> dict[str, Any]:
        """What `write_block` was told to note of a block, beside its records."""
        note: dict[str, Any] = json.loads(self._metadata(split, number)[b"note"])
        return note

    def block_pixels(self, split: str, number: int) -> bytes:
        """The hashes of its pixels."""
        pixels: bytes = self._metadata(split, number)[b"pixels"]
        return pixels

    def _metadata(self, split: str, number: int) -> dict[bytes, bytes]:
        with pa.memory_map(str(self.block_path(split, number))) as file:
            metadata: dict[bytes, bytes] = pa.ipc.open_file(file).schema.metadata
        return metadata


def staging_folder(target: Path) -> Path:
    """Its place: beside `target`."""
    return target.with_name(target.name + SUFFIX)


@contextmanager
def staging(target: Path, plan: Mapping[str, Any], where: str) -> Iterator[Staging]:
    """The staging folder beside `target`, for one process at a time; what it holds of another plan
    is removed first. `where` is what users call the place of the store.

    Raises:
        OutputError: it cannot be written, or another process is at work in it.
    """
    folder = staging_folder(target)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK) as ours:
        if not ours:
            raise OutputError(f"{where} is being written by another process; wait for it")
        text = json.dumps(plan, indent=1)
        with writing(folder):
            if not _holds(folder / PLAN, text):
                _empty(folder)
                write_whole(folder / PLAN, text)  # first of all: it tells the rest as ours
            for name in ("blocks", "store/data", f"store/{META}"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            for stale in folder.rglob(f"*{PART}"):
                stale.unlink(missing_ok=True)
        yield Staging(folder)


def publish(staged: Staging, target: Path, replace: bool) -> None:
    """Give the finished store its final name, and remove what it was made from.

    Raises:
        OutputError: something else has that name by now.
    """
    with writing(target):
        for folder in ("data", META, "."):
            sync(staged.store / folder)
        old = target.with_name(target.name + OLD_SUFFIX)
        if replace and target.exists():
            _remove_store(old)  # of a run that was stopped further down
            target.rename(old)
        staged.store.rename(target)
        sync(target.parent)
        if replace:
            _remove_store(old)
    remove(staged.folder)


def discard(target: Path) -> None:
    """Remove what a run left that was stopped after its store had its final name. Where the store
    is still there, a run that is to replace `target` is not done: its work is left alone.
    """
    folder = staging_folder(target)
    ours = (folder / PLAN).is_file() or _names(folder) == {LOCK}
    if ours and not (folder / "store").exists():
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a staging folder, what tells it as one last; where it cannot be, it stays."""
    for name in _names(folder) - {PLAN, LOCK}:
        shutil.rmtree(folder / name, ignore_errors=True)
        with suppress(OSError):
            (folder / name).unlink()
    (folder / PLAN).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()


def _remove_store(folder: Path) -> None:
    if (folder / MANIFEST).is_file():
        shutil.rmtree(folder, ignore_errors=True)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text() == text
    except (OSError, UnicodeDecodeError):
        return False


def _empty(folder: Path) -> None:
    """Remove what another plan left. Raises OutputError where it is not of our making."""
    held = [path for path in folder.iterdir() if path.name != LOCK]
    if held and not (folder / PLAN).is_file() and any(not p.name.endswith(PART) for p in held):
        raise OutputError(f"{folder} is in the way: it holds other things; move it elsewhere")
    for path in sorted(held, key=lambda path: path.name == PLAN):  # what tells it as ours, last
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
