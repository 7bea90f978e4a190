"""Parquet files of pictures: layouts, columns, labels, what is left out, and flat memory."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fewbytes as fb
from fewbytes.data import open_source, parquet_rows
from fewbytes.data.parquet import KIND, ParquetSource
from fewbytes.errors import SourceError
from tests.data.pictures_made import encoded, pixels

PICTURES = [encoded(pixels(k)) for k in range(10)]


def table(
    contents: list[Any],
    labels: list[Any],
    image: str = "image",
    label: str = "label",
    names: list[str] | None = None,
) -> pa.Table:
    """A table as Hugging Face writes it."""
    column = pa.array(
        [None if c is None else {"bytes": c, "path": None} for c in contents],
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    )
    made = pa.table({image: column, label: labels, "note": ["x"] * len(labels)})
    if names is None:
        return made
    features = {image: {"_type": "Image"}, label: {"names": names, "_type": "ClassLabel"}}
    metadata = json.dumps({"info": {"features": features}})
    return made.replace_schema_metadata({"huggingface": metadata})


def write(path: Path, made: pa.Table, rows: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(made, path, row_group_size=rows)
    return path


def test_one_file_is_dealt_out(tmp_path: Path) -> None:
    labels = [k % 3 for k in range(10)]
    path = write(tmp_path / "a.parquet", table(PICTURES, labels, names=["x", "y", "z"]))
    source = open_source(path)
    assert (source.name, source.class_names) == ("a", ("x", "y", "z"))
    assert source.sizes == {"train": 8, "test": 2}
    assert "every fifth record" in source.remarks[-1]
    train, test = source.read("train", 3, 6), source.read("test", 0, 2)
    assert train.ids.tolist() == [3, 4, 5]
    for piece, rows in ((train, [3, 5, 6]), (test, [4, 9])):
        assert piece.labels.tolist() == [labels[k] for k in rows]
        for image, k in zip(piece.images, rows, strict=True):
            assert np.array_equal(image, pixels(k))


@pytest.mark.parametrize(
    "names",
    [
        ["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"],
        ["data/train-0.parquet", "data/test-0.parquet"],
        ["train/0000.parquet", "test/0000.parquet"],
        ["default/train/0.parquet", "default/test/0.parquet"],
        ["mnist/train.parquet", "mnist/validation.parquet"],
    ],
)
def test_folders_of_splits(names: list[str], tmp_path: Path) -> None:
    for name, part in zip(names, (slice(0, 7), slice(7, 10)), strict=True):
        write(tmp_path / name, table(PICTURES[part], list(range(10))[part]))
    assert KIND.recognises(tmp_path)
    data = fb.load(tmp_path)
    assert data.train.labels.tolist() == list(range(7))
    assert data.test.labels.tolist() == [7, 8, 9]
    assert np.array_equal(data.test.images[2], pixels(9))


def test_files_without_a_split_in_their_names_are_one(tmp_path: Path) -> None:
    for k in range(2):
        write(tmp_path / f"part-{k}.parquet", table(PICTURES[5 * k :][:5], [k] * 5))
    assert open_source(tmp_path).sizes == {"train": 8, "test": 2}
    write(tmp_path / "train-0.parquet", table(PICTURES[:5], [0] * 5))
    assert "part-0.parquet" in " ".join(open_source(tmp_path).remarks)


def test_plain_binary_and_text_labels(tmp_path: Path) -> None:
    words = pa.array(["dog", "cat", "dog", None, "ant"] * 2).dictionary_encode()
    made = pa.table({"img": pa.array(PICTURES, pa.large_binary()), "class": words})
    source = open_source(write(tmp_path / "a.parquet", made))
    assert source.class_names == ("ant", "cat", "dog")
    piece = source.read("train", 0, 8)
    assert piece.labels.tolist() == [2, 1, 2, 2, 1, 2]
    assert [one.reason for one in piece.skipped] == ["no label", "no label"]
    assert source.read("test", 0, 2).labels.tolist() == [0, 0]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    contents = [None, b"", b"text", PICTURES[0], PICTURES[1], PICTURES[2]]
    labels = [0, 1, 0, -1, None, 1]
    write(tmp_path / "train-0.parquet", table(contents, labels))
    write(tmp_path / "test-0.parquet", table(contents[::-1], labels, names=["a"]))
    source = open_source(tmp_path)
    piece = source.read("train", 0, 9)
    assert piece.ids.tolist() == [5]
    assert [(one.id, one.reason.split(",")[0].split(":")[0]) for one in piece.skipped] == [
        (0, "no image"),
        (1, "empty"),
        (2, "not an image"),
        (3, "its label is -1"),
        (4, "no label"),
    ]
    assert piece.skipped[4].name == "train-0.parquet, row group 1, row 0"


def test_a_label_without_a_name_is_left_out(tmp_path: Path) -> None:
    made = table(PICTURES[:6], [0, 1, 2, 0, 1, 0], names=["a", "b"])
    source = open_source(write(tmp_path / "a.parquet", made))
    assert source.read("train", 0, 9).skipped[0].reason == "its label is 2, not one from 0 to 1"


def test_declared_columns_win(tmp_path: Path) -> None:
    made = table(PICTURES[:5], [0, 1, 0, 1, 0], "photo", "fine_label", ["a", "b"])
    made = made.append_column("label", pa.array([7] * 5)).append_column(
        "image", pa.array([b"x"] * 5)
    )
    assert fb.load(write(tmp_path / "a.parquet", made)).train.labels.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"label": [1] * 5}, "no column of encoded images"),
        ({"image": PICTURES[:5], "x": [1.5] * 5}, "no column of labels"),
        ({"image": PICTURES[:5], "a": [1] * 5, "b": [1] * 5}, "a, b could all be the column"),
        ({"image": [b"x"] * 5, "label": [1] * 5}, "no readable image among 5"),
        ({"image": PICTURES[:2], "label": [1] * 2}, "2 images without a test split"),
    ],
)
def test_files_that_cannot_be_used_say_why(
    columns: dict[str, Any], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=complaint):
        open_source(write(tmp_path / "a.parquet", pa.table(columns)))


def test_damaged_and_differing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "train-0.parquet"
    path.write_bytes(b"PAR1 and no more PAR1")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        open_source(path)
    write(path, table(PICTURES[:5], [0] * 5))
    write(tmp_path / "train-1.parquet", table(PICTURES[:5], ["a"] * 5))
    with pytest.raises(SourceError, match=r"no column 'label' like that of train-0\.parquet"):
        open_source(tmp_path)
    (tmp_path / "train-1.parquet").rename(tmp_path / "train-1.txt")
    path.rename(tmp_path / "test-0.parquet")
    with pytest.raises(SourceError, match="test without train files"):
        open_source(tmp_path)


def test_a_compressed_set_is_no_folder_of_pictures(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", table(PICTURES[:5], [0] * 5))
    (tmp_path / "_meta").mkdir()
    (tmp_path / "_meta" / "manifest.json").write_text("{}")
    assert not KIND.recognises(tmp_path)


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Reading 40 row groups never holds more of Arrow's memory than a few of them."""
    noise = [encoded(pixels(k, 64, 64)) for k in range(80)]
    path = write(tmp_path / "a.parquet", table(noise, [0] * 80), rows=2)
    source = open_source(path)
    before, most = pa.total_allocated_bytes(), 0
    for start in range(0, 64, 2):
        source.read("train", start, start + 2)
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < path.stat().st_size / 8


