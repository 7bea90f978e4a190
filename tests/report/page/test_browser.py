"""The page in headless Chromium: it opens, asks for nothing, and draws what the results say."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fewbytes.report.page.reading import Contents, read_run
from fewbytes.report.page.rendering import Options, render
from tests.report.page.making import (
    MIDDLE,
    SEEDS,
    drawn_from,
    finished,
    rows,
    write_run,
)
from tests.report.page.test_rendering import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")

MARKS = "#plot-frontier .points_marks path"

DRAWN = """() => [...document.querySelectorAll("#plot-frontier .points_marks path")].map((mark) => {
    const [x, y] = mark.getAttribute("transform").match(/-?[\\d.]+/g).map(Number);
    const view = window.fewbytesViews.frontier;
    return [view.scale("x").invert(x), view.scale("y").invert(y)];
})"""
"""(bytes, accuracy) of every mark, from where it stands in the drawing."""


NUMBERS = """() => [...document.querySelectorAll("#plot-frontier .role-mark.mark-text text")].map(
    (text) => ({...text.getBoundingClientRect().toJSON(), seen: text.style.visibility !== "hidden"})
)"""
"""Where the numbers of the marks stand, and whether they are seen."""


@dataclass
class Opened:
    """A page that is open, and what it did."""

    page: Page
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of the system."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a whole study as a file."""
    path = tmp_path_factory.mktemp("browser") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _open(browser: Browser, file: Path, width: int = 1200, **options: Any) -> Opened:
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
    opened = Opened(context.new_page())
    opened.page.on("console", lambda message: opened.said.append(message.text))
    opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.page.on("dialog", lambda dialog: opened.said.append(dialog.message))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.goto(file.as_uri())
    opened.page.evaluate("window.fewbytesReady")
    return opened


def _asked(opened: Opened) -> list[str]:
    """What was asked for beyond the page itself; pictures in the page are no requests."""
    own = opened.page.url.partition("#")[0]
    return [url for url in opened.requests if url != own and not url.startswith("data:")]


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (380, "light")])
def test_it_opens_and_asks_for_nothing(
    browser: Browser, file: Path, width: int, scheme: str
) -> None:
    opened = _open(browser, file, width, color_scheme=scheme)
    page = opened.page
    assert page.locator("h1").inner_text().startswith("90.0 bytes an image are enough")
    assert page.locator(".plot svg").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for section in page.locator("section").all():
        section.scroll_into_view_if_needed()
    broken = "[...document.images].filter((image) => !image.naturalWidth).length"
    assert page.evaluate(broken) == 0
    assert opened.said == []
    assert _asked(opened) == []


def test_marks_stand_where_the_results_are(
    browser: Browser, file: Path, contents: Contents
) -> None:
    page = _open(browser, file).page
    specs = json.loads(page.locator("#plots").text_content() or "")
    expected = [(line.total_bytes, 100 * line.test_accuracy.mean) for line in contents.lines]
    data = drawn_from(specs["frontier"], "point")
    drawn = page.evaluate(DRAWN)
    for one, mark, (size, accuracy) in zip(data, drawn, expected, strict=True):
        assert [one["bytes"], one["accuracy"]] == pytest.approx([size, accuracy])
        assert mark == pytest.approx([size, accuracy], rel=1e-3)


def test_pointing_at_a_mark_shows_pictures(
    browser: Browser, file: Path, contents: Contents
) -> None:
    opened = _open(browser, file)
    page, card = opened.page, opened.page.locator("#card")
    assert not card.is_visible()
    for number, line in enumerate(contents.lines):
        page.locator(MARKS).nth(number).hover(force=True)
        card.filter(has_text=line.codec).wait_for()  # a busy machine takes its time
        assert f"{line.total_bytes:,.1f}" in card.inner_text()
        pictures = card.locator("img").all()
        assert len(pictures) == 8
        assert all(picture.is_visible() for picture in pictures)
        assert all(picture.evaluate("(image) => image.naturalWidth") for picture in pictures)
    page.mouse.move(5, 5)
    card.wait_for(state="hidden")
    assert opened.said == []


