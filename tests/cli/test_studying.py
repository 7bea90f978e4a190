"""The command line as a user meets it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from fewbytes import cli
from fewbytes.report.stages import table
from fewbytes.studies.results import RESULTS, read_rows
from fewbytes.types import Dataset
from tests.cli.running import interrupted, run

QUICK = ["--codec", "downsample:8", "--model", "linear", "--epochs", "1", "--seeds", "2"]


VERBS = ("study", "advise", "compress", "inspect", "verify", "export", "train", "measure", "codecs")


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS)], ids=" ".join)
def test_help(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main([*verb, "--help"])
    assert stopped.value.code == 0
    assert "usage: fewbytes" in capsys.readouterr().out


def test_help_and_import_load_nothing_heavy() -> None:
    """What keeps --help under half a second; the benchmark measures it."""
    code = (
        "import sys, fewbytes; from fewbytes import cli; cli.parser().format_help(); "
        "print([m for m in ('torch', 'numpy', 'scipy', 'rich', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_from_the_command_line(tiny_npz: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "run"
    done = run("study", str(tiny_npz), *QUICK, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "downsample:8 | uint8 | raw" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        ".lock", "cells", "study.toml", "results.jsonl", "table.md", "table.csv",
        "machine.json", "samples",
        "final_info.json", "train_loss_tiny_across_runs.png", "val_loss_tiny_across_runs.png",
        "test_accuracy_tiny_across_runs.png", "accuracy_vs_bytes_tiny.png", "spectrum.npz",
        "accuracy_vs_information_tiny.png", "rate_vs_distortion_tiny.png",
    }  # fmt: skip
    again = run("study", str(tiny_npz), *QUICK, "--out", str(out), "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == read_rows(out)
    assert len(read_rows(out)) == 4
    from_file = run("study", str(out / "study.toml"), "--out", str(out))
    assert from_file.returncode == 0
    assert "4 cells are done already, 0 to go" in from_file.stdout


def test_codecs_lists_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["codecs", "--json"]) == 0
    stages = {stage["name"]: stage for stage in json.loads(capsys.readouterr().out)}
    assert stages["dct"]["written"] == "dct:SIZE"
    assert stages["downsample"]["written"] == "downsample:SIZE[:antialias=false]"
    assert stages["zstd"]["written"] == "zstd[:LEVEL]"
    assert stages["projection"]["tags"] == ["lossy", "learned", "linear", "seeded"]
    assert stages["subset"]["tags"] == ["spatial"]
    by_option = {name: tags for name, s in stages.items() if (tags := s["tags_by_option"])}
    assert by_option.pop("subset") == ["seeded", "supervised"]
    assert by_option == {"jxl": ["lossy"], "webp": ["lossy"]}
    assert cli.main(["codecs"]) == 0
    printed = [capsys.readouterr().out]
    narrow = Console(file=io.StringIO(), width=80)
    narrow.print(table())
    printed.append(narrow.file.getvalue())  # type: ignore[attr-defined]
    for shown, width in zip(printed, (112, 80), strict=True):
        assert max(map(len, shown.splitlines())) <= width
        assert "…" not in shown
        text = "".join(shown.split())
        for stage in stages.values():
            some = [f"{tag} by option" for tag in stage["tags_by_option"]]
            tags = ",".join(stage["tags"] + some)
            parts = (stage["kind"], stage["written"], stage["does"], tags)
            assert "".join("".join(parts).split()) in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["study", "--codec", "dtc:16"], "did you mean 'dct'?"),
        (["study", "--codec", "dct:16:fast=true"], "dct: no option 'fast'"),
        (["study", "--codec", "zstd | dct:16"], "dct cannot follow zstd"),
        (["study", "--codec", "uniform:99"], "bits must lie between 1 and 16, not 99"),
        (["study", "--codec", "dct:64"], "64x64 frequencies are more than images of 28x28"),
        (["study", "nowhere"], "no data set at 'nowhere'"),
        (["study", "nowhere.toml"], "No such file or directory"),
        (["study", "--view", "codes"], "did you mean 'code'?"),
        (["study", "--model", "cmn"], "did you mean 'cnn'?"),
        (["study", "--seeds", "0"], "seeds must be a whole number of at least 1"),
        (["study", "--seeds", "two"], "invalid int value: 'two'"),
        (["study", "--out", "/proc/none"], "cannot write /proc/none"),
        (["stduy"], "invalid choice: 'stduy'"),
        ([], "the following arguments are required: VERB"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    try:
        code: object = cli.main(arguments)
    except SystemExit as stopped:
        code = stopped.code
    printed = capsys.readouterr().err
    assert code == 2
    assert complaint in printed
    assert printed.startswith("fewbytes")
    assert printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_where(tmp_path: Path) -> None:
    done = run("study", "--codec", "dtc:16", "--debug", "--out", str(tmp_path / "x"))
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    images, labels = np.zeros((40, 8, 8), np.uint8), np.zeros(40, int)
    path = tmp_path / "one.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    done = run("study", str(path), "--codec", "dct:4", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "all 40 training images are of class 0" in done.stderr
    assert not (tmp_path / "run").exists()


def test_failed_cells_make_exit_code_1(tiny_npz: Path, tmp_path: Path) -> None:
    model = "tests.studies.test_runner:Broken"
    done = run(
        "study", str(tiny_npz), "--codec", "downsample:8", "--model", model, "--seeds", "1",
        "--out", str(tmp_path / "run"), PYTHONPATH=str(Path(__file__).parent.parent),
    )  # fmt: skip
    assert done.returncode == 1
    assert "no weights today" in done.stdout
    assert "no weights today" in (tmp_path / "run" / "table.md").read_text()


def test_ctrl_c_leaves_a_study_that_goes_on(tiny_npz: Path, tmp_path: Path, tiny: Dataset) -> None:
    out = tmp_path / "run"
    command = ["study", str(tiny_npz), "--out", str(out)]
    command += ["--codec", "downsample:{6,7,8,9}", "--model", "linear", "--seeds", "3"]

    def two_cells() -> bool:
        return (out / RESULTS).exists() and (out / RESULTS).read_bytes().count(b"\n") >= 2

    ended = interrupted(*command, when=two_cells)
    assert ended == (130, "fewbytes: stopped; the same command goes on where it was\n")
    done = len(read_rows(out))
    assert 2 <= done < 15
    rest = run(*command)
    assert rest.returncode == 0
    assert f"{done} cells are done already" in rest.stdout
    assert len(read_rows(out)) == 15


def test_a_study_without_matplotlib_has_tables_and_says_so(
    tiny_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["study", str(tiny_npz), *QUICK, "--out", str(tmp_path / "run")]) == 0
    assert "pip install 'fewbytes[plot]'" in capsys.readouterr().out
    assert (tmp_path / "run" / "table.md").exists()
    assert not list((tmp_path / "run").glob("*.png"))
