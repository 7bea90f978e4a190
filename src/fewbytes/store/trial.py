"""Whether what a codec learned fits it, tried on one code."""

from __future__ import annotations

import numpy as np

from fewbytes.codecs import FittedCodec
from fewbytes.errors import CorruptError, first_line


def check_state(fitted: FittedCodec, pixels: bool) -> None:
    """Dequantise one code of zeros, and decode it where `pixels` are wanted.

    Stages take the tensors of their state as they come: a store of matching hashes may still hold
    others than its codec needs, of other names, types or shapes.

    Raises:
        CorruptError: it does.
    """
    code = np.zeros((1, *fitted.code_shape), fitted.symbols.dtype)
    try:
        finite = bool(np.isfinite(fitted.dequantize(code)).all())
        if pixels:
            fitted.decode(code)
    except (
        ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
    ) as error:  # fmt: skip
        said = first_line(error)
        raise CorruptError(f"what {fitted} learned does not fit it: {said}") from error
    if not finite:
        raise CorruptError(f"what {fitted} learned does not fit it: coefficients are not finite")
