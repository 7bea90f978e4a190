"""Stranger's bytes: coverage-guided fuzzing of every coder's `unpack` with atheris (libFuzzer).

    pip install 'fewbytes[fuzz]'
    python benchmarks/fuzz.py [SPEC ...] [--seconds 60]

Each coder is fuzzed in a process of its own, beginning from bytes that it packed itself. What may
come of any bytes is codes of the right shape and alphabet, or CorruptError, within 10 seconds and
2 GiB; anything else is printed with the bytes that caused it, and the exit status is 1. Checksums
that the lock-step coders begin with are made to fit, so that damage reaches what lies behind them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["fewbytes"]):
    import fewbytes as fb
    from fewbytes.codecs import FittedCodec
    from fewbytes.entropy import LockstepCoder
    from fewbytes.errors import CorruptError
    from fewbytes.testing import sample_images

SPECS = (
    "raw", "threshold | bitpack", "zstd", "xz", "png", "jpeg:30", "webp:50", "webp:100", "avif:40",
    "jxl:50", "jxl:100", "uniform:3 | range", "uniform:3 | context:steps=20",
    "threshold | context:steps=20",
)  # fmt: skip
SHAPE = (12, 10, 1)
RECORDS = 12
LABELS = np.arange(RECORDS) // 4
MOST_SECONDS, MOST_MIB = 10, 2048


def main() -> None:
    """Fuzz each coder in turn, or be the process that fuzzes one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("specs", nargs="*", default=SPECS, metavar="SPEC")
    parser.add_argument("--seconds", type=int, default=60, help="of each coder")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        _fuzz(arguments.specs[0], arguments.worker, arguments.seconds)
        return
    failed = [spec for spec in arguments.specs if not _worker(spec, arguments.seconds)]
    sys.exit(1 if failed else 0)


def _worker(spec: str, seconds: int) -> bool:
    """Fuzz one coder in a process; whether nothing was found."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, __file__, spec, "--seconds", str(seconds), "--worker", folder],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        runs = [line for line in done.stderr.splitlines() if line.startswith("stat::number_of_ex")]
        print(f"{spec:32s} {runs[0].split()[-1] if runs else '?':>9} inputs", end="  ")
        print("nothing found" if done.returncode == 0 else "FOUND", flush=True)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-3000:])
            for path in Path(folder).glob("found-*"):
                print(path.name, path.read_bytes().hex())
        return done.returncode == 0


def _fuzz(spec: str, folder: Path, seconds: int) -> None:
    """Never returns."""
    fitted, codes = _fitted(spec)
    corpus = folder / "corpus"
    corpus.mkdir()
    for n in (0, 1, RECORDS):
        (corpus / str(n)).write_bytes(fitted.pack_block(codes[:n], LABELS[:n])[0])
    options = (
        f"-max_total_time={seconds}", f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={MOST_MIB}",
        "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={folder}/found-",
    )  # fmt: skip
    atheris.Setup([__file__, *options, str(corpus)], lambda blob: _try(fitted, blob))
    atheris.Fuzz()


def _fitted(spec: str) -> tuple[FittedCodec, np.ndarray]:
    codec = fb.codec(f"otsu | {spec}" if spec.startswith("threshold") else spec)
    fitted = codec.fit(sample_images(60, SHAPE, seed=1), labels=np.arange(60) % 3)
    return fitted, fitted.encode(sample_images(RECORDS, SHAPE, seed=2))


def _try(fitted: FittedCodec, blob: bytes) -> None:
    if isinstance(fitted.codec.coder, LockstepCoder):
        context = np.array([RECORDS, *LABELS], "<i8").tobytes()
        blob = zlib.crc32(blob[4:], zlib.crc32(context)).to_bytes(4, "little") + blob[4:]
    try:
        codes = fitted.unpack_block(blob, LABELS)
    except CorruptError:
        return
    assert codes.shape == (RECORDS, *fitted.code_shape)
    assert codes.dtype == fitted.symbols.dtype
    assert fitted.symbols.alphabet is None or int(codes.max()) < fitted.symbols.alphabet


if __name__ == "__main__":
    main()
