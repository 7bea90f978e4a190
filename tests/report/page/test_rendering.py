"""The page as a file: what comes from files is text, what runs is ours, nothing is asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.errors import MissingExtraError
from fewbytes.report.page import rendering, vega
from fewbytes.report.page.reading import Contents, read_run
from fewbytes.report.page.rendering import Options, as_script_data, render
from fewbytes.studies.config import RAW
from fewbytes.studies.samples import Samples
from tests.report.page.making import (
    MIDDLE,
    SEEDS,
    audit_rows,
    drawn_from,
    failed,
    finished,
    measure_rows,
    rows,
    write_run,
)

HOSTILE = (
    "</script><script>alert(1)</script>\"'><img src=http://x.example/y onerror=alert(2)>"
    "{{7*7}}\u202e"
)
MOST_BYTES = 5_000_000


class Parsed(HTMLParser):
    """Elements, texts of scripts and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.text = ""
        self._script: str | None = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        """Note it."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Note it."""
        if self._inside == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
        elif self._inside != "style":
            self.text += data


@pytest.fixture
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries left out, which take seconds to bundle."""
    pytest.importorskip("altair")
    pytest.importorskip("jinja2")
    monkeypatch.setattr(rendering, "bundle", lambda: "void 0;")


def test_the_page_is_small_and_whole(page: str, contents: Contents) -> None:
    assert len(page.encode()) < MOST_BYTES
    found = Parsed(page)
    for line in contents.lines:
        assert found.tags["h1"] == 1
        assert line.codec.split(" | ")[0] in found.text
    assert "not enough memory" in found.text
    assert "no evidence" in found.text
    assert "fewbytes study" in found.text
    assert found.tags["img"] == 3 * 3 * 4


def test_nothing_points_outside(page: str) -> None:
    links = [
        value
        for _, name, value in Parsed(page).attributes
        if name in ("src", "href", "action", "srcset", "poster", "data")
    ]
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    style = page.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_names_the_scripts_that_are_there(page: str) -> None:
    found = Parsed(page)
    (policy,) = (v for t, n, v in found.attributes if n == "content" and "default-src" in v)
    hashes = set(re.findall(r"'(sha256-[^']+)'", policy))
    scripts = [text for kind, text in found.scripts if kind is None]
    assert len(scripts) == 2
    assert hashes == {
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in scripts
    }
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not any(name.startswith("on") for _, name, _ in found.attributes)


@pytest.mark.usefixtures("no_bundle")
def test_hostile_texts_are_only_shown(tmp_path: Path) -> None:
    written = [
        {**row, "dataset": HOSTILE, "model": f"cnn{HOSTILE}", "view": HOSTILE} for row in rows()
    ]
    written += [finished(HOSTILE, s, 0.9, dataset=HOSTILE, cell=f"h{s}") for s in range(SEEDS)]
    written += [failed(HOSTILE, HOSTILE)]
    run = read_run(write_run(tmp_path, written))
    run.machines = [{HOSTILE: HOSTILE}]
    run.notes.append(HOSTILE)
    run.config_text = HOSTILE
    run.measures = [{**row, "store": HOSTILE, "warnings": [HOSTILE]} for row in measure_rows()]
    run.audits = [{**row, "title": HOSTILE, "words": HOSTILE} for row in audit_rows()]
    run.samples = {
        codec: replace(one, names=(HOSTILE,) * len(one.labels))
        for codec, one in run.samples.items()
    }
    run.advice = {
        "source": HOSTILE, "max_loss": 1, "remarks": [HOSTILE],
        "recommended": {"codec": HOSTILE, "bytes_per_image": 1.0},
        "pruned": [{"what": HOSTILE, "why": HOSTILE}],
    }  # fmt: skip
    tame = Parsed(render(read_run(write_run(tmp_path / "tame", rows())), Options()))
    page = render(run, Options())
    found = Parsed(page)
    assert found.tags["script"] == tame.tags["script"] == 3
    assert "alert(1)" in found.text
    assert "{{7*7}}" in found.text
    pictures = [v for t, n, v in found.attributes if (t, n) == ("img", "src")]
    assert len(pictures) == 4 * 3 * 4
    assert all(value.startswith("data:image/png") for value in pictures)
    assert not any(name.startswith("on") for _, name, _ in found.attributes)
    data = next(text for kind, text in found.scripts if kind == "application/json")
    specs = json.loads(data)
    labels = {one["label"] for one in drawn_from(specs["frontier"], "point")}
    assert f"{HOSTILE} · image · cnn" in labels


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "\u2028", "&amp;", "a'\"\\"])
def test_script_data_survives(text: str) -> None:
    shown = as_script_data({text: [text]})
    assert not set("<>&\u2028") & set(shown)
    assert json.loads(shown) == {text: [text]}


@pytest.mark.usefixtures("no_bundle")
def test_a_study_in_which_all_failed(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, [failed(RAW, "no memory"), failed(MIDDLE, "no luck")]))
    found = Parsed(render(run, Options()))
    assert "Not known yet" in found.text
    assert "no luck" in found.text
    assert "2 cells failed" in found.text


@pytest.mark.usefixtures("no_bundle")
def test_many_codecs_with_large_pictures_stay_small(page: str, tmp_path: Path) -> None:
    codecs = [f"dct:{i} | zstd" for i in range(1, 61)]
    written = [*rows(), *(finished(codec, 0, 0.9, cell=codec) for codec in codecs)]
    run = read_run(write_run(tmp_path, written))
    noise = np.random.default_rng(0).integers(0, 256, (8, 128, 128, 3), dtype=np.uint8)
    large = Samples(noise, 255 - noise, np.arange(8), np.arange(8), (), (128, 128))
    run.samples = dict.fromkeys(codecs, large)
    run.curves = {
        row["cell"]: {"train_loss": np.ones(10**5), "val_loss": np.ones(5)} for row in written
    }
    drawn = render(run, Options())
    assert Parsed(drawn).tags["img"] >= 3 * len(codecs)
    libraries = max(len(text) for _, text in Parsed(page).scripts)
    assert len(drawn.encode()) + libraries < MOST_BYTES


@pytest.mark.usefixtures("no_bundle")
def test_pictures_can_be_left_out(contents: Contents) -> None:
    found = Parsed(render(contents, Options(with_pictures=False)))
    assert found.tags["img"] == 0


@pytest.mark.usefixtures("no_bundle")
def test_an_unfinished_study_says_so(tmp_path: Path) -> None:
    found = Parsed(render(read_run(write_run(tmp_path, rows()[:-1])), Options()))
    assert "This study is unfinished: what is not there yet is listed below" in found.text


@pytest.mark.parametrize(
    ("package", "function"),
    [
        ("altair", lambda: vega.altair()),
        ("jinja2", lambda: rendering._environment()),
        ("vl_convert", lambda: rendering.bundle.__wrapped__()),
    ],
)
def test_what_is_missing_names_the_extra(
    package: str, function: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"fewbytes\[report\]"):
        function()


@pytest.mark.usefixtures("no_bundle")
def test_a_search_is_not_called_unfinished(tmp_path: Path) -> None:
    """Whoever searches trains in full what is worth it, and leaves the rest."""
    run = read_run(write_run(tmp_path, rows()[:-1]))
    run.advice = {"max_loss": 0.5, "recommended": {"codec": MIDDLE, "bytes_per_image": 90.0}}
    found = Parsed(render(run, Options()))
    assert "90.00 bytes an image" in found.text
    assert "This study is unfinished" not in found.text
    assert "Not trained in full" in found.text


@pytest.mark.usefixtures("no_bundle")
def test_half_a_character_is_shown_as_none(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, rows()))
    run.advice = {"source": "\ud800", "recommended": {"codec": "png\udfff"}}
    page = render(run, Options())
    page.encode()
    assert "png?" in page
