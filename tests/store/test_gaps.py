"""Images that cannot be read, and images that are there twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewbytes.codecs import Codec
from fewbytes.errors import SourceError
from fewbytes.scale.processes import Processes
from fewbytes.store import finish
from fewbytes.store.verify import verify
from fewbytes.types import Dataset, Split
from tests.store.helpers import Gappy, contents, made, stored

pytestmark = pytest.mark.usefixtures("small_blocks")

GAPS = {
    "a few": {"train": {0, 63, 64, 65, 499}, "test": {0, 129}},
    "a whole block": {"train": {*range(64, 128), 200}},
    "the first block": {"train": set(range(64))},
    "the last blocks": {"train": set(range(384, 500)), "test": set(range(65, 130))},
    "a whole shard": {"train": {*range(192, 384)}},
    "all but one": {"train": set(range(1, 500)), "test": set(range(129))},
}


@pytest.mark.parametrize("spec", ["dct:4 | uniform:8", "dct:4 | uniform:8 | xz"])
@pytest.mark.parametrize("unreadable", GAPS.values(), ids=GAPS)
def test_unreadable_images_leave_gaps(
    unreadable: dict[str, set[int]], spec: str, tmp_path: Path
) -> None:
    data = made(500, 130)
    store = stored(tmp_path / "a.fb", Gappy(data, unreadable), spec)
    kept = {
        name: np.array([i for i in range(len(part)) if i not in unreadable.get(name, ())])
        for name, part in data.splits.items()
    }
    fitted = Codec.parse(spec).fit(data.train.images[kept["train"]])
    for name, ids in kept.items():
        split, part = store[name], data.splits[name]
        assert np.array_equal(split.ids, ids)
        assert np.array_equal(split.labels, part.labels[ids])
        assert np.array_equal(split.codes(), fitted.encode(part.images[ids]))
        rows, labels = split.block(len(split.block_starts) - 2)
        assert len(rows) == len(labels) == len(split) - split.block_starts[-2]
        assert np.array_equal(store.layout.to_codes(split.resident()), split.codes())
    remarks = store.remarks()
    assert remarks[0] == {"kind": "remark", "text": "one of many"}
    skipped = [remark for remark in remarks if remark["kind"] == "skipped"]
    assert {(s["split"], s["id"]) for s in skipped} == {
        (name, i) for name, bad in unreadable.items() for i in bad
    }
    assert len(skipped) == store.manifest.skipped
    assert skipped[0]["name"] == f"{skipped[0]['split']}/{skipped[0]['id']}.png"
    assert skipped[0]["reason"] == "not a picture"
    assert all(checked.fault is None for checked in verify(store.files))
    sizes = sum(map(len, contents(tmp_path / "a.fb").values()))
    assert store.nbytes.total == sizes


def test_gaps_are_the_same_with_two_workers(tmp_path: Path) -> None:
    source = Gappy(made(500, 130), GAPS["a whole shard"])
    stored(tmp_path / "one.fb", source, "dct:4 | uniform:8 | xz")
    stored(tmp_path / "two.fb", source, "dct:4 | uniform:8 | xz", engine=Processes(2))
    assert contents(tmp_path / "one.fb") == contents(tmp_path / "two.fb")


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("spec", ["identity", "dct:4 | uniform:8 | xz"])
def test_a_split_of_which_nothing_can_be_read(split: str, spec: str, tmp_path: Path) -> None:
    source = Gappy(made(100, 100), {split: set(range(100))})
    with pytest.raises(SourceError, match=f"no image of {split}") as caught:
        stored(tmp_path / "a.fb", source, spec)
    assert f"{split}/0.png: not a picture" in str(caught.value)
    assert not (tmp_path / "a.fb").exists()


def test_duplicates_are_listed_across_splits(tmp_path: Path) -> None:
    data = made(200, 130)
    train, test = data.train.images.copy(), data.test.images.copy()
    train[150] = train[3]
    test[7] = train[3]
    test[129] = test[70]
    twice = Dataset("twice", Split(train, data.train.labels), Split(test, data.test.labels))
    store = stored(tmp_path / "a.fb", Gappy(twice, {"train": {2}}), "identity")
    listed = [remark for remark in store.remarks() if remark["kind"] == "duplicate"]
    assert [(d["split"], d["name"], d["of_split"], d["of_name"]) for d in listed] == [
        ("train", "train/150.png", "train", "train/3.png"),
        ("test", "test/7.png", "train", "train/3.png"),
        ("test", "test/129.png", "test", "test/70.png"),
    ]
    assert store.manifest.duplicates == 3


def test_only_the_first_duplicates_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "MOST_DUPLICATES_LISTED", 5)
    images = np.zeros((100, 8, 8, 1), np.uint8)
    split = Split(images, np.arange(100) % 10)
    store = stored(tmp_path / "a.fb", Gappy(Dataset("black", split, split), {}), "identity")
    assert store.manifest.duplicates == 199
    listed = [remark for remark in store.remarks() if remark["kind"] == "duplicate"]
    assert len(listed) == 5
    assert all((d["of_split"], d["of_name"]) == ("train", "train/0.png") for d in listed)
