"""Stores behind URLs: only what is needed travels, and what fails is tried again."""

from __future__ import annotations

import gc
import pickle
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fewbytes.errors import (
    CorruptError,
    FewbytesError,
    MissingExtraError,
    OutputError,
    SourceError,
)
from fewbytes.store import Store, layout, open_store, remote, retry, tasks
from fewbytes.store.manifest import MANIFEST, STATE
from fewbytes.store.opening import files_at
from fewbytes.store.verify import verify
from fewbytes.types import Dataset
from tests.store.helpers import made, read_everything, stored
from tests.store.servers import Served, serving

http = pytest.importorskip("fsspec.implementations.http", reason="aiohttp is not installed")

SPECS = ["dct:4 | uniform:8", "dct:4 | uniform:8 | xz"]


@pytest.fixture(scope="module")
def data() -> Dataset:
    return made(700, 130)


@pytest.fixture(scope="module")
def stores(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `0.fb` of records and `1.fb` of blocks."""
    folder = tmp_path_factory.mktemp("stores")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "BLOCK_BYTES", 64 * 16)  # 64 records a block
        patch.setattr(tasks, "BLOCKS_PER_SHARD", 3)
        for number, spec in enumerate(SPECS):
            stored(folder / f"{number}.fb", data, spec)
    return folder


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.001)


@pytest.fixture
def served(stores: Path, tmp_path: Path) -> Iterator[Served]:
    """A server of copies of the stores. The client's session ends with it."""
    with serving(Path(shutil.copytree(stores, tmp_path / "served"))) as server:
        yield server
    http.HTTPFileSystem.clear_instance_cache()
    gc.collect()


def remote_and_local(served: Served, number: int = 0) -> tuple[Store, Store]:
    return open_store(f"{served.url}/{number}.fb"), open_store(served.folder / f"{number}.fb")


@pytest.mark.parametrize("number", [0, 1])
def test_all_is_read_as_from_the_disk(served: Served, number: int) -> None:
    there, here = remote_and_local(served, number)
    found, expected = read_everything(there), read_everything(here)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert np.array_equal(found[name], value), name
    assert [c.fault for c in verify(there.files)] == [None] * len(list(verify(here.files)))
    there, _ = remote_and_local(served, number)
    seen = sum(len(y) for _, y in there["train"].batches(64, shuffle=True, memory=0))
    assert seen == 700


@pytest.mark.parametrize("number", [0, 1])
def test_only_what_is_needed_travels(served: Served, number: int) -> None:
    there, here = remote_and_local(served, number)
    sizes = {name: entry.bytes for name, entry in there.manifest.files.items()}
    assert served.asked == [(f"/{number}.fb/{MANIFEST}", len(there.manifest.to_bytes()))]
    served.forget()
    split = there["train"]
    assert np.array_equal(split.codes(70, 100), here["train"].codes(70, 100))
    name, entry = there.manifest.shards("train")[0]
    block = entry.blocks[1]
    state = sizes["_meta/state.safetensors"]
    assert sorted(served.asked) == sorted(
        [(f"/{number}.fb/_meta/state.safetensors", state)]
        + [
            (f"/{number}.fb/{name}", length)
            for length in (block.code_bytes, block.rest_bytes, entry.footer_bytes)
        ]
    )
    served.forget()
    split.codes(80, 90)
    assert served.asked == []  # the block is still there
    split.codes(64 * 3, 64 * 3 + 1)  # the first block of the second shard
    _, entry = there.manifest.shards("train")[1]
    block = entry.blocks[0]
    assert served.bytes == block.code_bytes + block.rest_bytes + entry.footer_bytes
    served.forget()
    _ = there["train"].labels
    entries = [entry for _, entry in there.manifest.shards("train")]
    rest = sum(block.rest_bytes for entry in entries for block in entry.blocks)
    assert served.bytes == rest + sum(entry.footer_bytes for entry in entries[2:])
    served.forget()
    split.resident()
    assert served.bytes == sum(entry.bytes for entry in entries)
    assert len(served.asked) == len(entries)


@pytest.mark.parametrize("fault", ["drop", "break", "short", "damage", 500, 503, 429])
def test_what_fails_is_asked_for_again(served: Served, fault: int | str) -> None:
    there, here = remote_and_local(served)
    expected = here["train"].codes(0, 10)
    served.forget()
    served.faults = [fault, fault]
    assert np.array_equal(there["train"].codes(0, 10), expected)
    assert len(served.asked) == 4 + 2
    served.faults = ["drop", 503]
    assert len(open_store(f"{served.url}/0.fb")["train"]) == 700


@pytest.mark.parametrize("fault", ["drop", "break", "short", "damage", 500, 503])
def test_what_always_fails_is_given_up(served: Served, fault: int | str) -> None:
    there, _ = remote_and_local(served)
    served.forget()
    served.always = fault
    kind = CorruptError if fault == "damage" else SourceError
    with pytest.raises(kind) as caught:
        there["train"].codes(0, 10)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(f"{served.url}/0.fb: _meta/state.safetensors")
    # aiohttp itself asks once more where a connection ends without a word
    assert len(served.asked) == retry.TRIES * (2 if fault == "drop" else 1)
    with pytest.raises(FewbytesError):
        open_store(f"{served.url}/0.fb")


@pytest.mark.parametrize(
    ("status", "said"), [(404, "there is no"), (403, "denied"), (401, "denied")]
)
def test_what_is_refused_is_not_asked_for_again(served: Served, status: int, said: str) -> None:
    there, _ = remote_and_local(served)
    served.forget()
    served.always = status
    with pytest.raises(SourceError, match=said):
        open_store(f"{served.url}/0.fb")
    assert len(served.asked) == 1
    with pytest.raises(SourceError, match=said):
        there["train"].codes(0, 10)
    assert len(served.asked) == 2


@pytest.mark.parametrize("fault", ["short", "damage"])
def test_a_bad_manifest_is_asked_for_again(served: Served, fault: str) -> None:
    served.faults = [fault] * (retry.TRIES - 1)
    assert len(open_store(f"{served.url}/0.fb")["train"]) == 700
    assert len(served.asked) == retry.TRIES
    served.forget()
    served.always = fault
    with pytest.raises(CorruptError, match="manifest") as caught:
        open_store(f"{served.url}/0.fb")
    assert "\n" not in str(caught.value)
    assert len(served.asked) == retry.TRIES
    checks = list(verify(files_at(f"{served.url}/0.fb")))
    assert [(c.what, c.fault is None) for c in checks] == [(MANIFEST, False)]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_in_the_workers_of_a_loader(served: Served, way: str, tmp_path: Path) -> None:
    _, here = remote_and_local(served)
    there = open_store(f"{served.url}/0.fb", cache=tmp_path / "cache")
    assert np.array_equal(there["train"].codes(0, 10), here["train"].codes(0, 10))
    dataset = there["train"].dataset()
    loader: DataLoader[Any] = DataLoader(
        dataset, 64, num_workers=1, multiprocessing_context=way, collate_fn=dataset.collate
    )
    images, labels = zip(*loader, strict=True)
    assert np.array_equal(torch.cat(labels).numpy(), here["train"].labels)
    assert np.array_equal(torch.cat(images).numpy(), here["train"].images())
    # the connections of this process are as they were
    assert np.array_equal(there["test"].codes(), here["test"].codes())


def test_remote_files_travel_with_their_options() -> None:
    files = remote.RemoteFiles("http://127.0.0.1:1/a.fb", client_kwargs={"trust_env": True})
    again = pickle.loads(pickle.dumps(files))  # noqa: S301
    assert again.where == files.where
    assert again.connection.system.client_kwargs == {"trust_env": True}


def test_a_server_that_knows_no_ranges(served: Served) -> None:
    served.always = "whole"
    there, here = remote_and_local(served, 1)
    assert np.array_equal(there["train"].codes(100, 500), here["train"].codes(100, 500))
    assert np.array_equal(there["train"].labels, here["train"].labels)


def test_there_is_no_store(served: Served) -> None:
    with pytest.raises(SourceError, match=r"there is no _meta/manifest\.json"):
        open_store(f"{served.url}/nothing.fb")
    port = served.url.rsplit(":", 1)[1]
    with pytest.raises(SourceError, match=f"after {retry.TRIES} tries"):
        open_store(f"http://127.0.0.1:{port}0/0.fb".replace(f"{port}0", "1"))


def test_damage_on_the_server_is_seen(served: Served) -> None:
    name = "data/train-00001-of-00004.parquet"
    content = bytearray((served.folder / "0.fb" / name).read_bytes())
    content[100] ^= 1
    (served.folder / "0.fb" / name).write_bytes(content)
    there, here = remote_and_local(served)
    assert np.array_equal(there["train"].codes(0, 192), here["train"].codes(0, 192))
    with pytest.raises(CorruptError, match=name):
        there["train"].codes(192, 193)
    assert [c.what for c in verify(there.files) if c.fault] == [name, "train block 3"]


# -------------------------------------------------------------------- the cache


@pytest.mark.parametrize("number", [0, 1])
def test_a_second_reading_moves_only_the_manifest(
    served: Served, number: int, tmp_path: Path
) -> None:
    url, cache = f"{served.url}/{number}.fb", tmp_path / "cache" / "deep"
    expected = read_everything(open_store(url, cache=cache))
    served.forget()
    again = open_store(url, cache=cache)
    found = read_everything(again)
    assert served.asked == [(f"/{number}.fb/{MANIFEST}", len(again.manifest.to_bytes()))]
    assert all(np.array_equal(found[name], value) for name, value in expected.items())


def test_a_damaged_cache_is_fetched_again(served: Served, tmp_path: Path) -> None:
    url, cache = f"{served.url}/0.fb", tmp_path / "cache"
    expected = read_everything(open_store(url, cache=cache))
    kept = sorted(path for path in cache.rglob("*") if path.is_file())
    assert len(kept) > 10
    for number, path in enumerate(kept):
        content = path.read_bytes()
        path.write_bytes([content[:-1], b"", content + b"x", bytes(len(content))][number % 4])
    served.forget()
    found = read_everything(open_store(url, cache=cache))
    assert len(served.asked) == 1 + len(kept)
    assert all(np.array_equal(found[name], value) for name, value in expected.items())
    served.forget()
    read_everything(open_store(url, cache=cache))
    assert len(served.asked) == 1


def test_many_threads_fill_one_cache(served: Served, tmp_path: Path) -> None:
    files = files_at(f"{served.url}/0.fb", cache=tmp_path / "cache")
    entry = open_store(served.folder / "0.fb").manifest.files[STATE]
    with ThreadPoolExecutor(8) as pool:
        came = list(
            pool.map(lambda _: files.checked(STATE, 0, entry.bytes, entry.sha256), range(32))
        )
    assert set(came) == {(served.folder / "0.fb" / STATE).read_bytes()}
    assert [p.name for p in (tmp_path / "cache").rglob("*") if p.is_file()] == [entry.sha256]


def test_a_cache_that_cannot_be(served: Served, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*: Not a directory") as caught:
        open_store(f"{served.url}/0.fb", cache=tmp_path / "file")["train"].codes(0, 10)
    assert "\n" not in str(caught.value)


# -------------------------------------------------------------------- other URLs


def test_memory(stores: Path, data: Dataset) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.put(str(stores / "1.fb"), "/a.fb", recursive=True)
    try:
        store = open_store("memory://a.fb")
        assert np.array_equal(store["train"].labels, data.train.labels)
        assert [c.fault for c in verify(files_at("memory://a.fb/")) if c.fault] == []
        system.rm(f"/a.fb/{MANIFEST}")
        with pytest.raises(SourceError, match="there is no"):
            open_store("memory://a.fb")
    finally:
        system.rm("/a.fb", recursive=True)


def test_urls_that_nothing_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="nosuch"):
        open_store("nosuch://a.fb")

    def missing(said: str) -> None:
        def url_to_fs(url: str, **options: object) -> None:
            raise ImportError(said)

        monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)

    missing("Install s3fs to access S3")
    with pytest.raises(
        MissingExtraError, match=r"s3://a.fb needs s3fs.*fewbytes\[remote\]"
    ) as caught:
        open_store("s3://a.fb")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (as worker processes do)
    assert (str(again), again.package, again.extra) == (str(caught.value), "s3fs", "remote")
    missing('HTTPFileSystem requires "requests" and "aiohttp" to be installed')
    with pytest.raises(MissingExtraError, match="needs aiohttp"):
        open_store("https://a.fb")
    missing("Please install gcsfs to access Google Storage")
    with pytest.raises(SourceError, match="Please install gcsfs"):
        open_store("gs://a.fb")
