"""Compressing a source into a store: a stream of blocks, over processes, that can be stopped."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any, Protocol

from fewbytes import keys
from fewbytes.codecs import Codec
from fewbytes.codecs.fitting import check_seed
from fewbytes.data.selected import Selected
from fewbytes.data.source import Source
from fewbytes.durable import write_whole
from fewbytes.errors import InputError, SecretKeyError
from fewbytes.scale import Engine, Pool
from fewbytes.scale.here import Here
from fewbytes.store.choice import Choice, choose
from fewbytes.store.finish import finish
from fewbytes.store.fitting import fitted
from fewbytes.store.manifest import MOST_VALUES, STATE, VERSION, Encryption, File, Manifest
from fewbytes.store.seal import Seal
from fewbytes.store.staging import Staging, staging
from fewbytes.store.target import FolderTarget, PublishWatcher, SilentPublish, Target
from fewbytes.store.tasks import BlockDone, Job, assemble_shard, encode_block


class CompressWatcher(PublishWatcher, Protocol):
    """Is told how compressing goes on, and then how the store is published."""

    def choosing(self) -> None:
        """The training images to keep are being chosen; before all else, where the codec has a
        selection.
        """

    def compress_started(self, images: int) -> None:
        """So many images are to be stored, unreadable ones included."""

    def fitting(self) -> None:
        """The codec is being fitted."""

    def block_finished(self, done: BlockDone) -> None:
        """A block is on the disk; after a restart, also those that were there already."""

    def shard_finished(self, bytes_in: int, bytes_out: int) -> None:
        """A file of the store is written: so many bytes, of images that were `bytes_in`."""


class SilentCompress(SilentPublish):
    """Watches and says nothing."""

    def choosing(self) -> None:
        """Do nothing."""

    def compress_started(self, images: int) -> None:
        """Do nothing."""

    def fitting(self) -> None:
        """Do nothing."""

    def block_finished(self, done: BlockDone) -> None:
        """Do nothing."""

    def shard_finished(self, bytes_in: int, bytes_out: int) -> None:
        """Do nothing."""


def compress(
    source: Source,
    target: Path | Target,
    codec: Codec,
    *,
    seed: int = 0,
    engine: Engine | None = None,
    replace: bool = False,
    remarks: bool = True,
    encrypt: str | None = None,
    watcher: CompressWatcher | None = None,
) -> Manifest:
    """Write `source` as a store at `target`, a folder or elsewhere, which is whole or not there.

    A run that was stopped goes on from its finished blocks when it is called again. The bytes
    depend on the source's name and images, the codec and the seed, and on the versions of the
    libraries that code; not on the engine, threads or stops.

    Where the codec has a selection, the training records that it chooses are stored, and the other
    splits whole. It is fitted on all training images nevertheless, which costs no bytes: tables
    learned on all take fewer for those kept and for the test images, and lose less.

    Args:
        engine: what reads and encodes blocks; None: this process, with all its threads.
        replace: put the new store in the place of one that is there.
        remarks: list in the store what was skipped and what is there twice.
        encrypt: the name of the secret key to encrypt with: see `fewbytes.store.seal`. The bytes of
            such a store are others each time, and what says how it was made stays readable.

    Raises:
        OutputError: `target` exists, or cannot be written.
        SourceError: the source cannot be read.
        CodecError: the codec does not fit its images.
        SecretKeyError: a key that is needed is missing, or another than that of a run that was
            stopped.
    """
    check_seed(seed)
    target = target if isinstance(target, Target) else FolderTarget(target)
    target.check(replace)
    watcher, engine = watcher or SilentCompress(), engine or Here()
    codec.signals(source.image_shape)
    if prod(source.image_shape) > MOST_VALUES:
        raise InputError(f"images of {source.image_shape} have more than {MOST_VALUES:,} values")
    for key in codec.keys:
        keys.find(key)  # raises before the work begins
    new = None if encrypt is None else Seal.new(encrypt, str(codec), source.image_shape)
    with staging(target.path, _plan(source, codec, seed, encrypt), target.where) as staged:
        seal = None if new is None else _seal(new, staged)
        choice = _choice(source, codec, seed, staged, watcher)
        chosen = source if choice is None else Selected(source, choice.kept)
        watcher.compress_started(sum(chosen.sizes.values()))
        _fit(source, codec, seed, staged, seal, engine, watcher)
        job = _job(chosen, codec, staged, seal)
        with engine.pool(job, staged.folder) as pool:
            shards = _shards(job, pool, watcher)
        manifest = finish(job, seed, shards, choice, remarks)
        target.publish(staged, manifest, replace, watcher)
    return manifest


def _plan(source: Source, codec: Codec, seed: int, encrypt: str | None) -> dict[str, Any]:
    return {
        **({} if encrypt is None else {"encrypt": encrypt}),
        "store_version": VERSION,
        "source": source.name,
        "fingerprint": source.fingerprint(),
        "image_shape": list(source.image_shape),
        "sizes": dict(source.sizes),
        "class_names": list(source.class_names),
        "codec": str(codec),
        "seed": seed,
    }


def _seal(new: Seal, staged: Staging) -> Seal:
    """What encrypts the store: the new one, or that of an earlier run. Raises SecretKeyError where
    that had another key.
    """
    if not staged.encryption_path.exists():
        write_whole(staged.encryption_path, json.dumps(asdict(new.entry)))
    entry = Encryption(**json.loads(staged.encryption_path.read_text()))
    seal = Seal(entry, new.codec, new.image_shape)
    try:
        seal.check_key()
    except SecretKeyError:
        raise SecretKeyError(
            f"{staged.folder} was begun with another key named {entry.key!r}: give that one, "
            "or remove the folder to begin anew"
        ) from None
    return seal


def _choice(
    source: Source, codec: Codec, seed: int, staged: Staging, watcher: CompressWatcher
) -> Choice | None:
    """What the codec's selection keeps, chosen now or by an earlier run; None where it has none."""
    if codec.selection is None:
        return None
    if not staged.choice_path.exists():
        watcher.choosing()
        write_whole(staged.choice_path, choose(codec.selection, source, seed).to_json())
    return Choice.from_json(staged.choice_path.read_text())


