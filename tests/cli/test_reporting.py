"""`fewbytes report` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fewbytes import cli
from fewbytes.durable import PART
from fewbytes.report.page import rendering
from tests.cli.running import run
from tests.report.page.making import rows, write_run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The folder of a study."""
    return write_run(tmp_path / "run", rows())


@pytest.fixture
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries left out, which take seconds to bundle."""
    pytest.importorskip("altair")
    monkeypatch.setattr(rendering, "bundle", lambda: "void 0;")


def test_a_page_from_a_folder(study: Path) -> None:
    pytest.importorskip("altair")
    done = run("report", str(study))
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\n", "").startswith(f"written to {study}/report.html")
    page = (study / "report.html").read_text()
    assert "90.0 bytes an image are enough" in page
    assert "vegaEmbed" in page
    assert not list(study.glob(f"*{PART}"))


@pytest.mark.usefixtures("no_bundle")
def test_options(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sent.html"
    arguments = ["report", str(study), "--out", str(out), "--max-loss", "5", "--no-pictures"]
    assert cli.main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(out), "bytes": out.stat().st_size}
    page = out.read_text()
    assert "10.0 bytes an image are enough" in page
    assert "<img" not in page
    assert not (study / "report.html").exists()


@pytest.mark.usefixtures("no_bundle")
def test_a_page_replaces_the_one_before(study: Path) -> None:
    out = study / "report.html"
    out.write_text("an older one")
    assert cli.main(["report", str(study)]) == 0
    assert out.read_text().startswith("<!doctype html>")


@pytest.mark.usefixtures("no_bundle")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{tmp}/missing"], "no such folder"),
        (["{tmp}"], "no study here"),
        (["{run}", "--max-loss", "-1"], "max_loss must be 0 to 100"),
        (["{run}", "--max-loss", "nan"], "max_loss must be 0 to 100"),
        (["{run}", "--measures", "{tmp}/m.json"], "m.json: cannot be read"),
        (["{run}", "--audit", "{run}/study.toml"], "study.toml: not JSON"),
        (["{run}", "--out", "{tmp}"], "it is a folder"),
        (["{run}", "--out", "{tmp}/no/such/page.html"], "cannot write"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    said: str,
    study: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [one.format(tmp=tmp_path, run=study) for one in arguments]
    assert cli.main(["report", *given]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
