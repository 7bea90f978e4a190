"""What is written is what the codec gave, and the bytes depend on nothing else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import CodecError, InputError, OutputError, SourceError
from fewbytes.scale.processes import Processes
from fewbytes.store import compress, open_store, tasks
from fewbytes.store.manifest import MANIFEST, REMARKS, STATE, Manifest, digest
from fewbytes.store.source import StoreSource
from fewbytes.store.verify import verify
from fewbytes.store.write import SilentCompress
from fewbytes.types import Dataset, Split
from tests.store.helpers import BLOCKS_SPECS, RECORDS_SPECS, contents, made, stored

pytestmark = pytest.mark.usefixtures("small_blocks")

SPECS = RECORDS_SPECS + BLOCKS_SPECS


@pytest.fixture(scope="module")
def data() -> Dataset:
    return made(500, 130)


@pytest.mark.parametrize("spec", SPECS)
def test_all_comes_back_as_the_codec_gave_it(spec: str, data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, spec, seed=3)
    fitted = Codec.parse(spec).fit(data.train.images, seed=3)
    assert store.layout.name == ("records" if spec in RECORDS_SPECS else "blocks")
    assert store.codec.save_state() == fitted.save_state()
    for name, part in data.splits.items():
        split, codes = store[name], fitted.encode(part.images)
        assert len(split) == len(part)
        assert np.array_equal(split.labels, part.labels)
        assert split.labels.dtype == np.int64
        assert np.array_equal(split.ids, np.arange(len(part)))
        assert split.codes().dtype == codes.dtype
        for start, stop in [(0, len(part)), (0, 0), (5, 6), (63, 65), (60, len(part) - 1)]:
            assert np.array_equal(split.codes(start, stop), codes[start:stop])
            assert np.array_equal(split.images(start, stop), fitted.decode(codes[start:stop]))
        assert np.array_equal(store.layout.to_codes(split.resident()), codes)
        assert np.array_equal(split.codes(60, 70), codes[60:70])
    assert all(checked.fault is None for checked in verify(store.files))


@pytest.mark.parametrize("spec", ["dct:4 | uniform:3 | zstd", "dct:4 | uniform:8 | xz", "dct:4"])
def test_labels_are_read_without_codes(spec: str, data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, spec)
    for name, entry in store.manifest.files.items():
        content = bytearray((tmp_path / "a.fb" / name).read_bytes())
        for block in entry.blocks:
            content[block.offset : block.offset + block.code_bytes] = bytes(block.code_bytes)
        (tmp_path / "a.fb" / name).write_bytes(content)
    split = open_store(tmp_path / "a.fb")["train"]
    assert np.array_equal(split.labels, data.train.labels)
    assert np.array_equal(split.ids, np.arange(500))


class Stopping(SilentCompress):
    """Stops the run when so many blocks are finished."""

    def __init__(self, blocks: int) -> None:
        self.left = blocks

    def block_finished(self, done: tasks.BlockDone) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("spec", ["dct:4 | uniform:3 | zstd", "projection:6 | float32 | xz"])
def test_bytes_depend_on_images_codec_and_seed_alone(
    spec: str, data: Dataset, tmp_path: Path
) -> None:
    source, codec = ArraySource(data), Codec.parse(spec)
    compress(source, tmp_path / "one.fb", codec, seed=1)
    compress(source, tmp_path / "two.fb", codec, seed=1, engine=Processes(2))
    expected = contents(tmp_path / "one.fb")
    assert sum(name.startswith("data/train") for name in expected) == 3
    assert contents(tmp_path / "two.fb") == expected
    for blocks in (1, 5):
        target = tmp_path / f"stopped{blocks}.fb"
        with pytest.raises(KeyboardInterrupt):
            compress(source, target, codec, seed=1, watcher=Stopping(blocks))
        assert not target.exists()
        compress(source, target, codec, seed=1)
        assert contents(target) == expected
    assert {path.name for path in tmp_path.iterdir()} == {
        "one.fb", "two.fb", "stopped1.fb", "stopped5.fb",
    }  # fmt: skip


def test_a_resumed_run_takes_its_finished_blocks(data: Dataset, tmp_path: Path) -> None:
    codec, reads = Codec.parse("dct:4 | uniform:8"), list[tuple[str, int]]()

    class Counting(ArraySource):
        def read(self, split: str, start: int, stop: int):  # type: ignore[no-untyped-def]
            reads.append((split, start))
            return super().read(split, start, stop)

    with pytest.raises(KeyboardInterrupt):
        compress(Counting(data), tmp_path / "a.fb", codec, watcher=Stopping(6))
    reads.clear()
    compress(Counting(data), tmp_path / "a.fb", codec)
    assert reads == [("train", 384), ("train", 448), ("test", 0), ("test", 64), ("test", 128)]


def test_another_plan_starts_anew(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stored(tmp_path / "a.fb", data, "dct:4", watcher=Stopping(6))
    stored(tmp_path / "a.fb", data, "dct:4 | uniform:3")
    stored(tmp_path / "b.fb", data, "dct:4 | uniform:3")
    assert contents(tmp_path / "a.fb") == contents(tmp_path / "b.fb")


@pytest.mark.parametrize("spec", SPECS)
def test_every_byte_is_counted(spec: str, data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, spec)
    sizes = sum(path.stat().st_size for path in (tmp_path / "a.fb").rglob("*") if path.is_file())
    assert store.nbytes.total == store.nbytes.payload + store.nbytes.side == sizes
    ledger = store.ledger()
    assert sum(ledger.values()) == sizes
    assert ledger["train.codes"] + ledger["test.codes"] == store.nbytes.payload
    shards = store["train"].nbytes.total + store["test"].nbytes.total
    rest = sum((tmp_path / "a.fb" / n).stat().st_size for n in ledger if n.startswith("_meta"))
    assert shards + rest == sizes
    raw = 630 * (8 * 8 + 1)
    assert store.raw_bytes == raw
    assert store.ratio == raw / sizes


def test_the_manifest_says_what_there_is(data: Dataset, tmp_path: Path) -> None:
    source = ArraySource(data, class_names=tuple("abcdefghij"))
    store = stored(tmp_path / "a.fb", source, "dct:4|uniform:8", seed=11)
    content = (tmp_path / "a.fb" / MANIFEST).read_bytes()
    assert Manifest.from_bytes(content, "here") == store.manifest
    assert store.manifest.to_bytes() == content
    table = json.loads(content)
    assert table["format"] == "fewbytes store"
    assert table["version"] == 1
    assert table["codec"] == "dct:4 | uniform:8 | raw"
    assert table["image_shape"] == [8, 8, 1]
    assert table["layout"] == "records"
    assert (table["source"], table["seed"], table["classes"]) == ("made", 11, 10)
    assert table["class_names"] == list("abcdefghij")
    assert (table["skipped"], table["duplicates"]) == (0, 0)
    assert table["splits"] == {
        "train": [f"data/train-0000{i}-of-00003.parquet" for i in range(3)],
        "test": ["data/test-00000-of-00001.parquet"],
    }
    assert set(table["files"]) == {*contents(tmp_path / "a.fb")} - {MANIFEST}
    for name, entry in table["files"].items():
        file = (tmp_path / "a.fb" / name).read_bytes()
        assert entry["bytes"] == len(file)
        assert entry["sha256"] == digest(file)
    train = [table["files"][name]["blocks"] for name in table["splits"]["train"]]
    assert [[block[0] for block in blocks] for blocks in train] == [[64] * 3, [64] * 3, [64, 52]]
    body, seal = content[:-1].rsplit(b',"sha256":"', 1)
    assert seal == digest(body + b"}").encode() + b'"}'
    assert str(store.manifest.codec) in repr(store)
    assert "train 500" in repr(store)


def test_nothing_learned_and_nothing_noticed_takes_no_files(data: Dataset, tmp_path: Path) -> None:
    stored(tmp_path / "a.fb", data, "identity")
    assert not {STATE, REMARKS} & contents(tmp_path / "a.fb").keys()


def test_more_than_256_classes(tmp_path: Path) -> None:
    for classes, spec in [(300, "dct:2"), (65536, "dct:2"), (65536, "dct:2 | uniform:8 | xz")]:
        data = made(200, 70, classes=classes)
        store = stored(tmp_path / f"{classes}{spec[-2:]}.fb", data, spec)
        assert store.manifest.classes == classes
        assert np.array_equal(store["train"].labels, data.train.labels)
        assert np.array_equal(store["test"].labels, data.test.labels)
        assert store.raw_bytes == 270 * (64 + 2)


def test_the_store_again_as_a_source(data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, "dct:4 | uniform:8 | xz")
    again = stored(tmp_path / "b.fb", StoreSource(store), "identity")
    for name in ("train", "test"):
        assert np.array_equal(again[name].images(), store[name].images())
        assert np.array_equal(again[name].labels, store[name].labels)


# -------------------------------------------------------------------- other readers


def test_other_parquet_readers_read_records(data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, "dct:4 | uniform:8")
    codes = Codec.parse("dct:4 | uniform:8").fit(data.train.images).encode(data.train.images)
    files = sorted(str(path) for path in (tmp_path / "a.fb" / "data").glob("train-*.parquet"))
    table = pq.ParquetDataset(files).read()
    assert table.column_names == ["code", "label", "id"]
    assert b"".join(table.column("code").to_pylist()) == codes.tobytes()
    assert np.array_equal(table.column("label").to_numpy(), data.train.labels)
    assert np.array_equal(table.column("id").to_numpy(), store["train"].ids)
    pandas = pytest.importorskip("pandas")
    frame = pandas.concat([pandas.read_parquet(file) for file in files])
    assert b"".join(frame["code"]) == codes.tobytes()
    assert frame["label"].tolist() == data.train.labels.tolist()


def test_duckdb_reads_records(data: Dataset, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    stored(tmp_path / "a.fb", data, "dct:4 | uniform:8")
    shards = os.fspath(tmp_path / "a.fb" / "data" / "train-*.parquet")
    rows = duckdb.sql(f"select label, octet_length(code) from '{shards}' order by id").fetchall()
    assert rows == [(label, 16) for label in data.train.labels.tolist()]


def test_polars_reads_records(data: Dataset, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    stored(tmp_path / "a.fb", data, "dct:4 | uniform:8 | zstd")
    frame = polars.read_parquet(tmp_path / "a.fb" / "data" / "train-*.parquet")
    assert frame["label"].to_list() == data.train.labels.tolist()
    assert {len(code) for code in frame["code"].to_list()} == {16}


@pytest.mark.parametrize("coder", ["raw", "zstd", "xz"])
def test_codes_keep_the_zero_bytes_they_end_in(coder: str, tmp_path: Path) -> None:
    images = made(100, 70).train.images.copy()
    images[:, 5:] = 0
    images[7] = 0
    data = Dataset("zeros", Split(images, np.arange(100) % 10), made(10, 70).test)
    store = stored(tmp_path / "a.fb", data, f"identity | {coder}")
    assert np.array_equal(store["train"].codes(), images)
    assert np.array_equal(store["train"].images(3, 99), images[3:99])
    if coder != "xz":
        (shard,) = (tmp_path / "a.fb" / "data").glob("train-*.parquet")
        assert b"".join(pq.read_table(shard).column("code").to_pylist()) == images.tobytes()


# -------------------------------------------------------------------- refusals


def test_nonsense_is_refused(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(CodecError):
        stored(tmp_path / "a.fb", data, "dct:9")
    with pytest.raises(InputError, match="seed"):
        stored(tmp_path / "a.fb", data, "pca:2", seed=-1)
    store = stored(tmp_path / "a.fb", data, "identity")
    for start, stop in [(-1, 3), (3, 2), (0, 501)]:
        with pytest.raises(InputError, match="records"):
            store["train"].codes(start, stop)
    with pytest.raises(KeyError, match="validation"):
        store["validation"]
    with pytest.raises(SourceError):
        open_store(tmp_path / "nothing.fb")


def test_what_is_there_is_not_overwritten(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_text("mine")
    before = contents(tmp_path)
    for name in ("file", "folder"):
        for replace in (False, True):
            with pytest.raises(OutputError, match="another name"):
                stored(tmp_path / name, data, "identity", replace=replace)
    assert contents(tmp_path) == before


def test_a_store_is_replaced_on_request_alone(data: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "a.fb"
    stored(target, data, "identity")
    before = contents(target)
    with pytest.raises(OutputError, match="exists already"):
        stored(target, data, "dct:4")
    assert contents(target) == before
    old = tmp_path / "a.fb.replaced"
    for left_over in (False, True):
        if left_over:  # by a run that was killed as the last thing it did
            shutil.copytree(target, old)
        store = stored(target, data, "dct:4", replace=True)
        assert store.manifest.codec == "dct:4 | float32 | raw"
        assert [path.name for path in tmp_path.iterdir()] == ["a.fb"]


def test_refusing_leaves_the_work_of_others_alone(data: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "a.fb"
    stored(target, data, "identity")
    with pytest.raises(KeyboardInterrupt):
        stored(target, data, "dct:4", replace=True, watcher=Stopping(3))
    before = contents(tmp_path)
    with pytest.raises(OutputError, match="exists already"):
        stored(target, data, "dct:4")
    assert contents(tmp_path) == before


def test_an_empty_folder_may_become_a_store(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "a.fb").mkdir()
    assert len(stored(tmp_path / "a.fb", data, "identity")["train"]) == 500


def test_folders_on_the_way_are_made(data: Dataset, tmp_path: Path) -> None:
    assert len(stored(tmp_path / "deep" / "er" / "a.fb", data, "identity")["train"]) == 500
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        stored(tmp_path / "file" / "a.fb", data, "identity")


def test_two_runs_at_once(data: Dataset, tmp_path: Path) -> None:
    class Second(SilentCompress):
        """Starts another run of the same target in the middle of the first."""

        refused = False

        def block_finished(self, done: tasks.BlockDone) -> None:
            with pytest.raises(OutputError, match="another process"):
                stored(tmp_path / "a.fb", data, "dct:4")
            self.refused = True

    watcher = Second()
    store = stored(tmp_path / "a.fb", data, "identity", watcher=watcher)
    assert watcher.refused
    assert np.array_equal(store["train"].images(), data.train.images)
