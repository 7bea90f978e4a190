"""The page: template, style, script and data put into one file that asks for nothing.

Every text that comes from a file goes through Jinja's autoescaping, or, in the plots' data, through
`as_script_data`. A content security policy in the page forbids every request, and any script but
the two whose hashes it names: were an escape missed, the browser would still not run it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Any

from fewbytes.errors import MissingExtraError
from fewbytes.report import palette
from fewbytes.report.page import advised, answer, charts, evidence, figures, origin, pictures
from fewbytes.report.page.compared import Gap, gaps
from fewbytes.report.page.gallery import gallery
from fewbytes.report.page.reading import Contents
from fewbytes.report.page.vega import SOLID, altair
from fewbytes.report.study import series
from fewbytes.report.study.tables import RATIO, remarks, seeds
from fewbytes.studies.summary import Line

EXTRA = "report"

SNIPPET = "window.vegaEmbed = vegaEmbed;"
"""What the bundle of libraries leaves in the page."""


@dataclass(frozen=True)
class Options:
    """How the page is wanted."""

    max_loss: float = answer.MAX_LOSS
    with_pictures: bool = True


def render(run: Contents, options: Options) -> str:
    """The whole page. Raises MissingExtraError where a package of the extra is missing."""
    environment = _environment()
    numbers = {line.label: number for number, line in enumerate(run.lines)}
    differences = gaps(run)
    found = _answered(run, differences, options)
    chosen = None if found.line is None else numbers[found.line.label]
    plots, best = {}, []
    if run.lines:
        plots = charts.charts(run.lines, run.curves, numbers, run.judged_on, chosen)
        best = series.best(run.lines).lines
    scripts = [bundle(), _file("page.js")] if plots else [_file("page.js")]
    page: str = environment.get_template("page.html").render(
        run=run,
        answer=found,
        answer_number=chosen,
        entries=figures.entries(run.lines, differences, best, numbers),
        plots=plots,
        plots_data=as_script_data(plots),
        measures=evidence.measures(run.measures),
        audits=evidence.audits(run.audits),
        commands=origin.commands(run, found),
        style=_file("style.css"),
        scripts=scripts,
        policy=_policy(scripts),
        version=version("fewbytes"),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **_of_lines(run.lines),
        **_of_pictures(run, options),
    )
    return page.encode(errors="replace").decode()  # half a character is none in UTF-8


def _of_lines(lines: Sequence[Line]) -> dict[str, Any]:
    """What the lines have, and what is to be said of it."""
    return {
        "has_fidelity": any(line.psnr is not None for line in lines),
        "has_bits": any(line.label_bits is not None for line in lines),
        "has_intervals": any(line.seeds > 1 for line in lines),
        "hollow": any(line.model != SOLID for line in lines),
        "shades": _shades(lines),
        "seeds": seeds(lines),
        "ratio": RATIO,
        "remarks": remarks(lines),
    }


def _of_pictures(run: Contents, options: Options) -> dict[str, Any]:
    shown = pictures.triples(run.samples) if options.with_pictures else {}
    return {
        "gallery": gallery(run.lines, shown),
        "gain": pictures.GAIN,
        "cropped": pictures.cropped(run.samples, shown),
    }


def _answered(run: Contents, differences: Mapping[str, Gap], options: Options) -> answer.Answer:
    """What advise decided, or else what the study tells."""
    if run.advice is not None:
        return advised.from_advice(run.advice, run.lines, run.dataset)
    asked = answer.Asked(run.dataset, run.images, options.max_loss, run.judged_on)
    return answer.from_study(run.lines, differences, asked)


def as_script_data(value: Any) -> str:
    """JSON that may stand in a script element, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script. Raises MissingExtraError."""
    alt = altair()
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError("the report", "vl-convert-python", EXTRA) from error
    major, minor = alt.SCHEMA_VERSION.lstrip("v").split(".")[:2]
    script: str = vl_convert.javascript_bundle(SNIPPET, f"{major}.{minor}")
    return _as_script(script)


def _environment() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("the report", "jinja2", EXTRA) from error
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _file(name: str) -> str:
    return (resources.files(__package__) / "template" / name).read_text(encoding="utf-8")


def _as_script(text: str) -> str:
    """A script that does not end its element, with the line ends that a page's reader sees."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("</script", "<\\/script")


def _policy(scripts: Sequence[str]) -> str:
    """The content security policy: nothing from anywhere, and no script but these."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'"
        for one in scripts
    )
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {hashes}; "
        "base-uri 'none'; form-action 'none'"
    )


def _shades(lines: Sequence[Line]) -> list[tuple[int, str, str]]:
    """(number, colour on light, colour on dark) of every line."""
    chosen = palette.colours(line.codec for line in lines)
    return [
        (number, chosen[line.codec], palette.on_dark(chosen[line.codec]))
        for number, line in enumerate(lines)
    ]