def test_scrolling_away_hides_the_card(browser: Browser, file: Path) -> None:
    opened = _open(browser, file)
    page, card = opened.page, opened.page.locator("#card")
    page.locator(MARKS).first.hover(force=True)
    card.wait_for()
    page.evaluate("document.dispatchEvent(new Event('scroll'))")  # late: nothing has moved
    assert card.is_visible()
    page.mouse.wheel(0, 200)
    card.wait_for(state="hidden")


def test_a_tap_shows_the_card_inside_a_phone(browser: Browser, file: Path) -> None:
    page = _open(browser, file, 380, has_touch=True, is_mobile=True).page
    mark = page.locator(MARKS).last
    mark.scroll_into_view_if_needed()
    mark.tap(force=True)
    page.locator("#card").wait_for()
    box = page.locator("#card").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 380
    assert page.locator("#card img").count() == 8
    page.locator("h2").last.tap()
    page.locator("#card").wait_for(state="hidden")


def test_light_and_dark_and_paper(browser: Browser, file: Path) -> None:
    page = _open(browser, file, color_scheme="dark").page
    ground = "getComputedStyle(document.body).backgroundColor"
    label = f"getComputedStyle(document.querySelector('{MARKS}')).stroke"
    dark, white = page.evaluate(ground), "rgb(255, 255, 255)"
    assert dark != white
    assert page.evaluate(label) == white  # the raw images, black on a light page
    page.emulate_media(media="print")
    assert page.evaluate(ground) == white
    page.emulate_media(media="screen")
    page.locator("#theme").click()
    assert page.evaluate(ground) == white
    assert page.evaluate(label) == "rgb(0, 0, 0)"
    page.locator("#theme").click()
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print")
    assert page.evaluate(ground) == white


def test_numbers_do_not_stand_on_one_another(browser: Browser, tmp_path: Path) -> None:
    many = [f"dct:{size} | uniform:8 | zstd" for size in range(2, 28)]
    written = rows() + [
        finished(codec, seed, 0.99, total_bytes=9000 + 50 * place)
        for place, codec in enumerate(many)
        for seed in range(SEEDS)
    ]
    file = tmp_path / "many.html"
    file.write_text(render(read_run(write_run(tmp_path / "run", written)), Options()))
    page = _open(browser, file, 380).page
    boxes = page.evaluate(NUMBERS)
    shown = [box for box in boxes if box["seen"]]
    assert 3 <= len(shown) < len(boxes) == page.locator(MARKS).count()
    for a, b in itertools.combinations(shown, 2):
        beside = a["right"] < b["left"] or b["right"] < a["left"]
        assert beside or a["bottom"] - 3 < b["top"] or b["bottom"] - 3 < a["top"]


def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path) -> None:
    written = [{**row, "view": HOSTILE, "dataset": HOSTILE} for row in rows()]
    written += [finished(HOSTILE, s, 0.9, dataset=HOSTILE, cell=f"h{s}") for s in range(SEEDS)]
    file = tmp_path / "hostile.html"
    file.write_text(render(read_run(write_run(tmp_path / "run", written)), Options()))
    opened = _open(browser, file, 380)
    page = opened.page
    page.locator(MARKS).last.hover(force=True)
    assert "alert(1)" in page.locator("#card").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert opened.said == []
    assert _asked(opened) == []


def test_a_script_that_came_in_would_not_run(browser: Browser, file: Path) -> None:
    opened = _open(browser, file)
    opened.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            const image = document.createElement("img");
            image.src = "http://localhost:1/x.png";
            document.body.append(script, image);
        }"""
    )
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate("window.ran") is None
    assert len(opened.said) == 2
    assert all("Content Security Policy" in said for said in opened.said)


def test_the_chosen_codec_is_told_apart(browser: Browser, file: Path) -> None:
    row = _open(browser, file).page.locator(".chosen-row")
    assert row.count() == 1
    assert MIDDLE in row.inner_text()
