"""Encrypted stores: the same to whoever has the key, hidden from all others."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import CorruptError, MissingExtraError, SecretKeyError, SourceError
from fewbytes.scale.processes import Processes
from fewbytes.store import compress, open_store
from fewbytes.store.manifest import MANIFEST, STATE, Manifest, _sealed
from fewbytes.store.source import StoreSource
from fewbytes.store.verify import verify
from fewbytes.types import Dataset
from tests.store.helpers import (
    BLOCKS_SPECS,
    OTHER,
    RECORDS_SPECS,
    SECRET,
    Gappy,
    MemoryFiles,
    contents,
    made,
    opened,
    read_everything,
    stored,
)
from tests.store.mutants import unsealed
from tests.store.test_format import Stopping

pytestmark = pytest.mark.usefixtures("small_blocks", "key_given")

SPECS = [*RECORDS_SPECS, *BLOCKS_SPECS, "dct:4 | uniform:3 | range", "keyed_projection:6"]

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def data() -> Dataset:
    data = made(500, 130)
    data.train.images[7] = data.train.images[3]
    return data


# -------------------------------------------------------------------- with the key


@pytest.mark.parametrize("spec", SPECS)
def test_all_comes_back_as_it_would_without(spec: str, data: Dataset, tmp_path: Path) -> None:
    source = Gappy(data, {"train": {9, 200}, "test": {3}})
    plain = stored(tmp_path / "plain.fb", source, spec, seed=3)
    store = stored(tmp_path / "a.fb", source, spec, seed=3, encrypt="work")
    assert store.layout.name == store.manifest.layout == "sealed"
    found, expected = read_everything(store), read_everything(plain)
    assert found.pop("nbytes") != expected.pop("nbytes")
    assert found.pop("remarks") == expected.pop("remarks")
    for name, array in expected.items():
        assert np.array_equal(found[name], array), name
    assert store.codec.save_state() == plain.codec.save_state()
    assert [c.fault or c.unseen for c in verify(store.files) if c.fault or c.unseen] == []
    far = opened(contents(tmp_path / "a.fb"), near=False)
    assert np.array_equal(far["train"].codes(60, 130), plain["train"].codes(60, 130))
    sizes = sum(map(len, contents(tmp_path / "a.fb").values()))
    assert store.nbytes.total == sum(store.ledger().values()) == sizes


def test_networks_are_fed_the_same(data: Dataset, tmp_path: Path) -> None:
    stores = [
        stored(tmp_path / f"{key}.fb", data, "dct:4 | uniform:8 | zstd", encrypt=key)
        for key in (None, "work")
    ]
    for memory in (1 << 30, 0):
        batches = [s["train"].batches(32, shuffle=True, memory=memory) for s in stores]
        for (x, y), (x2, y2) in zip(*batches, strict=True):
            assert np.array_equal(x, x2)
            assert np.array_equal(y, y2)


def test_a_selection_keeps_its_ids(data: Dataset, tmp_path: Path) -> None:
    spec = "subset:0.3 | dct:4 | uniform:8 | {}"
    for coder in ("raw", "xz"):
        plain, store = (
            stored(tmp_path / f"{coder}{key}.fb", data, spec.format(coder), encrypt=key)
            for key in (None, "work")
        )
        assert np.array_equal(store["train"].ids, plain["train"].ids)
        assert store.manifest.left_out == plain.manifest.left_out > 0


def test_an_encrypted_store_is_a_source(data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, "dct:4 | uniform:8", encrypt="work")
    again = stored(tmp_path / "b.fb", StoreSource(store), "identity")
    assert np.array_equal(again["test"].images(), store["test"].images())
    fb.export(store, tmp_path / "a.npz", to="npz")
    assert np.array_equal(fb.load(tmp_path / "a.npz").train.images, store["train"].images())


def test_labels_are_read_without_codes(encrypted: Files) -> None:
    files = {name: bytearray(content) for name, content in encrypted.items()}
    for name, entry in opened(encrypted).manifest.files.items():
        for block in entry.blocks:
            files[name][block.offset : block.offset + block.code_bytes] = bytes(block.code_bytes)
    split = opened({name: bytes(content) for name, content in files.items()})["train"]
    assert np.array_equal(split.labels, opened(encrypted)["train"].labels)
    assert np.array_equal(split.ids, np.arange(180))
    with pytest.raises(CorruptError, match="do not match their hash"):
        split.codes(0, 1)


def test_from_python(data: Dataset, tmp_path: Path) -> None:
    store = fb.compress(data, tmp_path / "a.fb", codec="dct:4 | uniform:8", encrypt="work")
    entry = store.manifest.encryption
    assert entry is not None
    assert (entry.cipher, entry.key, store.keys) == ("AES-256-GCM", "work", ("work",))
    result = fb.train(fb.open(tmp_path / "a.fb"), view="code", model="linear", epochs=1)
    assert 0 <= result.test_accuracy <= 1


# -------------------------------------------------------------------- what is hidden, what is not


def test_nothing_but_the_manifest_can_be_read(tmp_path: Path) -> None:
    data = made(500, 130)
    source = Gappy(data, {"train": {9}})
    plain = stored(tmp_path / "plain.fb", source, "pca:3 | uniform:8 | raw")
    stored(tmp_path / "a.fb", source, "pca:3 | uniform:8 | raw", encrypt="default")
    files, (_, first) = contents(tmp_path / "a.fb"), plain.manifest.shards("train")[0]
    shard = contents(tmp_path / "plain.fb")["data/train-00000-of-00003.parquet"]
    block = first.blocks[0]
    secrets = {
        "codes": plain["train"].codes(20, 30).tobytes(),
        "rest": shard[block.rest_offset : block.rest_offset + 40],
        "state": plain.side_file(STATE)[200:232],
        "remarks": b"train/9.png",
        "key": bytes.fromhex(SECRET)[:8],
        "digits": SECRET[:16].encode(),
    }
    for what, secret in secrets.items():
        assert not any(secret in content for content in files.values()), what
    assert secrets["codes"] in shard
    table = json.loads(files[MANIFEST])
    assert (table["codec"], table["source"]) == ("pca:3 | uniform:8 | raw", "gappy")
    assert not list(tmp_path.glob("*.partial"))


def test_only_encrypted_stores_have_the_new_version(encrypted: Files, tmp_path: Path) -> None:
    assert unsealed(encrypted)["version"] == 2
    stored(tmp_path / "a.fb", made(20, 10), "identity")
    table = unsealed(contents(tmp_path / "a.fb"))
    assert table["version"] == 1
    assert "encryption" not in table
    content = Manifest.from_bytes(encrypted[MANIFEST], "here").to_bytes()
    assert content == encrypted[MANIFEST]
    for version, complaint in [(1, "does not fit"), (3, "reads 1 and 2")]:
        changed = {**encrypted, MANIFEST: _sealed({**unsealed(encrypted), "version": version})}
        with pytest.raises((CorruptError, SourceError), match=complaint):
            opened(changed)


def test_the_same_set_encrypted_again_shares_nothing(data: Dataset, tmp_path: Path) -> None:
    stores = [stored(tmp_path / f"{n}.fb", data, "identity", encrypt="work") for n in (1, 2)]
    one, two = (store.manifest.encryption for store in stores)
    assert one is not None
    assert two is not None
    assert {one.salt, one.check, one.tag}.isdisjoint({two.salt, two.check, two.tag})
    nonces = set()
    for store in stores:
        for _, entry in store.manifest.shards("train"):
            nonces |= {block.code_digest for block in entry.blocks}
    assert len(nonces) == 16


@pytest.mark.parametrize("digits", [None, OTHER, "0" * 63])
def test_without_the_right_key(
    digits: str | None, encrypted: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    if digits is None:
        monkeypatch.delenv("FEWBYTES_KEY_default")
    else:
        monkeypatch.setenv("FEWBYTES_KEY_default", digits)
    store = opened(encrypted)
    assert (len(store["train"]), store.nbytes.total) == (180, sum(map(len, encrypted.values())))
    assert "train 180" in repr(store)
    assert str(store.unfitted) == store.manifest.codec
    why = {None: "is missing", OTHER: "not the one that this store", "0" * 63: "64 hexadecimal"}
    reads: list[Callable[[], object]] = [
        store.remarks, lambda: store.codec, lambda: store.decoder, lambda: store.layout,
        lambda: store["train"].labels, lambda: store["train"].ids,
        lambda: store["train"].codes(), lambda: store["train"].images(0, 1),
        lambda: store["train"].block(0), lambda: store["train"].batches(8),
        lambda: store["train"].dataset(), lambda: StoreSource(store).read("train", 0, 1),
    ]  # fmt: skip
    for read in reads:
        with pytest.raises(SecretKeyError, match=why[digits]) as caught:
            read()
        assert "\n" not in str(caught.value)
        assert SECRET[:8] not in str(caught.value)
    if digits is not None:
        with pytest.raises(SecretKeyError, match=why[digits]):
            list(verify(MemoryFiles(encrypted)))


def test_verify_says_what_it_could_not_see(
    encrypted: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FEWBYTES_KEY_default")
    seen = list(verify(MemoryFiles(encrypted)))
    assert [checked.what for checked in seen] == [MANIFEST, *unsealed(encrypted)["files"], "blocks"]
    assert not any(checked.fault for checked in seen)
    assert "not decrypted: the secret key 'default' is missing" in (seen[-1].unseen or "")
    damaged = {**encrypted, STATE: encrypted[STATE][:-1] + b"x"}
    faults = [checked.what for checked in verify(MemoryFiles(damaged)) if checked.fault]
    assert faults == [STATE]


def test_verify_of_keyed_stages(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes are decoded without their key, pixels are not."""
    stored(tmp_path / "a.fb", data, "keyed_projection:6 | uniform:8 | xz")
    files = contents(tmp_path / "a.fb")
    assert not any(c.fault or c.unseen for c in verify(MemoryFiles(files)))
    monkeypatch.delenv("FEWBYTES_KEY_default")
    store = opened(files)
    assert store.keys == ("default",)
    x, _ = next(iter(store["train"].batches(8, view="code")))
    assert x.shape == (8, 6)
    for read in (lambda: store["train"].images(), lambda: store["train"].batches(8, view="image")):
        with pytest.raises(SecretKeyError, match="is missing"):
            read()
    seen = list(verify(MemoryFiles(files)))
    assert "test block 2" in [checked.what for checked in seen]
    assert [c.what for c in seen if c.unseen] == ["images"]
    monkeypatch.setenv("FEWBYTES_KEY_default", OTHER)
    with pytest.raises(SecretKeyError, match="not the one"):
        list(verify(MemoryFiles(files)))


