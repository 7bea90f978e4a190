"""A run folder and its page, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.report.page.reading import Contents, read_run
from fewbytes.report.page.rendering import Options, render
from tests.report.page.making import failed, rows, write_evidence, write_run

REASON = "RuntimeError: not enough memory"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a study that is whole."""
    return write_run(tmp_path / "run", rows())


@pytest.fixture(scope="session")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a failed cell, measures and an audit."""
    path = tmp_path_factory.mktemp("page") / "run"
    write_run(path, [*rows(), failed("vq:8 | zstd", REASON)])
    write_evidence(path)
    return path


@pytest.fixture(scope="session")
def contents(full_run: Path) -> Contents:
    """The same, read."""
    return read_run(full_run)


@pytest.fixture(scope="session")
def page(contents: Contents) -> str:
    """Its page."""
    for package in ("altair", "jinja2", "vl_convert"):
        pytest.importorskip(package)
    return render(contents, Options())
