"""Where images come from: one file a kind of source, `open_source` to choose among them."""

from fewbytes.data.load import load, open_source
from fewbytes.data.source import Kind, Piece, Skipped, Source
from fewbytes.data.validation import holdout

__all__ = ["Kind", "Piece", "Skipped", "Source", "holdout", "load", "open_source"]
