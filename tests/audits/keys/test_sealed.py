"""A codec of which the form of its codes is all that is known."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.keys.sealed import sealed
from fewbytes.errors import CodecError
from tests.audits.keys.helpers import pictures


def test_codes_are_read_and_nothing_else_is_done() -> None:
    fitted = sealed((6, 6, 1), 5)
    codes = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    np.testing.assert_array_equal(fitted.dequantize(codes), codes)
    assert fitted.codec.keys == ("sealed",)
    assert fitted.unpack(fitted.pack(codes), 3).tobytes() == codes.tobytes()
    with pytest.raises(CodecError, match="only the holder of the key"):
        fitted.encode(pictures(2))
    with pytest.raises(CodecError, match="only the holder of the key"):
        fitted.decode(codes)
