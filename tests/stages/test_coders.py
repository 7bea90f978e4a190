"""Golden bytes: what was packed once must unpack for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.codecs import Coder, Symbols, stage_class
from fewbytes.errors import CorruptError

GOLDEN = Path(__file__).parent.parent / "golden"
ALPHABETS = (2, 3, 16, 200, 256, 300, 5000, 65536, None)
STABLE = {"raw", "bitpack"}
"""Coders whose packed bytes are fixed; zstd's and xz's encoders may improve, their formats not."""

CASES = [
    (name, alphabet)
    for name in ("raw", "bitpack", "xz", "zstd")
    for alphabet in ALPHABETS
    if (name, alphabet) != ("bitpack", None)
]


def _codes(symbols: Symbols) -> NDArray[Any]:
    """Codes that any version of NumPy makes: squares modulo the alphabet, many zeros."""
    count = np.arange(7 * symbols.size, dtype=np.int64)
    values = count * count * (count % 3 == 0)
    codes = values % symbols.alphabet if symbols.alphabet else values / 8 - 100
    shaped: NDArray[Any] = codes.astype(symbols.dtype).reshape(7, *symbols.shape)
    return shaped


@pytest.mark.parametrize(("name", "alphabet"), CASES)
def test_golden_bytes(name: str, alphabet: int | None, request: pytest.FixtureRequest) -> None:
    coder = stage_class(name)()
    assert isinstance(coder, Coder)
    symbols = Symbols((5, 3, 1), alphabet)
    codes = _codes(symbols)
    blob = coder.pack(codes, symbols, {})
    path = GOLDEN / name / f"{alphabet or 'float32'}.bin"
    if not path.exists() and request.config.getoption("--write-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
    golden = path.read_bytes()
    assert np.array_equal(coder.unpack(golden, len(codes), symbols, {}), codes)
    if name in STABLE:
        assert blob == golden


def test_bitpack_is_as_written() -> None:
    """Three symbols of three bits, highest first: 101 010 001, then zeros to the byte's end."""
    symbols = Symbols((3,), 6)
    codes = np.array([[5, 2, 1]], np.uint8)
    assert stage_class("bitpack")().pack(codes, symbols, {}) == bytes([0b10101000, 0b10000000])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["xz", "zstd"])
def test_damaged_bytes_are_refused(name: str) -> None:
    coder, symbols = stage_class(name)(), Symbols((50,), 256)
    assert isinstance(coder, Coder)
    codes = np.random.default_rng(0).integers(0, 256, (9, 50)).astype(np.uint8)
    blob = coder.pack(codes, symbols, {})
    for wrong in (b"", blob[:-1], blob[1:], b"x" * len(blob)):
        with pytest.raises(CorruptError):
            coder.unpack(wrong, 9, symbols, {})
