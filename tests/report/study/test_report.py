"""Tables, final_info.json and the data behind the plots."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from fewbytes.report import console, palette
from fewbytes.report.study import plots, series, tables
from fewbytes.report.study.final_info import final_info
from fewbytes.studies.config import RAW
from fewbytes.studies.summary import Line, summarise
from tests.studies.test_summary import row

ROWS = [
    row(RAW, 0, 0.992, total_bytes=78_500, ratio=1.0),
    row(RAW, 1, 0.994, total_bytes=78_500, ratio=1.0),
    row("dct:4 | uniform:8 | zstd", 0, 0.97, total_bytes=4000),
    row("dct:4 | uniform:8 | zstd", 1, 0.98, total_bytes=4000),
    row("dct:8 | uniform:8 | zstd", 0, 0.985, total_bytes=9000),
    row("projection:9 | float32 | raw", 0, 0.9, total_bytes=100_000, ratio=0.7),
]


def _lines() -> list[Line]:
    return summarise(ROWS)


def _cells() -> dict[str, dict[str, Any]]:
    rng = np.random.default_rng(0)
    return {
        r["cell"]: {"train_loss": rng.random(60) + 0.1, "val_loss": rng.random(3) + 0.1}
        for r in ROWS
    }


def test_the_markdown_table() -> None:
    lines = _lines()
    failed = [{**ROWS[2], "status": "failed", "reason": "out of memory"}]
    text = tables.markdown(lines, failed, tables.notes(lines))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 4
    assert all(len(re.split(r"(?<!\\)\|", r)) == len(tables.HEADER) + 2 for r in rows)
    assert "99.30 ± 0.10" in rows[2]
    assert "reference" in rows[2]
    assert r"dct:4 \| uniform:8 \| zstd" in rows[3]
    assert "-1.80 [-6.88, +3.28]" in rows[3]  # differences -2.2 and -1.4, t(1) = 12.706
    assert "Larger than the raw set (ratio below 1): projection:9 | float32 | raw." in text
    assert "seed 0: out of memory" in text
    small = [row(RAW, 0, 0.99, values_per_image=30, payload_bytes=3000), ROWS[2]]
    said = tables.notes(summarise(small))
    assert any("10 values would be 40 bytes an image, more than the 30 of" in s for s in said)
    assert not any("30 values" in s for s in said)


def test_a_supervised_codec_is_told_apart() -> None:
    codec = "subset:0.1:method=herding | dct:4 | uniform:8 | zstd"
    looks = row(codec, 0, 0.95, supervised=True)
    old, new = ROWS[0], {**ROWS[2], "supervised": False}  # rows of old do not say
    lines = summarise([old, new, looks])
    assert [line.supervised for line in lines] == [False, False, True]
    shown = Console(file=io.StringIO(), width=200)
    shown.print(console.table(lines))
    text = tables.markdown(lines, [], tables.notes(lines)).replace("\\|", "|")
    for said in (shown.file.getvalue(), text):  # type: ignore[attr-defined]
        assert said.count("(supervised)") == said.count(f"{codec} (supervised)") == 1
    assert "A supervised codec looks at labels" in text
    assert "supervised" not in "".join(tables.notes(_lines()))
    records = list(csv.DictReader(io.StringIO(tables.csv_table(lines))))
    assert [r["supervised"] for r in records] == ["false", "false", "true"]
    assert [r["codec"] for r in records] == [line.codec for line in lines]
    assert lines[2].label == f"{codec} (supervised) · image · cnn"
    assert [f"{r['codec']} (supervised)" in console.outcome(r) for r in (old, looks)] == [0, 1]


def test_the_csv_table_is_the_same_in_fractions() -> None:
    records = list(csv.DictReader(io.StringIO(tables.csv_table(_lines()))))
    assert [r["codec"] for r in records] == [line.codec for line in _lines()]
    assert float(records[1]["difference_from_raw"]) == pytest.approx(-0.018)
    assert float(records[1]["difference_low"]) == pytest.approx(-0.018 - 12.706 * 0.004, abs=1e-5)
    assert records[0]["difference_from_raw"] == ""
    assert records[2]["test_accuracy_stderr"] == ""
    assert tables.csv_table([]) == "\n"


def test_what_was_measured_has_columns() -> None:
    said: dict[str, Any] = {"label_bits": 3.1, "label_entropy": 3.32, "classes": 10}
    rows = [row(RAW, 0, 0.99, mse=0.0, **said), row("dct:4", 0, 0.9, mse=650.25, **said)]
    rows.append(row("dct:8", 0, 0.9))  # a row of old does not say
    lines = summarise(rows)
    text = tables.markdown(lines, [], tables.notes(lines))
    shown = [line.split(" | ")[-3:-1] for line in text.splitlines() if line.startswith("| ")][2:]
    assert shown == [["≥ 3.100", "exact"], ["≥ 3.100", "20.00"], ["—", "—"]]
    assert "of 3.320 bits that there are" in text
    assert "bits that there are" not in "".join(tables.notes(_lines()))
    records = list(csv.DictReader(io.StringIO(tables.csv_table(lines))))
    assert [r["psnr"] for r in records] == ["inf", "20.0", ""]
    assert [line.codec for line in series.informed(lines)] == [RAW, "dct:4"]
    assert [line.codec for line in series.distortions(lines)] == [RAW, "dct:4"]
    least = series.least_information(lines)
    assert least is not None
    assert (least.x[0], least.y[0]) == (pytest.approx(0, abs=1e-6), 0.1)
    assert (least.x[-1], least.y[-1]) == (pytest.approx(3.32), 1)
    bound = series.gaussian_bound(np.array([4000.0, 100.0, 1.0]), 0.1, 0.3)
    assert (np.diff(bound.x) > 0).all()
    assert (np.diff(bound.y) > 0).all()
    assert 0.03 < bound.x[0] < bound.x[-1] < 0.9


def test_final_info_has_the_keys_of_old() -> None:
    found = json.loads(final_info(_lines(), "mnist"))
    assert list(found) == [line.label for line in _lines()]
    raw = found[_lines()[0].label]["mnist"]
    assert raw["means"] == {
        "best_val_acc_mean": pytest.approx(99.3),
        "test_acc_mean": pytest.approx(99.3),
        "total_train_time_mean": 2.0,
    }
    assert raw["stderrs"]["test_acc_stderr"] == pytest.approx(0.1)
    single = found["projection:9 | float32 | raw · image · cnn"]["mnist"]
    assert single["stderrs"]["test_acc_stderr"] is None


def test_bands_are_means_and_errors_over_seeds() -> None:
    cells = _cells()
    bands = series.val_loss(_lines(), cells)
    assert len(bands) == 4
    stack = np.stack([cells[key]["val_loss"] for key in bands[0].line.keys])
    np.testing.assert_allclose(bands[0].mean, stack.mean(0))
    np.testing.assert_allclose(bands[0].stderr, stack.std(0, ddof=1) / np.sqrt(2))
    assert bands[0].x.tolist() == [1, 2, 3]
    assert not bands[3].stderr.any()
    smooth = series.train_loss(_lines(), cells)[0]
    assert smooth.x.tolist() == [12.5, 37.5]
    first = np.mean([cells[key]["train_loss"][:25].mean() for key in smooth.line.keys])
    assert smooth.mean[0] == pytest.approx(first)


def test_curves_join_a_family_and_the_frontier_is_on_total_bytes() -> None:
    curves = series.curves(_lines())
    assert [len(curve.lines) for curve in curves] == [1, 2, 1]
    assert curves[1].x == [40.0, 90.0]
    assert [line.codec.split(" ")[0] for line in series.best(_lines()).lines] == [
        "dct:4", "dct:8", "identity",
    ]  # fmt: skip


def test_a_codec_has_one_colour_whatever_else_is_drawn() -> None:
    codecs = [line.codec for line in _lines()]
    chosen = palette.colours(codecs)
    assert chosen[RAW] == "#000000"
    assert len(set(chosen.values())) == len(codecs)
    assert chosen["dct:4 | uniform:8 | zstd"] == palette.HUES[0].lower()
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in chosen.values())


def test_every_plot_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    drawn = plots.draw(_lines(), _cells(), "mnist")
    assert sorted(drawn) == [
        "accuracy_vs_bytes_mnist.png",
        "test_accuracy_mnist_across_runs.png",
        "train_loss_mnist_across_runs.png",
        "val_loss_mnist_across_runs.png",
    ]
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


def test_a_codec_is_never_shown_as_an_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("codec", box=None)
    table.add_row("jxl:100:layout=mosaic")
    console.console().print(table)
    assert "jxl:100:layout=mosaic" in capsys.readouterr().out
