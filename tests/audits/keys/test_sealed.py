"""A codec of which the form of its codes is all that is known."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.keys.sealed import sealed, sealed_bytes
from fewbytes.errors import CodecError
from tests.audits.keys.helpers import pictures


def test_codes_are_read_and_nothing_else_is_done() -> None:
    real, whole = sealed((6, 6, 1), 5), sealed_bytes((6, 6, 1), 7)
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    np.testing.assert_array_equal(real.dequantize(values), values)
    rows = np.arange(21, dtype=np.uint8).reshape(3, 7)
    np.testing.assert_array_equal(whole.dequantize(rows), rows.astype(np.float32))
    for fitted, codes in ((real, values), (whole, rows)):
        assert fitted.codec.keys == ("sealed",)
        assert fitted.unpack(fitted.pack(codes), 3).tobytes() == codes.tobytes()
        with pytest.raises(CodecError, match="only the holder of the key"):
            fitted.encode(pictures(2))
        with pytest.raises(CodecError, match="only the holder of the key"):
            fitted.decode(codes)