def test_no_key_travels_with_a_store(encrypted: Files) -> None:
    store = opened(encrypted)
    read_everything(store)
    sent = pickle.dumps(store)
    for piece in (bytes.fromhex(SECRET)[:8], SECRET[:16].encode()):
        assert piece not in sent
        assert piece not in repr(store.seal).encode()
    again = pickle.loads(sent)  # noqa: S301 (it is ours)
    assert np.array_equal(again["train"].codes(), store["train"].codes())


def test_without_the_package(
    encrypted: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fewbytes\[encrypt\]'"):
        stored(tmp_path / "a.fb", made(20, 10), "identity", encrypt="default")
    assert not list(tmp_path.iterdir())
    with pytest.raises(MissingExtraError, match="cryptography"):
        _ = opened(encrypted)["train"].labels


# -------------------------------------------------------------------- stops, and other processes


def test_a_stopped_run_goes_on_with_its_blocks(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, blocks = tmp_path / "a.fb", tmp_path / "a.fb.partial" / "blocks"
    with pytest.raises(KeyboardInterrupt):
        stored(target, data, "pca:3", encrypt="work", watcher=Stopping(4))
    kept = contents(blocks)
    assert len(kept) == 4
    codes = Codec.parse("pca:3").fit(data.train.images).encode(data.train.images)
    for content in contents(tmp_path / "a.fb.partial").values():
        assert codes[20:22].tobytes() not in content
    monkeypatch.setenv("FEWBYTES_KEY_work", OTHER)
    with pytest.raises(SecretKeyError, match=r"a\.fb\.partial was begun with another key"):
        stored(target, data, "pca:3", encrypt="work")
    monkeypatch.delenv("FEWBYTES_KEY_work")
    with pytest.raises(SecretKeyError, match="is missing"):
        stored(target, data, "pca:3", encrypt="work")
    assert contents(blocks) == kept
    monkeypatch.setenv("FEWBYTES_KEY_work", SECRET)
    with pytest.raises(KeyboardInterrupt):
        stored(target, data, "pca:3", encrypt="work", watcher=Stopping(6))
    assert {name: contents(blocks)[name] for name in kept} == kept
    store = stored(target, data, "pca:3", encrypt="work")
    assert np.allclose(store["train"].codes(), codes, rtol=1e-5, atol=1e-3)
    assert not any(checked.fault for checked in verify(store.files))


def test_another_key_by_name_starts_anew(data: Dataset, tmp_path: Path) -> None:
    for key in ("work", None):
        with pytest.raises(KeyboardInterrupt):
            stored(tmp_path / "a.fb", data, "dct:4", encrypt=key, watcher=Stopping(4))
    store = stored(tmp_path / "a.fb", data, "dct:4", encrypt="default")
    assert store.keys == ("default",)


def test_no_key_leaves_nothing_behind(data: Dataset, tmp_path: Path) -> None:
    for spec, key in [("dct:4", "missing"), ("keyed_projection:4:key=missing", None)]:
        with pytest.raises(SecretKeyError, match="'missing' is missing"):
            stored(tmp_path / "a.fb", data, spec, encrypt=key)
    assert list(tmp_path.iterdir()) == []


def test_workers_know_keys_that_are_given_late(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server that they are forked from may have been started before."""
    compress(ArraySource(data), tmp_path / "a.fb", Codec.parse("dct:4"), engine=Processes(2))
    monkeypatch.setenv("FEWBYTES_KEY_late", OTHER)
    codec = Codec.parse("keyed_projection:4:key=late")
    compress(ArraySource(data), tmp_path / "b.fb", codec, engine=Processes(2), encrypt="late")
    one = open_store(tmp_path / "b.fb")["train"].images()
    other = stored(tmp_path / "c.fb", data, str(codec))["train"].images()
    assert np.array_equal(one, other)


def test_from_elsewhere(encrypted: Files, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    for name, content in encrypted.items():
        fsspec.filesystem("memory").pipe_file(f"/encrypted.fb/{name}", content)
    expected = opened(encrypted)
    for _ in range(2):
        store = open_store("memory://encrypted.fb", cache=tmp_path)
        assert np.array_equal(store["train"].codes(), expected["train"].codes())
        assert np.array_equal(store["test"].labels, expected["test"].labels)
    kept = contents(tmp_path).values()
    assert kept
    assert all(any(piece in whole for whole in encrypted.values()) for piece in kept)
