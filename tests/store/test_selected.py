"""What is stored of a set where the codec keeps only some of its training images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fewbytes.codecs import Codec
from fewbytes.data.arrays import ArraySource
from fewbytes.errors import CorruptError, SourceError
from fewbytes.measures import rate
from fewbytes.report.stores import described, summary, tables
from fewbytes.scale.processes import Processes
from fewbytes.stages.subset import Subset
from fewbytes.store import Store, compress, open_store, tasks
from fewbytes.store.manifest import MANIFEST, Manifest, _sealed
from fewbytes.store.verify import verify
from fewbytes.store.write import SilentCompress
from fewbytes.types import Dataset, Split
from tests.store.helpers import Gappy, contents, made, stored

pytestmark = pytest.mark.usefixtures("small_blocks")

CODERS = {"records": "dct:4 | uniform:8", "blocks": "dct:4 | uniform:8 | xz"}
METHODS = ("random", "kcentre", "herding")


@pytest.fixture(scope="module")
def data() -> Dataset:
    return made(500, 130)


def kept_of(data: Dataset, subset: Subset, seed: int = 0) -> np.ndarray:
    """The numbers of the training images that a subset keeps, all of them being readable."""
    described = subset.describe(data.train.images)
    return subset.choose(described, data.train.labels, seed)


@pytest.mark.parametrize("layout", CODERS)
@pytest.mark.parametrize("method", METHODS)
def test_the_chosen_records_are_stored_and_no_others(
    method: str, layout: str, data: Dataset, tmp_path: Path
) -> None:
    spec = f"subset:0.4:method={method} | {CODERS[layout]}"
    store = stored(tmp_path / "a.fb", data, spec, seed=3)
    kept = kept_of(data, Subset(0.4, method), seed=3)
    assert store.layout.name == layout
    assert store.manifest.codec.startswith("subset:0.4")
    fitted = Codec.parse(CODERS[layout]).fit(data.train.images, seed=3)
    assert store.codec.save_state() == fitted.save_state(), "it is fitted on all training images"
    train, test = store["train"], store["test"]
    assert np.array_equal(train.codes(), fitted.encode(data.train.images[kept]))
    assert np.array_equal(train.labels, data.train.labels[kept])
    assert np.array_equal(train.ids, kept if layout == "records" else np.arange(len(kept)))
    assert np.array_equal(test.codes(), fitted.encode(data.test.images))
    assert np.array_equal(test.labels, data.test.labels)
    assert np.array_equal(test.ids, np.arange(130))
    assert all(checked.fault is None for checked in verify(store.files))


def test_all_of_them_are_the_whole_set(data: Dataset, tmp_path: Path) -> None:
    whole = stored(tmp_path / "a.fb", data, "dct:4 | uniform:8")
    subset = stored(tmp_path / "b.fb", data, "subset:1 | dct:4 | uniform:8")
    assert subset.manifest.left_out == 0
    assert MANIFEST in contents(tmp_path / "a.fb")
    differing = {
        name
        for name, content in contents(tmp_path / "a.fb").items()
        if contents(tmp_path / "b.fb")[name] != content
    }
    assert differing == {MANIFEST}
    assert subset.raw_bytes == whole.raw_bytes


# ------------------------------------------------------------------ what is counted


def test_images_left_out_are_counted(data: Dataset, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", data, "subset:0.1 | dct:4 | uniform:8")
    assert len(store["train"]) == 50
    assert store.manifest.left_out == 450
    assert store.images == rate(store).images == 630
    assert store.raw_bytes == rate(store).raw_bytes == 630 * 65
    sizes = sum(path.stat().st_size for path in (tmp_path / "a.fb").rglob("*") if path.is_file())
    assert store.nbytes.total == rate(store).total_bytes == sizes
    assert store.ratio == 630 * 65 / sizes
    said = described(store)
    assert (said["splits"], said["left_out"]) == ({"train": 50, "test": 130}, 450)
    assert "630 images (train: 50 of 500 kept), 41" in summary(store)[0]
    facts = tables(store)[0]
    assert "train 50 of 500, test 130" in map(str, facts.columns[1]._cells)  # type: ignore[union-attr]


def test_the_manifest_says_so_only_where_there_is_something_to_say(
    data: Dataset, tmp_path: Path
) -> None:
    some = stored(tmp_path / "a.fb", data, "subset:0.1")
    content = (tmp_path / "a.fb" / MANIFEST).read_bytes()
    assert json.loads(content)["left_out"] == 450
    assert Manifest.from_bytes(content, "here") == some.manifest
    assert some.manifest.to_bytes() == content
    stored(tmp_path / "b.fb", data, "identity")
    table = json.loads((tmp_path / "b.fb" / MANIFEST).read_bytes())
    assert "left_out" not in table
    del table["sha256"]
    for wrong in (-1, "7", 1.5, None, 1 << 63):
        with pytest.raises(CorruptError):
            Manifest.from_bytes(_sealed({**table, "left_out": wrong}), "here")


class Told(SilentCompress):
    """Notes what it is told, and stops the run when so many blocks are finished."""

    def __init__(self, blocks: int = -1) -> None:
        self.left = blocks
        self.heard: list[str] = []
        self.images = 0

    def choosing(self) -> None:
        self.heard.append("choosing")

    def compress_started(self, images: int) -> None:
        self.heard.append(f"{images} images")

    def fitting(self) -> None:
        self.heard.append("fitting")

    def block_finished(self, done: tasks.BlockDone) -> None:
        self.images += done.images
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_progress_counts_what_is_stored(data: Dataset, tmp_path: Path) -> None:
    told = Told()
    stored(tmp_path / "a.fb", data, "subset:0.4 | dct:4 | uniform:3", watcher=told)
    assert told.heard == ["choosing", "330 images", "fitting"]
    assert told.images == 330


# ------------------------------------------------------------------ stopped, in workers, anew


@pytest.mark.parametrize("layout", CODERS)
def test_bytes_depend_on_images_codec_and_seed_alone(
    layout: str, data: Dataset, tmp_path: Path
) -> None:
    codec = Codec.parse(f"subset:0.6 | {CODERS[layout]}")
    source = ArraySource(data)
    compress(source, tmp_path / "one.fb", codec, seed=1)
    expected = contents(tmp_path / "one.fb")
    compress(source, tmp_path / "two.fb", codec, seed=1, engine=Processes(2))
    assert contents(tmp_path / "two.fb") == expected
    for blocks in (1, 5):
        target = tmp_path / f"stopped{blocks}.fb"
        with pytest.raises(KeyboardInterrupt):
            compress(source, target, codec, seed=1, watcher=Told(blocks))
        assert not target.exists()
        told = Told()
        compress(source, target, codec, seed=1, watcher=told)
        assert told.heard == ["430 images"], "what was chosen, and learned, is so for good"
        assert contents(target) == expected
    compress(source, tmp_path / "other.fb", codec, seed=2)
    other = open_store(tmp_path / "other.fb")["train"].labels
    assert not np.array_equal(other, open_store(tmp_path / "one.fb")["train"].labels)


def test_another_seed_chooses_anew(data: Dataset, tmp_path: Path) -> None:
    spec = "subset:0.4 | dct:4"
    with pytest.raises(KeyboardInterrupt):
        stored(tmp_path / "a.fb", data, spec, seed=1, watcher=Told(2))
    store = stored(tmp_path / "a.fb", data, spec, seed=2)
    assert np.array_equal(store["train"].ids, kept_of(data, Subset(0.4), seed=2))


# ------------------------------------------------------------------ images that cannot be read


@pytest.mark.parametrize("layout", CODERS)
@pytest.mark.parametrize("method", METHODS)
def test_unreadable_images_are_never_chosen(
    method: str, layout: str, data: Dataset, tmp_path: Path
) -> None:
    bad = {"train": {0, *range(100, 180), 499}, "test": {3}}
    spec = f"subset:0.5:method={method} | {CODERS[layout]}"
    store = stored(tmp_path / "a.fb", Gappy(data, bad), spec)
    good = np.setdiff1d(np.arange(500), list(bad["train"]))
    readable = Dataset("good", data.train.take(good), data.test)
    kept = good[kept_of(readable, Subset(0.5, method))]
    fitted = Codec.parse(CODERS[layout]).fit(readable.train.images)
    assert np.array_equal(store["train"].codes(), fitted.encode(data.train.images[kept]))
    assert store.manifest.left_out == len(good) - len(kept)
    assert store.images == len(good) + 129
    assert store.manifest.skipped == 83
    skipped = [remark for remark in store.remarks() if remark["kind"] == "skipped"]
    assert {(s["split"], s["id"], s["name"]) for s in skipped} == {
        (split, i, f"{split}/{i}.png") for split, ids in bad.items() for i in ids
    }


def test_a_set_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    source = Gappy(made(100, 100), {"train": set(range(100))})
    with pytest.raises(SourceError, match=r"no image of train can be read; train/0\.png: not a"):
        stored(tmp_path / "a.fb", source, "subset:0.5")
    assert not (tmp_path / "a.fb").exists()


@pytest.mark.parametrize("layout", CODERS)
def test_duplicates_among_those_kept_go_by_their_names(layout: str, tmp_path: Path) -> None:
    data = made(200, 70)
    kept = kept_of(data, Subset(0.2))
    train, test = data.train.images.copy(), data.test.images.copy()
    train[kept[9]] = train[kept[4]]
    left_out = np.setdiff1d(np.arange(200), kept)
    test[7], test[8] = train[kept[4]], train[left_out[0]]
    twice = Dataset("twice", Split(train, data.train.labels), Split(test, data.test.labels))
    store: Store = stored(tmp_path / "a.fb", Gappy(twice, {}), f"subset:0.2 | {CODERS[layout]}")
    listed = [remark for remark in store.remarks() if remark["kind"] == "duplicate"]
    assert [(d["name"], d["of_name"]) for d in listed] == [
        (f"train/{kept[9]}.png", f"train/{kept[4]}.png"),
        ("test/7.png", f"train/{kept[4]}.png"),
    ]