def _fit(
    source: Source,
    codec: Codec,
    seed: int,
    staged: Staging,
    seal: Seal | None,
    engine: Engine,
    watcher: CompressWatcher,
) -> None:
    """See that the codec is fitted, now or by an earlier run."""
    if not staged.state_path.exists():
        watcher.fitting()
        state = fitted(source, codec, seed, engine, staged.folder).save_state()
        write_whole(staged.state_path, seal.encrypt(state, STATE) if seal and state else state)


def _job(source: Source, codec: Codec, staged: Staging, seal: Seal | None) -> Job:
    """The job, with as many records to a block as its layout asks for."""
    job = Job(source, codec, staged, 0, seal)
    return Job(source, codec, staged, job.layout.records_per_block, seal)


def _shards(job: Job, pool: Pool, watcher: CompressWatcher) -> dict[str, dict[str, File]]:
    """Encode all blocks, then put them together as shards; their entries by split and name."""
    bytes_in: dict[tuple[str, int], int] = {}
    splits = list(job.source.sizes)
    blocks = [(encode_block, split, number) for split in splits for number in job.blocks(split)]
    for done in pool.each(blocks):
        bytes_in[done.split, done.number] = done.bytes_in
        watcher.block_finished(done)
    shards = [(split, name, blocks) for split in splits for name, blocks in job.shards(split)]
    entries: dict[str, dict[str, File]] = {split: {} for split in splits}
    written = pool.each((assemble_shard, *shard) for shard in shards)
    for (split, name, numbers), entry in zip(shards, written, strict=True):
        entries[split][name] = entry
        watcher.shard_finished(sum(bytes_in[split, number] for number in numbers), entry.bytes)
    return entries
