"""Any damage is seen, by `verify` and by whoever reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fewbytes.errors import CorruptError, SourceError
from fewbytes.store import Store, open_store
from fewbytes.store.files import LocalFiles
from fewbytes.store.manifest import MANIFEST, _sealed
from fewbytes.store.verify import verify
from tests.store.helpers import MemoryFiles, contents, made, opened, read_everything, stored

FLIPS = 500
"""Of each layout."""

SPECS = {"records": "dct:2 | uniform:8", "blocks": "dct:2 | uniform:8 | xz"}


@pytest.fixture(scope="module", params=list(SPECS.values()), ids=list(SPECS))
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of a small store of two training shards."""
    from fewbytes.store import layout, tasks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "MOST_RECORDS", 64)
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 2)
        target = tmp_path_factory.mktemp("faults") / "a.fb"
        data = made(180, 64, (4, 4, 1))
        data.train.images[7] = data.train.images[3]
        stored(target, data, request.param)
    return contents(target)


def is_seen(files: dict[str, bytes], near: bool = True) -> bool:
    """Whether damage is both reported and refused, where files are near or where they are not."""
    try:
        reported = any(checked.fault for checked in verify(MemoryFiles(files)))
    except SourceError:
        reported = True
    try:
        read_everything(opened(files, near))
    except (CorruptError, SourceError):
        return reported
    return False


def test_the_store_is_whole(whole: dict[str, bytes]) -> None:
    assert sorted(whole) == [
        "_meta/manifest.json",
        "_meta/remarks.jsonl",
        "_meta/state.safetensors",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
    ]
    assert [checked.fault for checked in verify(MemoryFiles(whole))] == [None] * (6 + 3 + 1)
    assert len(read_everything(opened(whole))["train.codes"]) == 180


def test_every_flipped_bit_is_seen(whole: dict[str, bytes]) -> None:
    rng = np.random.default_rng(0)
    names, sizes = list(whole), np.array([len(content) for content in whole.values()])
    missed = []
    for place in rng.integers(0, 8 * sizes.sum(), FLIPS).tolist():
        file = int(np.searchsorted(8 * np.cumsum(sizes), place, side="right"))
        bit = place - int(8 * sizes[:file].sum())
        damaged = bytearray(whole[names[file]])
        damaged[bit // 8] ^= 1 << bit % 8
        if not is_seen({**whole, names[file]: bytes(damaged)}, near=bool(place & 8)):
            missed.append((names[file], bit))
    assert missed == []


def changed_files(whole: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Every other damage, told in a word."""
    rng = np.random.default_rng(1)
    for name, content in whole.items():
        lengths = {0, 1, 4, 8, len(content) - 1, *rng.integers(0, len(content), 20).tolist()}
        for length in lengths:
            yield f"{name} cut to {length}", {**whole, name: content[:length]}
        for added in (b"\0", b"\n", b" ", b"PAR1", content):
            yield f"{name} with {added[:4]!r} after it", {**whole, name: content + added}
        yield f"no {name}", {other: whole[other] for other in whole if other != name}
        yield f"{name} of zeros", {**whole, name: bytes(len(content))}
        for other in whole:
            if other != name:
                yield f"{other} as {name}", {**whole, name: whole[other]}
                swapped = {name: whole[other], other: content}
                yield f"{other} and {name} swapped", {**whole, **swapped}


def test_all_other_damage_is_seen(whole: dict[str, bytes]) -> None:
    told = list(changed_files(whole))
    assert len(told) > 200
    assert [what for what, files in told if not is_seen(files, near=False)] == []


def test_the_shard_of_another_store_is_seen(whole: dict[str, bytes], tmp_path: Path) -> None:
    """Of the same codec, with the same state, the same sizes: only the images differ."""
    name = "data/test-00000-of-00001.parquet"
    data = made(180, 64, (4, 4, 1))
    data.test.images[0, 0, 0, 0] ^= 128
    codec = (
        "dct:2 | uniform:8 | xz" if b'"layout":"blocks"' in whole[MANIFEST] else "dct:2 | uniform:8"
    )
    stored(tmp_path / "b.fb", data, codec)
    other = contents(tmp_path / "b.fb")[name]
    assert other != whole[name]
    assert is_seen({**whole, name: other})


def test_damage_on_the_disk_is_seen(whole: dict[str, bytes], tmp_path: Path) -> None:
    rng = np.random.default_rng(2)

    def written(files: dict[str, bytes]) -> Path:
        folder = tmp_path / "a.fb"
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    read_everything(open_store(written(whole)))
    damages = list(changed_files(whole))
    for number in rng.choice(len(damages), 40, replace=False):
        what, files = damages[number]
        folder = written(files)
        with pytest.raises((CorruptError, SourceError), match=r".") as caught:
            read_everything(open_store(folder))
        assert "\n" not in str(caught.value), what
        if MANIFEST in files:
            assert any(checked.fault for checked in verify(LocalFiles(folder))), what


def test_lengths_that_are_forged_take_no_memory(whole: dict[str, bytes], tmp_path: Path) -> None:
    table = json.loads(whole[MANIFEST])
    del table["sha256"]
    for name in ("_meta/state.safetensors", "_meta/remarks.jsonl"):
        table["files"][name]["bytes"] = 1 << 62
    for name, content in {**whole, MANIFEST: _sealed(table)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert any(checked.fault for checked in verify(LocalFiles(tmp_path)))
    with pytest.raises(CorruptError, match="in place of"):
        open_store(tmp_path)
    with pytest.raises(CorruptError, match="in place of"):
        read_everything(Store(LocalFiles(tmp_path)))


def test_only_the_damaged_block_is_refused(whole: dict[str, bytes]) -> None:
    """A fault in one block does not keep others from being read, and `verify` names it."""
    store = opened(whole)
    name, entry = store.manifest.shards("train")[0]
    damaged = bytearray(whole[name])
    damaged[entry.blocks[1].offset + 5] ^= 1
    files = {**whole, name: bytes(damaged)}
    split = opened(files)["train"]
    expected = store["train"].codes()
    assert np.array_equal(split.codes(0, 64), expected[:64])
    assert np.array_equal(split.codes(128, 180), expected[128:])
    assert np.array_equal(split.labels, store["train"].labels)
    with pytest.raises(CorruptError, match=name):
        split.codes(127, 129)
    faults = [checked.what for checked in verify(MemoryFiles(files)) if checked.fault]
    assert faults == [name, "train block 1"]
