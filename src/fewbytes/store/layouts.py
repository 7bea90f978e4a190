"""Which layout a codec's coder asks for."""

from __future__ import annotations

from fewbytes.codecs import FittedCodec, RecordCoder
from fewbytes.store.blocks import Blocks
from fewbytes.store.layout import Layout
from fewbytes.store.records import Records


def layout_for(fitted: FittedCodec) -> Layout:
    """Records where every record has the same size, blocks otherwise."""
    return (Records if isinstance(fitted.codec.coder, RecordCoder) else Blocks)(fitted)
