"""Whatever is changed in an encrypted store is refused, though all hashes were written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fewbytes.errors import CorruptError, FewbytesError, SecretKeyError, SourceError
from fewbytes.store import tasks
from fewbytes.store.manifest import MANIFEST, REMARKS, STATE, _sealed
from fewbytes.store.seal import Seal
from fewbytes.store.shard import describe, write_shard
from fewbytes.store.verify import verify
from tests.store.helpers import (
    MemoryFiles,
    contents,
    made,
    opened,
    read_everything,
    stored,
)
from tests.store.mutants import NONSENSE, places, resealed, unsealed

pytestmark = pytest.mark.usefixtures("small_blocks", "key_given")

Files = dict[str, bytes]
Tables = dict[str, list[pa.Table]]

TRAIN, TEST = "data/train-00000-of-00002.parquet", "data/test-00000-of-00001.parquet"


def refused(files: Files, near: bool = True) -> bool:
    """Whether any part of what can be read is refused as damaged, and `verify` finds a fault."""
    reads: list[Callable[[], object]] = [
        lambda: read_everything(opened(files, near)),
        lambda: opened(files, near)["test"].labels,
        lambda: opened(files, near)["train"].codes(0, 1),
        lambda: opened(files, near)["train"].ids,
    ]
    said: list[FewbytesError] = []
    for read in reads:
        try:
            read()
        except FewbytesError as error:
            said.append(error)
    in_a_line = all(isinstance(e, CorruptError) and "\n" not in str(e) for e in said)
    found = any(checked.fault for checked in verify(MemoryFiles(files)))
    return found and in_a_line and len(said) == len(reads)


def rewritten(files: Files, change: Callable[[Tables], None], folder: Path) -> Files:
    """Shards whose blocks were changed as tables, written anew, with a manifest that fits them."""
    store, tables = opened(files), Tables()
    for name, entry in store.manifest.files.items():
        if name.endswith(".parquet"):
            file = pq.ParquetFile(pa.BufferReader(files[name]))
            tables[name] = [file.read_row_group(n) for n in range(len(entry.blocks))]
    change(tables)
    manifest, changed = store.manifest, dict(files)
    for name, blocks in tables.items():
        path = folder / Path(name).name
        write_shard(path, store.layout, blocks)
        records = [block.records for block in manifest.files[name].blocks][: len(blocks)]
        entries = {**manifest.files, name: describe(path, records)}
        manifest, changed[name] = replace(manifest, files=entries), path.read_bytes()
    return {**changed, MANIFEST: manifest.to_bytes()}


def test_every_flipped_bit_is_seen(encrypted: Files) -> None:
    rng = np.random.default_rng(0)
    for number in range(120):
        name = sorted(encrypted)[number % len(encrypted)]
        damaged = bytearray(encrypted[name])
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        files = {**encrypted, name: bytes(damaged)}
        with pytest.raises((CorruptError, SourceError)):
            read_everything(opened(files, near=bool(number & 16)))
        if name != MANIFEST:
            assert refused(resealed(files)[0]), (name, number)


def test_blocks_that_change_places_are_seen(encrypted: Files, tmp_path: Path) -> None:
    """Of train and of test, as a whole, codes alone and labels alone."""
    assert not refused(rewritten(encrypted, lambda tables: None, tmp_path))

    def swap(*columns: str) -> Callable[[Tables], None]:
        def change(tables: Tables) -> None:
            one, two = tables[TRAIN][0], tables[TEST][0]
            for column in columns:
                place = one.schema.get_field_index(column)
                parts = one.column(column), two.column(column)
                one = one.set_column(place, one.schema.field(column), parts[1])
                two = two.set_column(place, two.schema.field(column), parts[0])
            tables[TRAIN][0], tables[TEST][0] = one, two

        return change

    for columns in (("code", "rest"), ("code",), ("rest",)):
        assert refused(rewritten(encrypted, swap(*columns), tmp_path))


def test_blocks_of_one_split_that_change_places_are_seen(encrypted: Files, tmp_path: Path) -> None:
    assert refused(rewritten(encrypted, lambda tables: tables[TRAIN].reverse(), tmp_path))


def test_a_block_that_is_dropped_is_seen(encrypted: Files, tmp_path: Path) -> None:
    assert refused(rewritten(encrypted, lambda tables: tables[TRAIN].__delitem__(1), tmp_path))


def test_what_is_dropped_or_truncated_is_seen(encrypted: Files) -> None:
    table = unsealed(encrypted)
    dropped = table["splits"]["train"].pop()
    del table["files"][dropped]
    files = {name: content for name, content in encrypted.items() if name != dropped}
    assert refused({**files, MANIFEST: _sealed(table)})
    table = unsealed(encrypted)
    del table["files"][REMARKS]
    assert refused({**encrypted, MANIFEST: _sealed(table)})
    for name in (STATE, REMARKS):
        for length in (0, 11, 27, 28, len(encrypted[name]) - 1):
            assert refused(resealed({**encrypted, name: encrypted[name][:length]})[0])


def test_what_is_of_another_store_is_seen(encrypted: Files, tmp_path: Path) -> None:
    """Of the same images, codec, key and seed, made at another time."""
    data = made(180, 64, (4, 4, 1))
    data.train.images[7] = data.train.images[3]
    codec = str(opened(encrypted).unfitted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 2)
        stored(tmp_path / "b.fb", data, codec, encrypt="default")
    other = contents(tmp_path / "b.fb")
    assert sorted(other) == sorted(encrypted)
    for name in encrypted:
        if name != MANIFEST:
            assert other[name] != encrypted[name]
            assert refused(resealed({**encrypted, name: other[name]})[0]), name


def test_every_value_of_the_manifest_is_under_the_tag(encrypted: Files) -> None:
    rng = np.random.default_rng(3)
    before = unsealed(encrypted)
    for number in range(len(list(places(before)))):
        table = unsealed(encrypted)
        holder, key = list(places(table))[number]
        value = holder[key]
        if isinstance(value, int):
            holder[key] += 1
        elif isinstance(value, str):
            holder[key] = value[:-1] + ("0" if value[-1:] != "0" else "1")
        else:
            holder[key] = NONSENSE[int(rng.integers(len(NONSENSE)))]
        assert table != before
        with pytest.raises((CorruptError, SecretKeyError, SourceError)):
            read_everything(opened({**encrypted, MANIFEST: _sealed(table)}))


def test_a_store_that_calls_itself_unencrypted_is_not_read(encrypted: Files) -> None:
    table = unsealed(encrypted)
    del table["encryption"]
    for layout in ("sealed", "records", "blocks"):
        plain = {**table, "layout": layout, "version": 1}
        with pytest.raises(CorruptError):
            read_everything(opened({**encrypted, MANIFEST: _sealed(plain)}))


@pytest.mark.parametrize(
    ("part", "value"),
    [("cipher", "AES-128-CBC"), ("key", "../x"), ("salt", "00"), ("tag", ""), ("check", "z" * 32)],
)
def test_descriptions_that_cannot_be(part: str, value: str, encrypted: Files) -> None:
    table = unsealed(encrypted)
    table["encryption"][part] = value
    with pytest.raises(CorruptError):
        opened({**encrypted, MANIFEST: _sealed(table)})


def test_messages_are_bound_to_what_they_are() -> None:
    seal = Seal.new("default", "identity | uint8 | raw", (4, 4, 1))
    message = seal.encrypt(b"some codes", "codes")
    assert len(message) == 10 + 12 + 16
    assert seal.decrypt(memoryview(message), "codes") == b"some codes"
    assert seal.encrypt(b"some codes", "codes")[:12] != message[:12]
    others = [
        replace(seal, codec="identity | uint8 | zstd"),
        replace(seal, image_shape=(4, 4, 2)),
        Seal.new("default", seal.codec, seal.image_shape),
    ]
    for other in others:
        with pytest.raises(CorruptError, match="the encrypted codes are not as they were written"):
            other.decrypt(message, "codes")
    with pytest.raises(CorruptError):
        seal.decrypt(message, "labels")
    for bit in range(8 * len(message)):
        damaged = bytearray(message)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CorruptError):
            seal.decrypt(bytes(damaged), "codes")
    for length in range(len(message)):
        with pytest.raises(CorruptError):
            seal.decrypt(message[:length], "codes")
