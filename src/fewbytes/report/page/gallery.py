"""Each codec's sample images with the numbers of its lines, as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fewbytes.report.page.pictures import Triple
from fewbytes.report.study.tables import fidelity
from fewbytes.studies.summary import Line


@dataclass(frozen=True)
class Exhibit:
    """The pictures of one codec, with the numbers of its lines."""

    codec: str
    numbers: tuple[int, ...]
    bytes: float
    quality: str
    """PSNR in dB, `exact`, or empty."""
    triples: Sequence[Triple]


def gallery(lines: Sequence[Line], shown: Mapping[str, Sequence[Triple]]) -> list[Exhibit]:
    """An exhibit for each codec that has pictures, in the order of the lines."""
    numbers: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        numbers.setdefault(line.codec, []).append(number)
    return [
        Exhibit(
            lines[of_it[0]].marked,
            tuple(of_it),
            lines[of_it[0]].total_bytes,
            _quality(fidelity(lines[of_it[0]])),
            shown[codec],
        )
        for codec, of_it in numbers.items()
        if codec in shown
    ]


def _quality(said: str) -> str:
    return {"—": "", "exact": "exact"}.get(said, f"PSNR {said} dB")
