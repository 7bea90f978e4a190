"""Which layout a codec's coder asks for, and encryption."""

from __future__ import annotations

from fewbytes.codecs import FittedCodec, RecordCoder
from fewbytes.store.blocks import Blocks
from fewbytes.store.layout import Layout
from fewbytes.store.records import Records
from fewbytes.store.seal import Seal
from fewbytes.store.sealed import Sealed


def layout_for(fitted: FittedCodec, seal: Seal | None = None) -> Layout:
    """Records where every record has the same size, blocks otherwise; either of them encrypted
    where there is a seal.
    """
    inner = (Records if isinstance(fitted.codec.coder, RecordCoder) else Blocks)(fitted)
    return inner if seal is None else Sealed(inner, seal)