def test_it_can_be_copied_and_tells_when_it_changes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table(PICTURES, [0] * 10))
    source = open_source(path)
    source.read("train", 0, 1)
    copied = copy.deepcopy(source)
    assert np.array_equal(copied.read("test", 0, 2).images, source.read("test", 0, 2).images)
    assert copied.fingerprint() == source.fingerprint()
    before = source.fingerprint()
    write(path, table(PICTURES, [1] * 10), rows=3)
    assert open_source(path).fingerprint() != before


@pytest.fixture
def one_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of one row group of 3,000 records, read 50 at a time."""
    monkeypatch.setattr(parquet_rows, "_MOST_ROWS", 50)
    contents = [encoded(pixels(k, 24, 24)) for k in range(3000)]
    path = tmp_path / "a.parquet"
    made = table(contents, [k % 7 for k in range(3000)])
    pages = {"data_page_size": 1 << 14, "write_batch_size": 16, "use_dictionary": False}
    pq.write_table(made, path, **pages)
    return path


def test_one_large_row_group_is_read_in_constant_memory(one_group: Path) -> None:
    before = pa.total_allocated_bytes()
    source = open_source(one_group)
    most = 0
    for start in range(0, 2400, 100):
        source.read("train", start, start + 100)
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < one_group.stat().st_size / 4


def test_a_row_group_is_read_once_forwards_and_again_when_asked_to_go_back(
    one_group: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    real = parquet_rows.Rows.__init__

    def count(self: parquet_rows.Rows, *arguments: Any) -> None:
        begun.append(arguments[2])
        real(self, *arguments)

    monkeypatch.setattr(parquet_rows.Rows, "__init__", count)
    source = open_source(one_group)
    assert len(begun) == 1  # for the survey of headers
    for start in range(0, 1000, 10):
        piece = source.read("train", start, start + 10)
        assert piece.labels.tolist() == [(k + k // 4) % 7 for k in range(start, start + 10)]
    assert len(begun) == 2
    assert np.array_equal(source.read("train", 999, 1000).images[0], pixels(1248, 24, 24))
    assert len(begun) == 2  # still in the batch
    assert np.array_equal(source.read("train", 0, 1).images[0], pixels(0, 24, 24))
    assert len(begun) == 3


@pytest.mark.parametrize("rows", [3000, 700, 40])
def test_a_sample_is_spread_over_the_file(rows: int, tmp_path: Path) -> None:
    picture = encoded(pixels(1))
    path = write(tmp_path / "a.parquet", table([picture] * 3000, [0] * 3000), rows)
    source = ParquetSource(tmp_path, {"train": [path]}, "a", None)
    sample = source.sample("train", 100)
    groups = np.diff(source.groups["train"].starts)
    assert (np.diff(sample) > 0).all()
    assert 50 <= len(sample) <= 100
    assert sample[0] == 0
    assert sample[-1] >= 2900
    assert len(np.unique(sample // rows)) == min(16, len(groups))
    assert source.sample("train", 1).tolist() == [0]


def test_a_file_with_fewer_rows_than_before_says_so(one_group: Path) -> None:
    source = open_source(one_group)
    write(one_group, table(PICTURES, [0] * 10), 10)
    with pytest.raises(SourceError, match="fewer rows than when it was opened"):
        source.read("train", 500, 510)
