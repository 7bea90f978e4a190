"""A study's table, for people (Markdown) and for programs (CSV)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from fewbytes.report.markdown import markdown_table
from fewbytes.report.numbers import percent
from fewbytes.studies.results import Row
from fewbytes.studies.summary import Estimate, Line

HEADER = (
    "codec",
    "view",
    "model",
    "values/image",
    "payload B/image",
    "total B/image",
    "ratio",
    "val %",
    "test %",
    "test - raw (95 %)",
    "I(Z;Y), bits",
    "PSNR, dB",
    "train s",
)

RATIO = (
    "ratio is the raw images and labels over total. Images that a selection leaves out count among "
    "the images and in the raw bytes."
)


def cells(line: Line) -> list[str]:
    """One row of the table for people, as `HEADER` names its columns."""
    return [
        line.marked,
        line.view,
        line.model,
        str(line.values_per_image),
        f"{line.payload_bytes:.1f}",
        f"{line.total_bytes:.1f}",
        f"{line.ratio:.2f}",
        percent(line.val_accuracy),
        percent(line.test_accuracy),
        difference(line),
        "—" if line.label_bits is None else f"≥ {line.label_bits.mean:.3f}",
        fidelity(line),
        f"{line.train_seconds.mean:.1f}",
    ]


def fidelity(line: Line) -> str:
    """PSNR in dB; `exact` where decoded images are the originals."""
    if line.psnr is None:
        return "—"
    return "exact" if math.isinf(line.psnr) else f"{line.psnr:.2f}"


def difference(line: Line) -> str:
    """`-0.08 [-0.20, +0.04]` in percentage points: paired difference from raw, with interval."""
    if line.difference is None:
        return "reference" if line.is_raw else "—"
    mean, half = 100 * line.difference.mean, 100 * line.difference.half_width
    interval = "" if math.isnan(half) else f" [{mean - half:+.2f}, {mean + half:+.2f}]"
    return f"{mean:+.2f}{interval}"


def markdown(lines: Sequence[Line], failed: Sequence[Row], notes: Sequence[str]) -> str:
    """The table in Markdown, failed cells and notes below it."""
    text = markdown_table(HEADER, map(cells, lines))
    for note in notes:
        text += f"\n{note}\n"
    if failed:
        text += "\nFailed:\n\n" + "".join(f"- {failure(row)}\n" for row in failed)
    return text


def failure(row: Row) -> str:
    """A failed cell in one line."""
    return f"{row['codec']} · {row['view']} · {row['model']} · seed {row['seed']}: {row['reason']}"


def notes(lines: Sequence[Line]) -> list[str]:
    """What a reader should know who sees nothing but the table."""
    return [
        f"Mean ± standard error; paired seeds: {seeds(lines)}. 'test - raw' compares with the raw "
        "images under the same network and seed, in percentage points, with a Student t interval "
        "over seeds. Bytes: payload is the coded records, total adds labels and all else that "
        f"decoding needs; {RATIO}",
        *remarks(lines),
    ]


def seeds(lines: Sequence[Line]) -> str:
    """How many the lines have: `3`, or `1 to 3`."""
    counts = sorted({line.seeds for line in lines}) or [0]
    return " to ".join(map(str, dict.fromkeys((counts[0], counts[-1]))))


def remarks(lines: Sequence[Line]) -> list[str]:
    """What is to be said of some of the lines' figures, where they have them."""
    text = []
    entropy = next((line.label_entropy for line in lines if line.label_entropy), None)
    if entropy is not None:
        text.append(
            f"I(Z;Y): what the network proves that its input says of the label, of {entropy:.3f} "
            "bits that there are: held-out log-loss on the validation images after calibration, "
            "lower end at 99.9 %. PSNR: of decoded training images."
        )
    if any(line.supervised for line in lines):
        text.append("A supervised codec looks at labels to choose codes or images; others do not.")
    grown = sorted({line.marked for line in lines if line.ratio < 1 and not line.is_raw})
    if grown:
        text.append(f"Larger than the raw set (ratio below 1): {', '.join(grown)}.")
    return text + _as_floats(lines)


def _as_floats(lines: Sequence[Line]) -> list[str]:
    """Of codecs that keep fewer values than there are pixels: what these would weigh."""
    raw = next((line for line in lines if line.is_raw), None)
    if raw is None:
        return []
    counts = {line.values_per_image for line in lines} - {raw.values_per_image}
    return [
        f"Kept as float32, {n:,} values would be {4 * n:,} bytes an image, more than the "
        f"{raw.payload_bytes:,.0f} of the raw one: it is the quantizer and the coder that compress."
        for n in sorted(counts)
        if 4 * n > raw.payload_bytes
    ]


def csv_table(lines: Sequence[Line]) -> str:
    """The table in CSV: accuracies and differences as fractions, NaN left empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    records = [_record(line) for line in lines]
    writer.writerow(records[0] if records else ())
    for record in records:
        empty = {name for name, v in record.items() if isinstance(v, float) and math.isnan(v)}
        writer.writerow(["" if name in empty else v for name, v in record.items()])
    return file.getvalue()


def _record(line: Line) -> dict[str, str | float]:
    gap = line.difference or Estimate(math.nan, math.nan, 0)
    return {
        "codec": line.codec,
        "supervised": str(line.supervised).lower(),
        "view": line.view,
        "model": line.model,
        "seeds": line.seeds,
        "values_per_image": line.values_per_image,
        "payload_bytes_per_image": line.payload_bytes,
        "total_bytes_per_image": line.total_bytes,
        "ratio": line.ratio,
        "val_accuracy_mean": line.val_accuracy.mean,
        "val_accuracy_stderr": line.val_accuracy.stderr,
        "test_accuracy_mean": line.test_accuracy.mean,
        "test_accuracy_stderr": line.test_accuracy.stderr,
        "difference_from_raw": gap.mean,
        "difference_low": gap.mean - gap.half_width,
        "difference_high": gap.mean + gap.half_width,
        "label_bits": math.nan if line.label_bits is None else line.label_bits.mean,
        "label_entropy": math.nan if line.label_entropy is None else line.label_entropy,
        "mse": math.nan if line.mse is None else line.mse.mean,
        "psnr": math.nan if line.psnr is None else line.psnr,
        "train_seconds_mean": line.train_seconds.mean,
        "train_seconds_stderr": line.train_seconds.stderr,
        "parameters": line.parameters,
    }
