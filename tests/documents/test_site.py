"""The site builds without a warning, has a page for each verb, and asks for nothing off itself."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import fewbytes as fb
from tests.documents.pages import ROOT
from tests.documents.test_commands import VERBS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"),
            *("-d", str(target / "doctrees"), str(ROOT / "docs"), str(target / "html")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target / "html"


class Requests(HTMLParser):
    """What a browser asks for when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"link": "href"}.get(tag, "src")
        self.addresses += [value for name, value in attrs if name == names and value]


def test_every_page_is_there(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {path.stem for path in site.glob("*.html")} >= pages
    assert {path.stem for path in (site / "verbs").glob("*.html")} == {*VERBS, "index"}
    names = (site / "api.html").read_text("utf-8")
    assert [name for name in fb.__all__ if f'id="fewbytes.{name}"' not in names] == []


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_has_all_its_options(site: Path, name: str) -> None:
    page = (site / "verbs" / f"{name}.html").read_text("utf-8")
    options = [
        o
        for action in VERBS[name]._actions
        for o in action.option_strings
        if o not in ("-h", "--help")
    ]
    assert options
    assert [option for option in options if f">{option}" not in page] == []


def test_nothing_is_asked_for_off_the_site(site: Path) -> None:
    asked = Requests()
    for page in site.rglob("*.html"):
        asked.feed(page.read_text("utf-8"))
    assert asked.addresses
    assert [one for one in asked.addresses if "//" in one] == []
    styles = [path.read_text("utf-8") for path in site.rglob("*.css")]
    assert styles
    assert [s for s in styles if "url(http" in s or "url(//" in s or "@import" in s] == []
