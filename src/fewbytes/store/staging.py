"""The folder in which a store is made: what is finished stays, so that a stopped run goes on.

NAME.partial/
plan.json           what is being made of what; another plan starts anew
state.safetensors   what the codec learned
blocks/             a file a finished block, whole or not there
store/              the store to be; it takes its final name when it is whole
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from fewbytes.durable import PART, locked, sync, whole, write_whole, writing
from fewbytes.errors import OutputError
from fewbytes.store.manifest import META

SUFFIX = ".partial"


@dataclass(frozen=True)
class Staging:
    """The folder of one run. It can be pickled: worker processes write their blocks there."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

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


@contextmanager
def staging(target: Path, plan: Mapping[str, Any]) -> Iterator[Staging]:
    """The staging folder of the store `target`, for one process at a time; what it holds of
    another plan is removed first.

    Raises:
        OutputError: it cannot be written, or another process is at work in it.
    """
    folder = target.with_name(target.name + SUFFIX)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock") as ours:
        if not ours:
            raise OutputError(f"{target} is being written by another process; wait for it")
        text = json.dumps(plan, indent=1)
        with writing(folder):
            if not _holds(folder / "plan.json", text):
                _empty(folder)
            for name in ("blocks", "store/data", f"store/{META}"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            for stale in folder.rglob(f"*{PART}"):
                stale.unlink(missing_ok=True)
        write_whole(folder / "plan.json", text)
        yield Staging(folder)


def publish(staged: Staging, target: Path, replace: bool) -> None:
    """Give the finished store its final name, and remove what it was made from.

    Raises:
        OutputError: something else has that name by now.
    """
    with writing(target):
        for folder in ("data", META, "."):
            sync(staged.store / folder)
        old = target.with_name(target.name + ".replaced")
        if replace and target.exists():
            shutil.rmtree(old, ignore_errors=True)  # of a run that was stopped further down
            target.rename(old)
        staged.store.rename(target)
        sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(staged.folder, ignore_errors=True)


def discard(target: Path) -> None:
    """Remove what a run left that was stopped after its store had its final name. Where the store
    is still there, a run that is to replace `target` is not done: its work is left alone.
    """
    folder = target.with_name(target.name + SUFFIX)
    if not (folder / "store").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text() == text
    except (OSError, UnicodeDecodeError):
        return False


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != ".lock":
            path.unlink()
